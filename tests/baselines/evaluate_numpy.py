#!/usr/bin/env python3
"""Independent figures for tests/core/tst_evaluate.cpp: the same formulas in plain numpy and scipy, on inputs that both
sides make with the same integer generator. Writes evaluate_numpy.json beside itself.

    python3 -m venv env && env/bin/pip install numpy scipy && env/bin/python tests/baselines/evaluate_numpy.py
"""

import json
import pathlib

import numpy as np
import scipy.linalg
import scipy.ndimage
import scipy.stats


class Lcg:
    """Knuth's MMIX generator; values in [-1, 1) with 24 bits, exact in single precision."""

    def __init__(self, seed):
        self.x = seed

    def value(self):
        self.x = (self.x * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.x >> 40) / 2**23 - 1.0


def features(seed, rows, dims, scale, shift):
    """Correlated and not Gaussian: each number is half itself, half its left neighbour."""
    g = Lcg(seed)
    out = np.zeros((rows, dims), np.float32)
    for i in range(rows):
        before = 0.0
        for j in range(dims):
            v = g.value() + g.value() + g.value()
            out[i, j] = np.float32(scale * (0.5 * v + 0.5 * before) + shift)
            before = v
    return out


def plane(seed, height, width, channels):
    g = Lcg(seed)
    out = np.zeros((height, width, channels), np.float32)
    for i in np.ndindex(out.shape):
        out[i] = np.float32(np.floor((g.value() + 1.0) * 128.0))
    return out


def frechet(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    c1, c2 = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = scipy.linalg.sqrtm(c1 @ c2).real
    return float(np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(c1 + c2 - 2 * root))


def kernel(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    k = lambda x, y: (x @ y.T / x.shape[1] + 1) ** 3
    off = lambda m: (m.sum() - np.trace(m)) / (len(m) * (len(m) - 1))
    return float(off(k(a, a)) + off(k(b, b)) - 2 * k(a, b).mean())


def prdc(real, fake, k):
    def pairs(x, y):
        return np.sqrt(((x[:, None, :].astype(np.float64) - y[None, :, :].astype(np.float64)) ** 2).sum(-1))

    radius = lambda x: np.sort(pairs(x, x), axis=1)[:, k]
    d, rr, rf = pairs(real, fake), radius(real), radius(fake)
    inside = d < rr[:, None]
    return {
        "precision": float(inside.any(0).mean()),
        "recall": float((d < rf[None, :]).any(1).mean()),
        "density": float(inside.sum(0).mean() / k),
        "coverage": float((d.min(1) < rr).mean()),
    }


def psnr(a, b):
    return float(10 * np.log10(255.0**2 / np.mean((a.astype(np.float64) - b.astype(np.float64)) ** 2)))


def ssim(a, b):
    w = scipy.stats.norm.pdf(np.arange(-5, 6), scale=1.5)
    w = np.outer(w, w) / w.sum() ** 2
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    out = []
    for c in range(a.shape[2]):
        x, y = a[..., c].astype(np.float64), b[..., c].astype(np.float64)
        f = lambda m: scipy.ndimage.correlate(m, w, mode="constant")[5:-5, 5:-5]
        mx, my = f(x), f(y)
        vx, vy, cov = f(x * x) - mx * mx, f(y * y) - my * my, f(x * y) - mx * my
        out.append((2 * mx * my + c1) * (2 * cov + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2)))
    return float(np.mean(out))


def pyramid(image, levels):
    w = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256.0
    out, now = [], image.astype(np.float64)
    for _ in range(levels - 1):
        small = scipy.ndimage.correlate(now, w, mode="mirror")[::2, ::2]
        spread = np.zeros_like(now)
        spread[::2, ::2] = small
        out.append(now - scipy.ndimage.correlate(spread, w * 4, mode="mirror"))
        now = small
    return out + [now]


def main():
    a, b = features(1, 400, 24, 1.0, 0.0), features(2, 300, 24, 0.8, 0.1)
    c = features(3, 300, 24, 1.0, 0.05)
    real, fake = features(4, 200, 6, 1.0, 0.0), features(5, 150, 6, 0.9, 0.2)
    directions = features(6, 16, 24, 1.0, 0.0)
    x, y = plane(7, 29, 23, 3), plane(8, 29, 23, 3)
    y = np.float32(0.75) * x + np.float32(0.25) * y
    levels = pyramid(plane(9, 29, 23, 1)[..., 0], 2)
    table = {
        "frechet_a_b": frechet(a, b),
        "frechet_a_c": frechet(a, c),
        "kernel_a_b": kernel(a, b),
        "kernel_rows": kernel(a[10:110], c[5:205]),
        "prdc": prdc(real, fake, 5),
        "sliced_b_c": float(
            np.mean([scipy.stats.wasserstein_distance(b.astype(np.float64) @ d, c.astype(np.float64) @ d) for d in directions.astype(np.float64)])
        ),
        "pyramid_shapes": [list(l.shape) for l in levels],
        "pyramid_sums": [float(np.abs(l).sum()) for l in levels],
        "pyramid_corner": [float(l[0, 0]) for l in levels],
        "psnr": psnr(x, y),
        "ssim": ssim(x, y),
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(table, indent=1) + "\n")
    print(path.read_text())


main()
