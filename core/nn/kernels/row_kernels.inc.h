// The loops of row_kernels.h, compiled once for each instruction set: the including file sets its target first and then
// names its tables with IMAGO_ROW_TABLES(isa). Channels go in blocks of up to four vectors, so that the sums of a block
// stay in registers while the pixels stream by.
#pragma once

#include <cmath>

#include "core/nn/kernels/row_kernels.h"
#include "core/nn/kernels/vector16.h"

namespace imago::nn {
namespace {

// Calls body.template operator()<V>(c, count): V vectors from channel c; the last may be short (count < 16, V == 1).
template <class Body>
IMAGO_LANES void forChannelBlocks(int channels, Body body) {
    int c = 0;
    for (; c + 4 * kLanes <= channels; c += 4 * kLanes) body.template operator()<4>(c, kLanes);
    if (c + 2 * kLanes <= channels) {
        body.template operator()<2>(c, kLanes);
        c += 2 * kLanes;
    }
    if (c + kLanes <= channels) {
        body.template operator()<1>(c, kLanes);
        c += kLanes;
    }
    if (c < channels) body.template operator()<1>(c, channels - c);
}

template <class T>
IMAGO_LANES vfloat fetch(const T* p, int count) {
    return count == kLanes ? load(p) : loadSome(p, count);
}
template <class T>
IMAGO_LANES void put(T* p, vfloat v, int count) {
    if (count == kLanes) {
        store(p, v);
    } else {
        storeSome(p, v, count);
    }
}

template <class T>
void moments(const T* x, int stride, int pixels, int channels, float* mean, float* squares) {
    forChannelBlocks(
        channels, [&]<int V>(int c, int count) __attribute__((always_inline)) {
            // Shifted by the first pixel, so that a large mean does not cancel the digits of the deviation.
            vfloat shift[V], sum[V] = {}, square[V] = {};
            for (int v = 0; v < V; ++v) shift[v] = fetch(x + c + v * kLanes, count);
            for (int p = 0; p < pixels; ++p) {
                const T* row = x + static_cast<std::int64_t>(p) * stride + c;
                for (int v = 0; v < V; ++v) {
                    const vfloat d = fetch(row + v * kLanes, count) - shift[v];
                    sum[v] += d;
                    square[v] += d * d;
                }
            }
            const float inverse = 1.0F / static_cast<float>(pixels);
            for (int v = 0; v < V; ++v) {
                const vfloat m = sum[v] * inverse;
                put(mean + c + v * kLanes, shift[v] + m, count);
                put(squares + c + v * kLanes, square[v] - sum[v] * m, count);
            }
        });
}

template <bool Silu, class T>
IMAGO_LANES void applyAs(const T* x, int stride, int pixels, int channels, const float* a, const float* b, T* y, int yStride) {
    forChannelBlocks(
        channels, [&]<int V>(int c, int count) __attribute__((always_inline)) {
            vfloat scale[V], shift[V];
            for (int v = 0; v < V; ++v) {
                scale[v] = fetch(a + c + v * kLanes, count);
                shift[v] = fetch(b + c + v * kLanes, count);
            }
            for (int p = 0; p < pixels; ++p) {
                const T* row = x + static_cast<std::int64_t>(p) * stride + c;
                T* out = y + static_cast<std::int64_t>(p) * yStride + c;
                for (int v = 0; v < V; ++v) {
                    vfloat z = fetch(row + v * kLanes, count) * scale[v] + shift[v];
                    if (Silu) z *= sigmoid(z);
                    put(out + v * kLanes, z, count);
                }
            }
        });
}

template <class T>
void apply(const T* x, int stride, int pixels, int channels, const float* a, const float* b, bool silu, T* y, int yStride) {
    if (silu) {
        applyAs<true>(x, stride, pixels, channels, a, b, y, yStride);
    } else {
        applyAs<false>(x, stride, pixels, channels, a, b, y, yStride);
    }
}

template <bool Silu, bool Again, class T>
IMAGO_LANES void backwardSumsAs(const T* x, int stride, const T* dy, int dyStride, int pixels, int channels, const float* a, const float* b,
                                const float* mean, T* dz, int dzStride, T* y, int yStride, float* sumDz, float* sumDzX) {
    // Two vectors a block: six coefficient and sum registers each, and the exponential needs its own.
    auto block = [&]<int V>(int c, int count) __attribute__((always_inline)) {
        vfloat scale[V], shift[V], centre[V], sum[V] = {}, sumX[V] = {};
        for (int v = 0; v < V; ++v) {
            scale[v] = fetch(a + c + v * kLanes, count);
            shift[v] = fetch(b + c + v * kLanes, count);
            centre[v] = fetch(mean + c + v * kLanes, count);
        }
        for (int p = 0; p < pixels; ++p) {
            const T* row = x + static_cast<std::int64_t>(p) * stride + c;
            const T* up = dy + static_cast<std::int64_t>(p) * dyStride + c;
            T* out = dz + static_cast<std::int64_t>(p) * dzStride + c;
            for (int v = 0; v < V; ++v) {
                const vfloat value = fetch(row + v * kLanes, count);
                vfloat g = fetch(up + v * kLanes, count);
                const vfloat z = value * scale[v] + shift[v];
                if (Silu) {
                    const vfloat s = sigmoid(z);
                    const vfloat zs = z * s;
                    if (Again) put(y + static_cast<std::int64_t>(p) * yStride + c + v * kLanes, zs, count);
                    g *= s + zs - zs * s;  // s (1 + z (1 - s))
                } else if (Again) {
                    put(y + static_cast<std::int64_t>(p) * yStride + c + v * kLanes, z, count);
                }
                put(out + v * kLanes, g, count);
                sum[v] += g;
                sumX[v] += g * (value - centre[v]);
            }
        }
        for (int v = 0; v < V; ++v) {
            put(sumDz + c + v * kLanes, sum[v], count);
            put(sumDzX + c + v * kLanes, sumX[v], count);
        }
    };
    int c = 0;
    for (; c + 2 * kLanes <= channels; c += 2 * kLanes) block.template operator()<2>(c, kLanes);
    if (c + kLanes <= channels) {
        block.template operator()<1>(c, kLanes);
        c += kLanes;
    }
    if (c < channels) block.template operator()<1>(c, channels - c);
}

template <class T>
void backwardSums(const T* x, int stride, const T* dy, int dyStride, int pixels, int channels, const float* a, const float* b,
                  const float* mean, bool silu, T* dz, int dzStride, T* y, int yStride, float* sumDz, float* sumDzX) {
#define IMAGO_CASE(Silu, Again) \
    backwardSumsAs<Silu, Again>(x, stride, dy, dyStride, pixels, channels, a, b, mean, dz, dzStride, y, yStride, sumDz, sumDzX)
    if (silu && y) {
        IMAGO_CASE(true, true);
    } else if (silu) {
        IMAGO_CASE(true, false);
    } else if (y) {
        IMAGO_CASE(false, true);
    } else {
        IMAGO_CASE(false, false);
    }
#undef IMAGO_CASE
}

template <class T>
void backwardApply(const T* x, int stride, const T* dz, int dzStride, int pixels, int channels, const float* p, const float* q,
                   const float* r, const T* add, T* dx, int dxStride) {
    forChannelBlocks(
        channels, [&]<int V>(int c, int count) __attribute__((always_inline)) {
            vfloat ofDz[V], ofX[V], constant[V];
            for (int v = 0; v < V; ++v) {
                ofDz[v] = fetch(p + c + v * kLanes, count);
                ofX[v] = fetch(q + c + v * kLanes, count);
                constant[v] = fetch(r + c + v * kLanes, count);
            }
            for (int i = 0; i < pixels; ++i) {
                const T* row = x + static_cast<std::int64_t>(i) * stride + c;
                const T* up = dz + static_cast<std::int64_t>(i) * dzStride + c;
                const std::int64_t at = static_cast<std::int64_t>(i) * dxStride + c;
                for (int v = 0; v < V; ++v) {
                    vfloat g = fetch(up + v * kLanes, count) * ofDz[v] + fetch(row + v * kLanes, count) * ofX[v] + constant[v];
                    if (add) g += fetch(add + at + v * kLanes, count);
                    put(dx + at + v * kLanes, g, count);
                }
            }
        });
}

// In 64 lanes of fp64, whatever the instruction set: the same order everywhere.
double sumOfSquares(const float* x, std::int64_t n) {
    constexpr int kWide = 32;
    double sums[kWide] = {};
    std::int64_t i = 0;
    for (; i + kWide <= n; i += kWide) {
#pragma omp simd
        for (int l = 0; l < kWide; ++l) {
            const double v = x[i + l];
            sums[l] += v * v;
        }
    }
    for (int l = 0; i < n; ++i, ++l) sums[l] += static_cast<double>(x[i]) * x[i];
    double total = 0;
    for (double s : sums) total += s;
    return total;
}

void adam(float* __restrict master, float* __restrict gradient, float* __restrict moment1, float* __restrict moment2,
          float* __restrict average, std::uint16_t* __restrict copy, std::int64_t n, const AdamChunk& k) {
    const AdamChunk c = k;
    std::int64_t i = 0;
    auto one = [&](int count) __attribute__((always_inline)) {
        vfloat w = fetch(master + i, count);
        const vfloat g = fetch(gradient + i, count) * c.gradScale + w * c.coupled;
        const vfloat m = fetch(moment1 + i, count) * c.beta1 + g * (1.0F - c.beta1);
        const vfloat v = fetch(moment2 + i, count) * c.beta2 + g * g * (1.0F - c.beta2);
        vfloat root;
        for (int l = 0; l < kLanes; ++l) root[l] = __builtin_sqrtf(v[l]);
        w = w * c.decoupled - c.rate * m / (root * c.rootCorrection + c.epsilon);
        const vfloat e = fetch(average + i, count);
        put(master + i, w, count);
        put(moment1 + i, m, count);
        put(moment2 + i, v, count);
        put(average + i, e + (w - e) * c.averageMove, count);
        put(copy + i, w, count);
        put(gradient + i, vfloat{}, count);
    };
    for (; i + kLanes <= n; i += kLanes) one(kLanes);
    if (i < n) one(static_cast<int>(n - i));
}

void narrowRow(const float* x, std::uint16_t* y, std::int64_t n) {
    std::int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes) store(y + i, load(x + i));
    if (i < n) storeSome(y + i, loadSome(x + i, static_cast<int>(n - i)), static_cast<int>(n - i));
}

}  // namespace

#define IMAGO_ROW_TABLES(Name)                                                                                                  \
    extern const NormKernels<float> kNormFloat##Name;                                                                           \
    extern const NormKernels<std::uint16_t> kNormBf16##Name;                                                                    \
    extern const StepKernels kStep##Name;                                                                                       \
    const NormKernels<float> kNormFloat##Name{moments<float>, apply<float>, backwardSums<float>, backwardApply<float>};         \
    const NormKernels<std::uint16_t> kNormBf16##Name{moments<std::uint16_t>, apply<std::uint16_t>, backwardSums<std::uint16_t>, \
                                                     backwardApply<std::uint16_t>};                                             \
    const StepKernels kStep##Name{sumOfSquares, adam, narrowRow};

}  // namespace imago::nn
