// The weight gradient of the Winograd convolution: the adjoint of its three steps. Inputs and output gradients are
// transformed, multiplied over pairs of tiles, point by point, and the sums brought back to 3x3 taps at the end.
#include "core/nn/kernels/conv_avx512_winograd.h"

#if defined(__x86_64__)
#include <numeric>

#include "core/nn/kernels/conv_winograd_tiles.h"

namespace imago::nn::conv {
namespace {

// Sizes of the products. Of each 32 channels the even ones come first, in everything that is transformed and in the sums.
struct GradientSize {
    int side, channels, cout;
    int rowsAtOnce;  // rows of points transformed and multiplied together: all, or one where the sums are large
    int block;       // tiles at a time, even
    size_t chunk() const { return static_cast<size_t>(block) * 32; }
    // One line more than needed: points would share a few sets of the first-level cache otherwise.
    size_t columnPoint() const { return chunk() * (channels / 32) + 32; }
    size_t rowPoint() const { return chunk() * (cout / 32) + 32; }
    size_t sumPoint() const { return static_cast<size_t>(cout) * channels; }
    size_t sums() const { return sumPoint() * side * side; }
};

// The sums of a part of the tiles: [point][32 channels][cout][32], and those of the bias: [cout].
struct GradientSums {
    float *sum, *biasSum;
};

// A thread's transformed inputs [point][32 channels][pair of tiles][32][2] and output gradients, likewise.
struct GradientScratch {
    uint16_t *columns, *rows;
};

// Two tiles' values of two points, 16 channels each, to [channel][tile] of either point.
IMAGO_INLINE void storePairs(__m512i first, __m512i second, uint16_t* point0, uint16_t* point1) {
    const __m512i order = _mm512_load_si512(kInterleave);
    _mm512_storeu_si512(point0, _mm512_permutex2var_epi16(first, order, second));
    if (point1) _mm512_storeu_si512(point1, _mm512_permutex2var_epi16(first, _mm512_add_epi16(order, _mm512_set1_epi16(16)), second));
}

// Keeps every first tile of a pair until the second comes; a missing second one is zero.
template <int Side, int First, int Rows>
struct PairWriter {
    uint16_t* out;  // of the first pair, this chunk of channels
    size_t point;   // from point to point
    __m512i kept[2 * Rows];

    IMAGO_INLINE_MEMBER void put(int tile, int a, __m512i u01, __m512i u23) {
        const int row = a - First;
        if (tile % 2 == 0) {
            kept[2 * row] = u01;
            kept[2 * row + 1] = u23;
            return;
        }
        uint16_t* to = out + static_cast<size_t>(tile / 2) * 64 + static_cast<size_t>(row * Side) * point;
        storePairs(kept[2 * row], u01, to, to + point);
        storePairs(kept[2 * row + 1], u23, to + 2 * point, Side == 4 ? to + 3 * point : nullptr);
    }
    void finish(int tiles) {
        if (tiles % 2 == 0) return;
        for (int a = First; a < First + Rows; ++a) put(tiles, a, _mm512_setzero_si512(), _mm512_setzero_si512());
    }
};

template <TileIn In, bool Odd, int First, int Rows>
void transformColumns(const Source& x, int which, const TileGrid& grid, int begin, int count, int channel, uint16_t* out, size_t point) {
    PairWriter<sideOf(In), First, Rows> writer{out + (Odd ? 32 : 0), point, {}};
    forEachRun(grid, begin, count, [&](const TileRun& run) {
        transformInput<In, Odd, First, Rows>(x.data[which], x.channels[which], x.h, x.w, run, channel,
                                             [&](int t, int a, __m512i u01, __m512i u23) { writer.put(run.offset + t, a, u01, u23); });
    });
    writer.finish(count);
}

template <int Side, bool Odd, int First, int Rows>
void transformRows(const Source& gy, const TileGrid& grid, int begin, int count, int channel, uint16_t* out, size_t point, float* biasSum) {
    PairWriter<Side, First, Rows> writer{out + (Odd ? 32 : 0), point, {}};
    __m512 total = _mm512_loadu_ps(biasSum + (Odd ? 16 : 0));
    forEachRun(grid, begin, count, [&](const TileRun& run) {
        total = transformGradient<Side, Odd, First, Rows>(
            gy.data[0], gy.channels[0], gy.h, gy.w, run, channel, total,
            [&](int t, int a, __m512i u01, __m512i u23) { writer.put(run.offset + t, a, u01, u23); });
    });
    if (First <= 1 && First + Rows > 1) _mm512_storeu_ps(biasSum + (Odd ? 16 : 0), total);
    writer.finish(count);
}

template <TileIn In, int First, int Rows>
void transformBlock(const Source& x, const Source& gy, const TileGrid& grid, int begin, int count, const GradientSize& size,
                    const GradientScratch& s, float* biasSum) {
    constexpr int side = sideOf(In);
    uint16_t* out = s.columns;
    for (int which = 0; which < 2; ++which)
        for (int c = 0; c < x.channels[which]; c += 32, out += size.chunk()) {
            transformColumns<In, false, First, Rows>(x, which, grid, begin, count, c, out, size.columnPoint());
            transformColumns<In, true, First, Rows>(x, which, grid, begin, count, c, out, size.columnPoint());
        }
    out = s.rows;
    for (int c = 0; c < size.cout; c += 32, out += size.chunk()) {
        transformRows<side, false, First, Rows>(gy, grid, begin, count, c, out, size.rowPoint(), biasSum + c);
        transformRows<side, true, First, Rows>(gy, grid, begin, count, c, out, size.rowPoint(), biasSum + c);
    }
}

void multiplyBlock(const GradientSize& size, int points, int count, bool add, const GradientScratch& s, float* sum) {
    const int pairs = ceilDiv(count, 2);
    for (int p = 0; p < points; ++p)
        for (int c = 0; c < size.channels; c += 32) {
            const uint16_t* columns = s.columns + p * size.columnPoint() + c / 32 * size.chunk();
            for (int o = 0; o < size.cout; o += kGradRows, sum += kGradRows * 32) {
                const uint16_t* rows = s.rows + p * size.rowPoint() + o / 32 * size.chunk() + 2 * (o % 32);
                if (add)
                    multiplyGradient<true>(rows, 64, columns, 64, pairs, sum, 32);
                else
                    multiplyGradient<false>(rows, 64, columns, 64, pairs, sum, 32);
            }
        }
}

// Rows [First, First + Rows) of points over a range of tiles.
template <TileIn In, int First, int Rows>
void sumRows(const Source& x, const Source& gy, const TileGrid& grid, int begin, int end, const GradientSize& size,
             const GradientScratch& s, const GradientSums& sums) {
    constexpr int points = Rows * sideOf(In);
    for (int tile = begin; tile < end; tile += size.block) {
        const int count = std::min(size.block, end - tile);
        transformBlock<In, First, Rows>(x, gy, grid, tile, count, size, s, sums.biasSum);
        multiplyBlock(size, points, count, tile > begin, s, sums.sum + First * sideOf(In) * size.sumPoint());
    }
}

template <TileIn In>
void sumTask(int row, const Source& x, const Source& gy, const TileGrid& grid, int begin, int end, const GradientSize& size,
             const GradientScratch& s, const GradientSums& sums) {
    if (size.rowsAtOnce == size.side) return sumRows<In, 0, sideOf(In)>(x, gy, grid, begin, end, size, s, sums);
    if (row == 0) return sumRows<In, 0, 1>(x, gy, grid, begin, end, size, s, sums);
    if (row == 1) return sumRows<In, 1, 1>(x, gy, grid, begin, end, size, s, sums);
    if (row == 2) return sumRows<In, 2, 1>(x, gy, grid, begin, end, size, s, sums);
    if constexpr (sideOf(In) == 4) sumRows<In, 3, 1>(x, gy, grid, begin, end, size, s, sums);
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
IMAGO_INLINE void finishColumns(const GradientSize& size, const std::vector<GradientSums>& parts, size_t first, __m512 (&taps)[9]) {
    __m512 rows[3][4];
    for (int b = 0; b < Side; ++b) {
        __m512 u[4], g[3];
        for (int a = 0; a < Side; ++a) {
            const size_t at = static_cast<size_t>(a * Side + b) * size.sumPoint() + first;
            u[a] = _mm512_loadu_ps(parts[0].sum + at);
            for (size_t k = 1; k < parts.size(); ++k) u[a] = _mm512_add_ps(u[a], _mm512_loadu_ps(parts[k].sum + at));
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
void finishOutput(const GradientSize& size, const std::vector<GradientSums>& parts, int o, float* out) {
    const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(8));
    for (int c = 0; c < size.channels; c += 32) {
        __m512 even[9], odd[9];
        const size_t first = (static_cast<size_t>(c / 32) * size.cout + placeOf(o)) * 32;
        finishColumns<Side>(size, parts, first, even);
        finishColumns<Side>(size, parts, first + 16, odd);
        for (int t = 0; t < 9; ++t) {
            float* to = out + static_cast<size_t>(t) * size.channels + c;
            _mm512_storeu_ps(to, _mm512_add_ps(_mm512_loadu_ps(to), _mm512_permutex2var_ps(even[t], low, odd[t])));
            _mm512_storeu_ps(to + 16, _mm512_add_ps(_mm512_loadu_ps(to + 16), _mm512_permutex2var_ps(even[t], high, odd[t])));
        }
    }
}

// Large sums do not fit into the second-level cache, and every block of tiles passes over all of them: then one row of
// points is summed over all tiles before the next.
constexpr size_t kManySums = 512 * 1024;

GradientSize gradientSize(const ConvShape& s, int side) {
    GradientSize size{side, s.channels(), s.cout, side, 0};
    if (size.sums() * sizeof(float) > kManySums) size.rowsAtOnce = 1;
    size.block = std::clamp(512 * 1024 / (2 * size.rowsAtOnce * side * (size.channels + size.cout)) / 8 * 8, 32, 128);
    return size;
}

template <TileIn In>
void winogradGradient(const ConvShape& s, const TileGrid& grid, const Source& x, const Source& gy, ConvWeightLayout layout, float* gw,
                      float* gb, ConvWorkspace& workspace) {
    constexpr int side = sideOf(In);
    const int threads = teamSize();
    const GradientSize size = gradientSize(s, side);
    // Tasks are (part of the tiles, rows of points); parts have sums of their own.
    const int rowTasks = side / size.rowsAtOnce;
    const int blocks = ceilDiv(grid.count(), size.block), parts = std::min(threads / std::gcd(threads, rowTasks), blocks);
    Carver counter(nullptr);
    const auto carve = [&](Carver& carver, std::vector<GradientSums>& sums, std::vector<GradientScratch>& scratch) {
        for (auto& part : sums) part = {carver.take<float>(size.sums()), carver.take<float>(static_cast<size_t>(size.cout))};
        for (auto& own : scratch)
            own = {carver.take<uint16_t>(size.rowsAtOnce * side * size.columnPoint()),
                   carver.take<uint16_t>(size.rowsAtOnce * side * size.rowPoint())};
    };
    std::vector<GradientSums> sums(static_cast<size_t>(parts));
    std::vector<GradientScratch> scratch(static_cast<size_t>(threads));
    carve(counter, sums, scratch);
    Carver carver(workspace.reserve(counter.used()));
    carve(carver, sums, scratch);
    for (const auto& part : sums) std::memset(part.biasSum, 0, static_cast<size_t>(size.cout) * sizeof(float));

#pragma omp parallel num_threads(threads)
    {
#pragma omp for schedule(static)
        for (int task = 0; task < parts * rowTasks; ++task) {
            const int part = task / rowTasks;
            const int first = static_cast<int>(static_cast<long long>(blocks) * part / parts);
            const int last = static_cast<int>(static_cast<long long>(blocks) * (part + 1) / parts);
            sumTask<In>(task % rowTasks, x, gy, grid, first * size.block, std::min(last * size.block, grid.count()), size,
                        scratch[static_cast<size_t>(omp_get_thread_num())], sums[static_cast<size_t>(part)]);
        }
#pragma omp for schedule(static)
        for (int o = 0; o < s.cout; ++o) {
            const size_t row = static_cast<size_t>(9) * size.channels;
            if (layout == ConvWeightLayout::Ohwi) {
                finishOutput<side>(size, sums, o, gw + static_cast<size_t>(o) * row);
            } else {
                std::vector<float> taps(row, 0.0F);
                finishOutput<side>(size, sums, o, taps.data());
                float* to = gw + static_cast<size_t>(o) * row;
                for (int i = 0; i < size.channels; ++i)
                    for (int k = 0; k < 9; ++k) to[static_cast<size_t>(i) * 9 + k] += taps[static_cast<size_t>(k) * size.channels + i];
            }
            for (size_t k = 0; gb && k < sums.size(); ++k) gb[o] += sums[k].biasSum[placeOf(o)];
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
