// Winograd's F(2x2, 3x3): 2.25 times fewer products than the plain sum, in bf16 with fp32 sums. A few tiles at a time are
// transformed, multiplied point by point and transformed back while they stay in the cache; the weight gradient is the
// adjoint of the same three steps. Weights are transformed when they are packed.
#include "core/nn/kernels/conv_avx512_winograd.h"

#if defined(__x86_64__)
#include "core/nn/kernels/conv_winograd_tiles.h"

namespace imago::nn::conv {
namespace {

// ---- forward and data gradient ---------------------------------------------------------------------------------

constexpr int kBlockBytes = 128 * 1024;  // of transformed input at a time
constexpr int kMostGroups = 4;
constexpr int kGroup = kRows;  // tiles multiplied at a time

// A block of transformed tiles: [row of points][columns 0, 1 | columns 2, 3][tile][16 channels][column][16], where 16
// channels are the even or the odd ones of 32.
struct InputBlock {
    uint16_t* data;
    size_t plane;  // from one pair of columns to the next
    int channels;
    static size_t planeSize(int tiles, int channels) { return static_cast<size_t>(tiles) * channels * 2 + 32; }
    const uint16_t* point(int a, int b, int tile) const {
        return data + static_cast<size_t>(2 * a + b / 2) * plane + static_cast<size_t>(tile) * channels * 2 + b % 2 * 16;
    }
};

template <TileIn In, bool Odd>
void transformChannels(const Source& from, int which, const TileGrid& grid, int begin, int count, int channel, const InputBlock& block,
                       uint16_t* out) {
    forEachRun(grid, begin, count, [&](const TileRun& run) {
        uint16_t* to = out + static_cast<size_t>(run.offset) * block.channels * 2;
        transformInput<In, Odd>(
            from.data[which], from.channels[which], from.h, from.w, run, channel, [&](int t, int a, __m512i u01, __m512i u23) {
                uint16_t* at = to + static_cast<size_t>(t) * block.channels * 2 + static_cast<size_t>(2 * a) * block.plane;
                _mm512_storeu_si512(at, u01);
                _mm512_storeu_si512(at + block.plane, u23);
            });
    });
}

template <TileIn In>
void transformBlock(const Source& from, const TileGrid& grid, int begin, int count, const InputBlock& block) {
    uint16_t* out = block.data;
    for (int which = 0; which < 2; ++which)
        for (int c = 0; c < from.channels[which]; c += 32, out += 64) {
            transformChannels<In, false>(from, which, grid, begin, count, c, block, out);
            transformChannels<In, true>(from, which, grid, begin, count, c, block, out + 32);
        }
}

// One point of Rows tiles, one panel of outputs: product[tile][32] = input * weight.
template <int Rows>
IMAGO_INLINE void multiplyPoint(const uint16_t* a, int channels, const uint16_t* weight, float* product) {
    const size_t lda = static_cast<size_t>(channels) * 2;
    __m512 sum[Rows][2];
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) sum[r][0] = sum[r][1] = _mm512_setzero_ps();
    for (int c = 0; c < channels; c += 16, a += 32)
#pragma GCC unroll 1
        for (int pair = 0; pair < 8; ++pair, weight += 64) {
            const __m512i b0 = _mm512_loadu_si512(weight), b1 = _mm512_loadu_si512(weight + 32);
#pragma GCC unroll 16
            for (int r = 0; r < Rows; ++r) {
                const __m512i value = broadcastPair(a + static_cast<size_t>(r) * lda + 2 * pair);
                sum[r][0] = dot(sum[r][0], value, b0);
                sum[r][1] = dot(sum[r][1], value, b1);
            }
        }
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
        _mm512_storeu_ps(product + 32 * r, sum[r][0]);
        _mm512_storeu_ps(product + 32 * r + 16, sum[r][1]);
    }
}

// All points of a block's tiles, one panel of outputs. A point's weights stay in the first-level cache meanwhile.
template <int Side>
void multiplyPoints(const InputBlock& block, int count, const uint16_t* weight, float* product, size_t productStride) {
    for (int p = 0; p < Side * Side; ++p, product += productStride, weight += static_cast<size_t>(block.channels) * kPanel) {
        int tile = 0;
        for (; tile + 12 <= count; tile += 12)
            multiplyPoint<12>(block.point(p / Side, p % Side, tile), block.channels, weight, product + 32 * tile);
        const uint16_t* rest = block.point(p / Side, p % Side, tile);
        if (count - tile > 8)
            multiplyPoint<12>(rest, block.channels, weight, product + 32 * tile);
        else if (count - tile > 4)
            multiplyPoint<8>(rest, block.channels, weight, product + 32 * tile);
        else if (count > tile)
            multiplyPoint<4>(rest, block.channels, weight, product + 32 * tile);
    }
}

template <TileOut Out>
void writeTiles(const float* product, const TileGrid& grid, int begin, int count, int h, int w, size_t pixelSize, size_t productStride,
                const float* bias, const Epilogue& e) {
    constexpr int side = Out == TileOut::Pooled ? 1 : 2;
    const __m512 biasLow = bias ? _mm512_loadu_ps(bias) : _mm512_setzero_ps(), biasHigh = bias ? _mm512_loadu_ps(bias + 16) : biasLow;
    forEachRun(grid, begin, count, [&](const TileRun& run) {
        const int y0 = run.i * side;
        const bool secondRow = side == 2 && y0 + 1 < h;
        size_t at = ((static_cast<size_t>(run.image) * h + y0) * w + run.j * side) * pixelSize;
        const float* from = product + 32 * run.offset;
        for (int t = 0; t < run.count; ++t, from += 32, at += side * pixelSize) {
            __m512 low[4], high[4];
            transformOutput<Out>(from, productStride, biasLow, low);
            transformOutput<Out>(from + 16, productStride, biasHigh, high);
            storeRow(e, at, low[0], high[0]);
            if constexpr (side == 2) {
                const bool secondColumn = (run.j + t) * 2 + 1 < w;
                if (secondColumn) storeRow(e, at + pixelSize, low[1], high[1]);
                if (secondRow) storeRow(e, at + w * pixelSize, low[2], high[2]);
                if (secondRow && secondColumn) storeRow(e, at + (w + 1) * pixelSize, low[3], high[3]);
            }
        }
    });
}

template <TileIn In, TileOut Out>
void winogradConvolution(const TileGrid& grid, const Source& from, const Destination& to, const uint16_t* packed, const float* bias,
                         const uint16_t* residual, ConvWorkspace& workspace) {
    constexpr int side = sideOf(In), points = side * side;
    const int threads = teamSize(), channels = from.total(), panels = to.panels(0) + to.panels(1);
    const int fits = std::clamp(kBlockBytes / (kGroup * channels * side * 4 * 2), 1, kMostGroups);
    const int groups = ceilDiv(grid.count(), kGroup), block = std::clamp(groups / (4 * threads), 1, fits);
    const int blocks = ceilDiv(groups, block);
    const int split = blocks >= 2 * threads ? 1 : std::min(panels, ceilDiv(2 * threads, blocks));
    const size_t plane = InputBlock::planeSize(block * kGroup, channels);
    const size_t productStride = static_cast<size_t>(block) * kGroup * 32 + 16;  // floats from point to point
    Carver counter(nullptr);
    counter.take<float>(productStride * points);
    counter.take<uint16_t>(plane * 2 * side);
    std::byte* scratch = workspace.reserve(counter.used() * static_cast<size_t>(threads));

#pragma omp parallel for schedule(static) num_threads(threads)
    for (int task = 0; task < blocks * split; ++task) {
        const int begin = task / split * block * kGroup, count = std::min(block * kGroup, grid.count() - begin), part = task % split;
        Carver carver(scratch + counter.used() * static_cast<size_t>(omp_get_thread_num()));
        auto* product = carver.take<float>(productStride * points);
        const InputBlock input{carver.take<uint16_t>(plane * 2 * side), plane, channels};
        transformBlock<In>(from, grid, begin, count, input);
        for (int panel = panels * part / split; panel < panels * (part + 1) / split; ++panel) {
            const int which = panel < to.panels(0) ? 0 : 1, column = (panel - which * to.panels(0)) * kPanel;
            if (!to.data[which]) continue;
            const Epilogue epilogue{nullptr, residual ? residual + column : nullptr, to.data[which] + column, ~0U};
            const uint16_t* weight = packed + static_cast<size_t>(panel) * points * channels * kPanel;
            multiplyPoints<side>(input, count, weight, product, productStride);
            writeTiles<Out>(product, grid, begin, count, to.h, to.w, static_cast<size_t>(to.channels[which]), productStride,
                            bias ? bias + column : nullptr, epilogue);
        }
    }
}

}  // namespace

namespace winograd {

bool fits(const ConvShape& s) {
    return s.kernel == 3 && s.stride == 1 && s.cin % 32 == 0 && s.cin2 % 32 == 0 && s.cout % 32 == 0 && s.channels() <= kMaxChannels &&
           s.cout <= kMaxChannels;
}

void forward(const ConvShape& s, const uint16_t* x, const uint16_t* x2, const void* packed, const float* bias, const uint16_t* residual,
             uint16_t* y, ConvWorkspace& workspace) {
    const Source from{{x, x2}, {s.cin, s.cin2}, s.h, s.w};
    const Destination to{{y, nullptr}, {s.cout, 0}, s.outHeight(), s.outWidth()};
    const auto* weight = static_cast<const uint16_t*>(packed);
    if (s.upsample)
        winogradConvolution<TileIn::Upsampled, TileOut::Upsampled>(gridOf(s), from, to, weight, bias, residual, workspace);
    else
        winogradConvolution<TileIn::Plain, TileOut::Plain>(gridOf(s), from, to, weight, bias, residual, workspace);
}

void backwardData(const ConvShape& s, const uint16_t* gy, const void* packed, uint16_t* gx, uint16_t* gx2, ConvWorkspace& workspace) {
    const Source from{{gy, nullptr}, {s.cout, 0}, s.outHeight(), s.outWidth()};
    const Destination to{{gx, gx2}, {s.cin, s.cin2}, s.h, s.w};
    const auto* weight = static_cast<const uint16_t*>(packed);
    if (s.upsample)
        winogradConvolution<TileIn::Kept, TileOut::Pooled>(gridOf(s), from, to, weight, nullptr, nullptr, workspace);
    else
        winogradConvolution<TileIn::Plain, TileOut::Plain>(gridOf(s), from, to, weight, nullptr, nullptr, workspace);
}

}  // namespace winograd
}  // namespace imago::nn::conv

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
