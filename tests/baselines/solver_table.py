#!/usr/bin/env python3
"""Writes solver_table.h: what the published sampling formulas give, computed here in the papers' own coordinates
(variance preserving x_t = alpha x0 + sigma n wherever the paper uses them) and in plain Python, without a line of the C++.

Run: python3 tests/baselines/solver_table.py > tests/baselines/solver_table.h
"""
from math import atan, cos, exp, expm1, log, pi, sin, sqrt, tan

# Data: 0.3 N(-1, 0.3^2) + 0.7 N(1, 0.3^2), whose expected clean value is known (Bayes' rule).
WEIGHTS, MEANS, SPREAD = (0.3, 0.7), (-1.0, 1.0), 0.3
STARTS = (1.7, -0.4, -2.1)  # times the first level


def clean(y, s):
    """E[x0 | x0 + s n = y]."""
    variance = SPREAD**2 + s * s
    logs = [log(w) - (y - m) ** 2 / (2 * variance) for w, m in zip(WEIGHTS, MEANS)]
    top = max(logs)
    p = [exp(v - top) for v in logs]
    total = sum(p)
    return sum(q / total * (m + SPREAD**2 / variance * (y - m)) for q, m in zip(p, MEANS))


def alpha(s):
    return 1 / sqrt(1 + s * s)


def x0_vp(x, s):
    return clean(x / alpha(s), s)  # the data prediction model of a variance preserving x


def eps_vp(x, s):
    return (x - alpha(s) * x0_vp(x, s)) / (s * alpha(s))


def normal(step, j):
    return 1.3 * sin(12.9898 * (step + 1) + 78.233 * (j + 1))


def ddpm(y, levels, j):
    """Ho et al. 2020, eq. 6 and 7: posterior mean and variance with alphaBar, on the subsequence of levels."""
    x = y * alpha(levels[0])
    for i in range(len(levels) - 1):
        bar, before = alpha(levels[i]) ** 2, alpha(levels[i + 1]) ** 2
        a = bar / before
        beta = 1 - a
        mean = sqrt(before) * beta / (1 - bar) * x0_vp(x, levels[i]) + sqrt(a) * (1 - before) / (1 - bar) * x
        x = mean + sqrt((1 - before) / (1 - bar) * beta) * normal(i, j)
    return x / alpha(levels[-1])


def ddim(y, levels, j, eta):
    """Song et al. 2021, eq. 12 with the deviation of eq. 16."""
    x = y * alpha(levels[0])
    for i in range(len(levels) - 1):
        bar, before = alpha(levels[i]) ** 2, alpha(levels[i + 1]) ** 2
        eps = eps_vp(x, levels[i])
        deviation = eta * sqrt((1 - before) / (1 - bar)) * sqrt(1 - bar / before)
        predicted = (x - sqrt(1 - bar) * eps) / sqrt(bar)
        x = sqrt(before) * predicted + sqrt(max(0.0, 1 - before - deviation**2)) * eps + deviation * normal(i, j)
    return x / alpha(levels[-1])


def euler(y, levels, j):
    """Flow matching's own Euler step in time, x_t = (1 - t) x0 + t n, dx/dt = n - x0: equal to Euler in sigma."""
    t = [s / (1 + s) for s in levels]
    x = y * (1 - t[0])
    for i in range(len(t) - 1):
        x0 = clean(x / (1 - t[i]), levels[i])
        n = (x - (1 - t[i]) * x0) / t[i]
        x += (t[i + 1] - t[i]) * (n - x0)
    return x / (1 - t[-1])


def heun(y, levels, j):
    """Karras et al. 2022, Algorithm 1 with sigma(t) = t."""
    x = y
    for here, there in zip(levels, levels[1:]):
        d = (x - clean(x, here)) / here
        guess = x + (there - here) * d
        if there != 0:
            guess = x + (there - here) * (d / 2 + (guess - clean(guess, there)) / there / 2)
        x = guess
    return x


def dpmpp2m(y, levels, j):
    """Lu et al. 2022 (DPM-Solver++), Algorithm 2."""
    x, previous, h_before = y * alpha(levels[0]), None, None
    for here, there in zip(levels, levels[1:]):
        model = x0_vp(x, here)
        if there == 0:
            return model
        sigma = [here * alpha(here), there * alpha(there)]
        h = log(alpha(there) / sigma[1]) - log(alpha(here) / sigma[0])
        data = model
        if previous is not None:
            r = h_before / h
            data = (1 + 1 / (2 * r)) * model - 1 / (2 * r) * previous
        x = sigma[1] / sigma[0] * x - alpha(there) * (exp(-h) - 1) * data
        previous, h_before = model, h
    return x / alpha(levels[-1])


def cramer(matrix, right):
    def determinant(m):
        if len(m) == 1:
            return m[0][0]
        return sum((-1) ** k * m[0][k] * determinant([row[:k] + row[k + 1:] for row in m[1:]]) for k in range(len(m)))

    whole = determinant(matrix)
    return [determinant([row[:k] + [b] + row[k + 1:] for row, b in zip(matrix, right)]) / whole for k in range(len(right))]


def unipc(y, levels, j, order):
    """Zhao et al. 2023: UniP-p and UniC-p, data prediction, B2(h) = e^h - 1 with h negated, multistep;
    the order falls before the step to zero."""
    lam = [-log(s) if s else None for s in levels]
    xs, models = [y * alpha(levels[0])], [x0_vp(y * alpha(levels[0]), levels[0])]

    def phi(k, h):  # phi_{k+1}(h) = (phi_k(h) - 1/k!) / h, phi_0 = e^h
        value, factorial = exp(h), 1.0
        for n in range(k):
            value = (value - 1 / factorial) / h
            factorial *= n + 1
        return value

    def step(i, p, there):
        h = lam[i + 1] - lam[i]
        s0, s1 = levels[i] * alpha(levels[i]), levels[i + 1] * alpha(levels[i + 1])
        r = [(lam[i - m] - lam[i]) / h for m in range(1, p)]
        d = [(models[i - m] - models[i]) / r[m - 1] for m in range(1, p)]
        if there is not None:
            r.append(1.0)
            d.append(there - models[i])
        x = s1 / s0 * xs[i] - alpha(levels[i + 1]) * expm1(-h) * models[i]
        if not r:
            return x
        b = expm1(-h)
        if len(r) == 1:
            weights = [0.5]
        else:
            factorials, f = [], 1.0
            for n in range(1, len(r) + 1):
                f *= n
                factorials.append(f)
            # n! h phi_{n+1}(h) / B(h)
            right = [factorials[n] * -h * phi(n + 2, -h) / b for n in range(len(r))]
            weights = cramer([[v**n for v in r] for n in range(len(r))], right)
        return x - alpha(levels[i + 1]) * b * sum(w * v for w, v in zip(weights, d))

    for i in range(len(levels) - 1):
        if levels[i + 1] == 0:
            return models[i]
        p = min(order, i + 1, len(levels) - 1 - i if levels[-1] == 0 else order)
        guess = step(i, p, None)
        model = x0_vp(guess, levels[i + 1])
        last = i + 2 == len(levels)
        xs.append(guess if last else step(i, p, model))
        models.append(model)
    return xs[-1] / alpha(levels[-1])


def schedules(n, low, high):
    karras = [(high ** (1 / 7) + i / (n - 1) * (low ** (1 / 7) - high ** (1 / 7))) ** 7 for i in range(n)]
    logsnr = [exp(log(high) + i / (n - 1) * (log(low) - log(high))) for i in range(n)]
    t0, t1 = 2 / pi * atan(high), 2 / pi * atan(low)
    cosine = []
    for i in range(n):
        bar = cos(pi / 2 * (t0 + i / (n - 1) * (t1 - t0))) ** 2
        cosine.append(sqrt((1 - bar) / bar))
    bars, bar = [], 1.0
    for t in range(1000):
        bar *= 1 - (0.0001 + t * (0.02 - 0.0001) / 999)
        bars.append(bar)
    beta = [sqrt(1 / b - 1) for b in bars]
    beta = [s for s in beta if low <= s <= high]
    beta = [beta[round((len(beta) - 1) * (1 - i / (n - 1)))] for i in range(n)]
    t0, t1 = high / (1 + high), low / (1 + low)
    flow = [t / (1 - t) for t in (t0 + i / (n - 1) * (t1 - t0) for i in range(n))]
    return {"karras": karras, "logsnr": logsnr, "cosine": cosine, "linear_beta": beta, "flow": flow}


def numbers(values):
    return "{" + ", ".join(repr(float(v)) for v in values) + "}"


def main():
    print("// Made by solver_table.py: published formulas, computed independently of the C++. Do not edit.")
    print("#pragma once\n\n#include <vector>\n\nnamespace baseline {\n")
    print("struct ScheduleRow {\n    const char* schedule;\n    std::vector<double> levels;  // sigma 0.01 to 40, then 0\n};")
    print("inline const std::vector<ScheduleRow> kSchedules{")
    table = schedules(8, 0.01, 40.0)
    for name, levels in table.items():
        print(f'    {{"{name}", {numbers(levels + [0.0])}}},')
    print("};\n")
    print("struct SolverRow {\n    const char* solver;\n    double eta;\n    int order;\n    const char* schedule;\n"
          "    bool toZero;  // the last level is 0\n    std::vector<double> result;\n};")
    print(f"inline const std::vector<double> kStarts{numbers(STARTS)};  // times the first level")
    print("inline const std::vector<SolverRow> kSolvers{")
    cases = [("ddpm", 0, 0, ddpm), ("ddim", 0, 0, lambda *a: ddim(*a, 0.0)), ("ddim", 0.7, 0, lambda *a: ddim(*a, 0.7)),
             ("euler", 0, 0, euler), ("heun", 0, 0, heun), ("dpmpp2m", 0, 0, dpmpp2m)]
    cases += [("unipc", 0, p, lambda *a, p=p: unipc(*a, p)) for p in (1, 2, 3)]
    for name, eta, order, run in cases:
        for schedule in ("karras", "linear_beta"):
            for to_zero in (True, False):
                levels = table[schedule] + ([0.0] if to_zero else [])
                result = [run(s * levels[0], levels, j) for j, s in enumerate(STARTS)]
                print(f'    {{"{name}", {eta}, {order}, "{schedule}", {"true" if to_zero else "false"}, {numbers(result)}}},')
    print("};\n\n}  // namespace baseline")


main()
