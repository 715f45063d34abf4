// The weight gradient of the Winograd convolution: the adjoint of its three steps. Inputs and output gradients are
// transformed, multiplied over pairs of tiles, point by point, and the sums brought back to 3x3 taps at the end.
#include "core/nn/kernels/conv_avx512_winograd.h"

#if defined(__x86_64__)
#include "core/nn/kernels/conv_winograd_tiles.h"

namespace imago::nn::conv {
namespace {

// One thread's sums and scratch. Columns are transformed inputs [point][32 channels][pair of tiles][32][2], rows transformed
// output gradients, likewise; of each 32 channels the even ones come first, also in the sums.
struct GradientScratch {
    float *sum, *biasSum;  // [point][cout][channels]; [cout]
    uint16_t *columns, *rows;
};

struct GradientSize {
    int points, channels, cout, block;  // block: tiles at a time, even
    size_t chunk() const { return static_cast<size_t>(block) * 32; }
    // One line more than needed: points would share a few sets of the first-level cache otherwise.
    size_t columnPoint() const { return chunk() * (channels / 32) + 32; }
    size_t rowPoint() const { return chunk() * (cout / 32) + 32; }
};

GradientScratch carve(Carver& carver, const GradientSize& s) {
    GradientScratch out{};
    out.sum = carver.take<float>(static_cast<size_t>(s.points) * s.cout * s.channels);
    out.biasSum = carver.take<float>(static_cast<size_t>(s.cout));
    out.columns = carver.take<uint16_t>(s.points * s.columnPoint());
    out.rows = carver.take<uint16_t>(s.points * s.rowPoint());
    return out;
}

// Two tiles' values of two points, 16 channels each, to [channel][tile] of either point.
IMAGO_INLINE void storePairs(__m512i first, __m512i second, uint16_t* point0, uint16_t* point1) {
    const __m512i order = _mm512_load_si512(kInterleave);
    _mm512_storeu_si512(point0, _mm512_permutex2var_epi16(first, order, second));
    if (point1) _mm512_storeu_si512(point1, _mm512_permutex2var_epi16(first, _mm512_add_epi16(order, _mm512_set1_epi16(16)), second));
}

// Keeps every first tile of a pair until the second comes; a missing second one is zero.
template <int Side>
struct PairWriter {
    uint16_t* out;  // of the first pair, this chunk of channels
    size_t point;   // from point to point
    __m512i kept[2 * Side];

    IMAGO_INLINE_MEMBER void put(int tile, int a, __m512i u01, __m512i u23) {
        if (tile % 2 == 0) {
            kept[2 * a] = u01;
            kept[2 * a + 1] = u23;
            return;
        }
        uint16_t* to = out + static_cast<size_t>(tile / 2) * 64 + static_cast<size_t>(a * Side) * point;
        storePairs(kept[2 * a], u01, to, to + point);
        storePairs(kept[2 * a + 1], u23, to + 2 * point, Side == 4 ? to + 3 * point : nullptr);
    }
    void finish(int tiles) {
        if (tiles % 2 == 0) return;
        for (int a = 0; a < Side; ++a) put(tiles, a, _mm512_setzero_si512(), _mm512_setzero_si512());
    }
};

template <TileIn In, bool Odd>
void transformColumns(const Source& x, int which, const TileGrid& grid, int begin, int count, int channel, uint16_t* out, size_t point) {
    PairWriter<sideOf(In)> writer{out + (Odd ? 32 : 0), point, {}};
    forEachRun(grid, begin, count, [&](const TileRun& run) {
        transformInput<In, Odd>(x.data[which], x.channels[which], x.h, x.w, run, channel,
                                [&](int t, int a, __m512i u01, __m512i u23) { writer.put(run.offset + t, a, u01, u23); });
    });
    writer.finish(count);
}

template <int Side, bool Odd>
void transformRows(const Source& gy, const TileGrid& grid, int begin, int count, int channel, uint16_t* out, size_t point, float* biasSum) {
    PairWriter<Side> writer{out + (Odd ? 32 : 0), point, {}};
    __m512 total = _mm512_loadu_ps(biasSum + (Odd ? 16 : 0));
    forEachRun(grid, begin, count, [&](const TileRun& run) {
        total = transformGradient<Side, Odd>(gy.data[0], gy.channels[0], gy.h, gy.w, run, channel, total,
                                             [&](int t, int a, __m512i u01, __m512i u23) { writer.put(run.offset + t, a, u01, u23); });
    });
    _mm512_storeu_ps(biasSum + (Odd ? 16 : 0), total);
    writer.finish(count);
}

template <TileIn In>
void transformBlock(const Source& x, const Source& gy, const TileGrid& grid, int begin, int count, const GradientSize& size,
                    const GradientScratch& s) {
    constexpr int side = sideOf(In);
    uint16_t* out = s.columns;
    for (int which = 0; which < 2; ++which)
        for (int c = 0; c < x.channels[which]; c += 32, out += size.chunk()) {
            transformColumns<In, false>(x, which, grid, begin, count, c, out, size.columnPoint());
            transformColumns<In, true>(x, which, grid, begin, count, c, out, size.columnPoint());
        }
    out = s.rows;
    for (int c = 0; c < size.cout; c += 32, out += size.chunk()) {
        transformRows<side, false>(gy, grid, begin, count, c, out, size.rowPoint(), s.biasSum + c);
        transformRows<side, true>(gy, grid, begin, count, c, out, size.rowPoint(), s.biasSum + c);
    }
}

void multiplyBlock(const GradientSize& size, int count, bool add, const GradientScratch& s) {
    const int pairs = ceilDiv(count, 2);
    for (int p = 0; p < size.points; ++p)
        for (int c = 0; c < size.channels; c += 32) {
            const uint16_t* columns = s.columns + p * size.columnPoint() + c / 32 * size.chunk();
            for (int o = 0; o < size.cout; o += kGradRows) {
                const uint16_t* rows = s.rows + p * size.rowPoint() + o / 32 * size.chunk() + 2 * (o % 32);
                float* sum = s.sum + (static_cast<size_t>(p) * size.cout + o) * size.channels + c;
                if (add)
                    multiplyGradient<true>(rows, 64, columns, 64, pairs, sum, size.channels);
                else
                    multiplyGradient<false>(rows, 64, columns, 64, pairs, sum, size.channels);
            }
        }
}

// One axis of G^T u G, undoing the scales that the transforms left out.
template <int Side>
IMAGO_INLINE void weightGradientAxis(const __m512 (&u)[4], __m512 (&g)[3]) {
    if constexpr (Side == 4) {
        const __m512 half = _mm512_set1_ps(0.5F), sum = _mm512_mul_ps(half, _mm512_add_ps(u[1], u[2]));
        g[0] = _mm512_add_ps(u[0], sum);
        g[1] = _mm512_mul_ps(half, _mm512_sub_ps(u[1], u[2]));
        g[2] = _mm512_sub_ps(sum, u[3]);
    } else {
        g[0] = _mm512_add_ps(u[0], u[1]);
        g[1] = u[1];
        g[2] = _mm512_sub_ps(u[1], u[2]);
    }
}

// Where a channel stands among 32: the even ones come first.
int placeOf(int channel) {
    return channel / 32 * 32 + channel % 32 / 2 + channel % 2 * 16;
}

// Adds the threads' sums of 16 columns of one row and brings them back to 3x3 taps.
template <int Side>
IMAGO_INLINE void finishColumns(const GradientSize& size, const std::vector<GradientScratch>& parts, int used, size_t first,
                                __m512 (&taps)[9]) {
    const size_t point = static_cast<size_t>(size.cout) * size.channels;
    __m512 rows[3][4];
    for (int b = 0; b < Side; ++b) {
        __m512 u[4], g[3];
        for (int a = 0; a < Side; ++a) {
            const size_t at = static_cast<size_t>(a * Side + b) * point + first;
            u[a] = _mm512_loadu_ps(parts[0].sum + at);
            for (int k = 1; k < used; ++k) u[a] = _mm512_add_ps(u[a], _mm512_loadu_ps(parts[static_cast<size_t>(k)].sum + at));
        }
        weightGradientAxis<Side>(u, g);
        for (int y = 0; y < 3; ++y) rows[y][b] = g[y];
    }
    for (int y = 0; y < 3; ++y) {
        __m512 g[3];
        weightGradientAxis<Side>(rows[y], g);
        for (int x = 0; x < 3; ++x) taps[3 * y + x] = g[x];
    }
}

// The gradient of one output channel's weights: out[tap][channels] +=.
template <int Side>
void finishOutput(const GradientSize& size, const std::vector<GradientScratch>& parts, int used, int o, float* out) {
    const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(8));
    for (int c = 0; c < size.channels; c += 32) {
        __m512 even[9], odd[9];
        const size_t first = static_cast<size_t>(placeOf(o)) * size.channels + c;
        finishColumns<Side>(size, parts, used, first, even);
        finishColumns<Side>(size, parts, used, first + 16, odd);
        for (int t = 0; t < 9; ++t) {
            float* to = out + static_cast<size_t>(t) * size.channels + c;
            _mm512_storeu_ps(to, _mm512_add_ps(_mm512_loadu_ps(to), _mm512_permutex2var_ps(even[t], low, odd[t])));
            _mm512_storeu_ps(to + 16, _mm512_add_ps(_mm512_loadu_ps(to + 16), _mm512_permutex2var_ps(even[t], high, odd[t])));
        }
    }
}

template <TileIn In>
void winogradGradient(const ConvShape& s, const TileGrid& grid, const Source& x, const Source& gy, ConvWeightLayout layout, float* gw,
                      float* gb, ConvWorkspace& workspace) {
    constexpr int side = sideOf(In);
    const int threads = omp_get_max_threads();
    GradientSize size{side * side, x.total(), s.cout, 0};
    size.block = std::clamp(512 * 1024 / (2 * size.points * (size.channels + size.cout)) / 8 * 8, 32, 128);
    const int blocks = ceilDiv(grid.count(), size.block), used = std::min(threads, blocks);
    Carver counter(nullptr);
    carve(counter, size);
    std::byte* memory = workspace.reserve(counter.used() * static_cast<size_t>(used));
    std::vector<GradientScratch> parts(static_cast<size_t>(used));
    for (int t = 0; t < used; ++t) {
        Carver carver(memory + counter.used() * static_cast<size_t>(t));
        parts[static_cast<size_t>(t)] = carve(carver, size);
    }
#pragma omp parallel num_threads(threads)
    {
        const int t = omp_get_thread_num();
        if (t < used) {
            const GradientScratch& own = parts[static_cast<size_t>(t)];
            std::memset(own.biasSum, 0, static_cast<size_t>(size.cout) * sizeof(float));
            const int first = static_cast<int>(static_cast<long long>(blocks) * t / used);
            const int last = static_cast<int>(static_cast<long long>(blocks) * (t + 1) / used);
            for (int b = first; b < last; ++b) {
                const int begin = b * size.block, count = std::min(size.block, grid.count() - begin);
                transformBlock<In>(x, gy, grid, begin, count, size, own);
                multiplyBlock(size, count, b > first, own);
            }
        }
#pragma omp barrier
#pragma omp for schedule(static)
        for (int o = 0; o < s.cout; ++o) {
            const size_t row = static_cast<size_t>(9) * size.channels;
            if (layout == ConvWeightLayout::Ohwi) {
                finishOutput<side>(size, parts, used, o, gw + static_cast<size_t>(o) * row);
            } else {
                std::vector<float> taps(row, 0.0F);
                finishOutput<side>(size, parts, used, o, taps.data());
                for (int i = 0; i < size.channels; ++i)
                    for (int k = 0; k < 9; ++k)
                        gw[static_cast<size_t>(o) * row + static_cast<size_t>(i) * 9 + k] +=
                            taps[static_cast<size_t>(k) * size.channels + i];
            }
            if (!gb) continue;
            for (int k = 0; k < used; ++k) gb[o] += parts[static_cast<size_t>(k)].biasSum[placeOf(o)];
        }
    }
}

}  // namespace

namespace winograd {

void backwardWeight(const ConvShape& s, const uint16_t* x, const uint16_t* x2, const uint16_t* gy, ConvWeightLayout layout, float* gw,
                    float* gb, ConvWorkspace& workspace) {
    const Source from{{x, x2}, {s.cin, s.cin2}, s.h, s.w};
    const Source gradient{{gy, nullptr}, {s.cout, 0}, s.outHeight(), s.outWidth()};
    if (s.upsample)
        winogradGradient<TileIn::Upsampled>(s, gridOf(s), from, gradient, layout, gw, gb, workspace);
    else
        winogradGradient<TileIn::Plain>(s, gridOf(s), from, gradient, layout, gw, gb, workspace);
}

}  // namespace winograd
}  // namespace imago::nn::conv

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
