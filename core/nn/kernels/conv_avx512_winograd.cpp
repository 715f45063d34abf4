// Winograd's F(2x2, 3x3): 2.25 times fewer products than the plain sum, in bf16 with fp32 sums. A few tiles at a time are
// transformed, multiplied point by point and transformed back while they stay in the cache; the weight gradient is the
// adjoint of the same three steps. Weights are transformed when they are packed.
#include "core/nn/kernels/conv_avx512_winograd.h"

#if defined(__x86_64__)
#include "core/nn/kernels/conv_winograd_tiles.h"

namespace imago::nn::conv {
namespace {

constexpr int kMaxChannels = 2048;
alignas(64) const uint16_t kZeros[kMaxChannels] = {};  // what lies outside the picture

// The tiles of a batch: tile t of an image is 2x2 pixels of the (enlarged) picture.
struct TileGrid {
    int images, rows, columns;
    int count() const { return images * rows * columns; }
};

struct TileAt {
    int image, i, j;
};

IMAGO_INLINE TileAt tileAt(const TileGrid& grid, int index) {
    const int perImage = grid.rows * grid.columns, rest = index % perImage;
    return {index / perImage, rest / grid.columns, rest % grid.columns};
}

// Pointers to the pixels (y0 + 0.., x0 + 0..) of an image, `side` by `side`; outside it, to zeros.
IMAGO_INLINE void pointAt(const uint16_t* data, int channels, int image, int h, int w, int y0, int x0, int side, const uint16_t** pixel) {
    const size_t row = static_cast<size_t>(w) * channels;
    const uint16_t* base = data + (static_cast<std::ptrdiff_t>(image) * h + y0) * static_cast<std::ptrdiff_t>(row) +
                           static_cast<std::ptrdiff_t>(x0) * channels;
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) {
            const bool inside =
                static_cast<unsigned>(y0 + y) < static_cast<unsigned>(h) && static_cast<unsigned>(x0 + x) < static_cast<unsigned>(w);
            pixel[y * side + x] = inside ? base + static_cast<size_t>(y) * row + static_cast<size_t>(x) * channels : kZeros;
        }
}

template <TileIn In>
IMAGO_INLINE void pointAtTile(const Source& from, int which, const TileAt& tile, const uint16_t** pixel) {
    const int step = In == TileIn::Upsampled ? 1 : 2;
    pointAt(from.data[which], from.channels[which], tile.image, from.h, from.w, tile.i * step - 1, tile.j * step - 1, pixelsOf(In), pixel);
}

// ---- forward and data gradient ---------------------------------------------------------------------------------

constexpr int kGroup = kRows;                        // tiles multiplied at a time
constexpr size_t kProductStride = kGroup * 32 + 16;  // floats from point to point of a group's products

// Floats from point to point of a group's transformed input.
size_t inputStride(int channels) {
    return static_cast<size_t>(kGroup) * channels + 32;
}

template <TileIn In>
void transformGroup(const Source& from, const TileGrid& grid, int begin, int count, uint16_t* out) {
    const int channels = from.total();
    const size_t stride = inputStride(channels);
    const uint16_t* pixel[16];
    for (int t = 0; t < count; ++t) {
        const TileAt tile = tileAt(grid, begin + t);
        uint16_t* to = out + static_cast<size_t>(t) * channels;
        for (int which = 0; which < 2; ++which) {
            if (from.channels[which] == 0) continue;
            pointAtTile<In>(from, which, tile, pixel);
            for (int c = 0; c < from.channels[which]; c += 32, to += 32)
                transformInput<In>(pixel, c, [&](int p, __m512i v) { _mm512_storeu_si512(to + static_cast<size_t>(p) * stride, v); });
        }
    }
}

template <int Rows>
void multiplyPoints(const uint16_t* input, const uint16_t* weight, int points, int channels, float* product) {
    const size_t stride = inputStride(channels);
    for (int p = 0; p < points; ++p) {
        __m512 sum[Rows][2];
        multiplyPanel<Rows>(input + static_cast<size_t>(p) * stride, channels, weight + static_cast<size_t>(p) * channels * kPanel,
                            channels / 2, sum);
        float* to = product + static_cast<size_t>(p) * kProductStride;
#pragma GCC unroll 16
        for (int r = 0; r < Rows; ++r) {
            _mm512_storeu_ps(to + 32 * r, sum[r][0]);
            _mm512_storeu_ps(to + 32 * r + 16, sum[r][1]);
        }
    }
}

template <TileOut Out>
void writeGroup(const float* product, const TileGrid& grid, int begin, int count, int h, int w, size_t pixelSize, const Epilogue& e) {
    for (int t = 0; t < count; ++t) {
        const TileAt tile = tileAt(grid, begin + t);
        __m512 low[4], high[4];
        transformOutput<Out>(product + 32 * t, kProductStride, low);
        transformOutput<Out>(product + 32 * t + 16, kProductStride, high);
        constexpr int side = Out == TileOut::Pooled ? 1 : 2;
        const int y0 = tile.i * side, x0 = tile.j * side;
        const size_t at = ((static_cast<size_t>(tile.image) * h + y0) * w + x0) * pixelSize;
#pragma GCC unroll 2
        for (int y = 0; y < side; ++y)
#pragma GCC unroll 2
            for (int x = 0; x < side; ++x)
                if (y0 + y < h && x0 + x < w)
                    storeRow(e, at + (static_cast<size_t>(y) * w + x) * pixelSize, low[y * side + x], high[y * side + x]);
    }
}

template <TileIn In, TileOut Out>
void winogradConvolution(const TileGrid& grid, const Source& from, const Destination& to, const uint16_t* packed, const float* bias,
                         const uint16_t* residual, ConvWorkspace& workspace) {
    constexpr int points = sideOf(In) * sideOf(In);
    const int threads = omp_get_max_threads(), channels = from.total(), panels = to.panels(0) + to.panels(1);
    const size_t inputSize = inputStride(channels) * points;
    const int perBlock = std::clamp(static_cast<int>(256 * 1024 / (inputSize * sizeof(uint16_t))), 1, 4);
    const int groups = ceilDiv(grid.count(), kGroup);
    const int block = std::max(1, std::min(perBlock, groups / (4 * threads)));
    const int blocks = ceilDiv(groups, block);
    const int split = blocks >= 2 * threads ? 1 : std::min(panels, ceilDiv(2 * threads, blocks));
    const size_t perThread = alignUp(inputSize * block * sizeof(uint16_t)) + alignUp(kProductStride * points * sizeof(float)) + 128;
    std::byte* scratch = workspace.reserve(perThread * static_cast<size_t>(threads));

#pragma omp parallel for schedule(static) num_threads(threads)
    for (int task = 0; task < blocks * split; ++task) {
        const int first = task / split * block, last = std::min(groups, first + block), part = task % split;
        Carver carver(scratch + perThread * static_cast<size_t>(omp_get_thread_num()));
        auto* product = carver.take<float>(kProductStride * points);
        auto* input = carver.take<uint16_t>(inputSize * block);
        const auto tilesOf = [&](int g) { return std::min(kGroup, grid.count() - g * kGroup); };
        for (int g = first; g < last; ++g)
            transformGroup<In>(from, grid, g * kGroup, tilesOf(g), input + inputSize * static_cast<size_t>(g - first));
        for (int panel = panels * part / split; panel < panels * (part + 1) / split; ++panel) {
            const int which = panel < to.panels(0) ? 0 : 1, column = (panel - which * to.panels(0)) * kPanel;
            if (!to.data[which]) continue;
            const Epilogue epilogue{bias ? bias + column : nullptr, residual ? residual + column : nullptr, to.data[which] + column, ~0U};
            const uint16_t* weight = packed + static_cast<size_t>(panel) * points * channels * kPanel;
            for (int g = first; g < last; ++g) {
                const uint16_t* own = input + inputSize * static_cast<size_t>(g - first);
                const int count = tilesOf(g);
                if (count > 8)
                    multiplyPoints<12>(own, weight, points, channels, product);
                else if (count > 4)
                    multiplyPoints<8>(own, weight, points, channels, product);
                else
                    multiplyPoints<4>(own, weight, points, channels, product);
                writeGroup<Out>(product, grid, g * kGroup, count, to.h, to.w, static_cast<size_t>(to.channels[which]), epilogue);
            }
        }
    }
}

// ---- weights ---------------------------------------------------------------------------------------------------

// One axis of G g G^T for 16 lanes: 3 taps to 4 points.
IMAGO_INLINE void weightAxis(__m512 g0, __m512 g1, __m512 g2, __m512 (&u)[4]) {
    const __m512 half = _mm512_set1_ps(0.5F), outer = _mm512_mul_ps(half, _mm512_add_ps(g0, g2)), inner = _mm512_mul_ps(half, g1);
    u[0] = g0;
    u[1] = _mm512_add_ps(outer, inner);
    u[2] = _mm512_sub_ps(outer, inner);
    u[3] = g2;
}

// Which points a packed weight keeps and how they are scaled (see TileIn and TileOut).
struct PointRule {
    int side;
    int index[4];
    float scale[4];
};

constexpr PointRule kPlainRule{4, {0, 1, 2, 3}, {1, 1, 1, 1}};
constexpr PointRule kUpsampledRule{3, {0, 1, 3, 0}, {1, 2, 1, 0}};  // the input's point 1 is stored as half its value
constexpr PointRule kPooledRule{3, {0, 1, 3, 0}, {1, 2, -1, 0}};    // the sum of the four outputs: factors (1, 2, 0, -1)

// The transformed weights of 16 neighbouring inputs; tap(k) gives their nine taps.
template <class Tap>
IMAGO_INLINE void transformWeight(const PointRule& rule, Tap tap, __m512 (&u)[16]) {
    __m512 rows[4][3];
    for (int x = 0; x < 3; ++x) {
        __m512 t[4];
        weightAxis(tap(x), tap(3 + x), tap(6 + x), t);
        for (int a = 0; a < 4; ++a) rows[a][x] = t[a];
    }
    for (int a = 0; a < rule.side; ++a) {
        __m512 t[4];
        const int from = rule.index[a];
        weightAxis(rows[from][0], rows[from][1], rows[from][2], t);
        for (int b = 0; b < rule.side; ++b)
            u[a * rule.side + b] = _mm512_mul_ps(t[rule.index[b]], _mm512_set1_ps(rule.scale[a] * rule.scale[b]));
    }
}

// Word order that interleaves two registers of (even channels, odd channels) into 16 pairs of natural order.
struct PairOrder {
    alignas(64) uint16_t low[32], high[32];
    constexpr PairOrder() : low(), high() {
        for (int c = 0; c < 32; ++c) {
            uint16_t* to = c < 16 ? low + 2 * c : high + 2 * (c - 16);
            to[0] = static_cast<uint16_t>(c / 2 + (c % 2) * 16);
            to[1] = static_cast<uint16_t>(to[0] + 32);
        }
    }
};
constexpr PairOrder kPairOrder;

// The channel that stands at place `k` of a chunk of 32 in a transformed input: even channels first.
constexpr int channelAt(int k) {
    return k < 16 ? 2 * k : 2 * (k - 16) + 1;
}

// An Ohwi copy of the weight where it is laid out otherwise.
const float* asOhwi(const ConvShape& s, const float* weight, ConvWeightLayout layout, std::vector<float>& copy) {
    if (layout == ConvWeightLayout::Ohwi) return weight;
    const WeightStrides from(s, layout), to(s, ConvWeightLayout::Ohwi);
    copy.resize(s.weightCount());
    for (int o = 0; o < s.cout; ++o)
        for (int t = 0; t < 9; ++t)
            for (int i = 0; i < s.channels(); ++i) copy[to.at(o, i, t)] = weight[from.at(o, i, t)];
    return copy.data();
}

// [panel of outputs][point][pair of inputs][32 outputs][2]; pairs in the order that transformed inputs have.
void packForwardChunk(const PointRule& rule, const float* weight, int channels, int panel, int chunk, uint16_t* packed) {
    const int points = rule.side * rule.side;
    alignas(64) int pairs[16][kPanel][16];  // [point][output][pair]
    const __m512i evens = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const __m512i odds = _mm512_add_epi32(evens, _mm512_set1_epi32(1));
    for (int o = 0; o < kPanel; ++o) {
        const float* row = weight + static_cast<size_t>(panel * kPanel + o) * 9 * channels + chunk * 32;
        __m512 even[16], odd[16];
        const auto tap = [&](const __m512i& order) {
            return [&, order](int k) {
                const float* at = row + static_cast<size_t>(k) * channels;
                return _mm512_permutex2var_ps(_mm512_loadu_ps(at), order, _mm512_loadu_ps(at + 16));
            };
        };
        transformWeight(rule, tap(evens), even);
        transformWeight(rule, tap(odds), odd);
        for (int p = 0; p < points; ++p) _mm512_store_si512(pairs[p][o], packBf16(even[p], odd[p]));
    }
    const __m512i column = _mm512_setr_epi32(0, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240);
    for (int p = 0; p < points; ++p) {
        uint16_t* to = packed + ((static_cast<size_t>(panel) * points + p) * channels + chunk * 32) * kPanel;
        for (int pair = 0; pair < 16; ++pair, to += 64) {
            _mm512_storeu_si512(to, _mm512_i32gather_epi32(column, &pairs[p][0][pair], 4));
            _mm512_storeu_si512(to + 32, _mm512_i32gather_epi32(column, &pairs[p][16][pair], 4));
        }
    }
}

// The same for the data gradient: outputs are the forward's inputs, the kernel is turned by half a turn.
void packBackwardChunk(const PointRule& rule, const float* weight, int channels, int cout, int panel, int chunk, uint16_t* packed) {
    const int points = rule.side * rule.side;
    alignas(64) static constexpr uint16_t interleaved[32] = {0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
                                                             8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    const __m512i order = _mm512_load_si512(interleaved);
    for (int pair = 0; pair < 16; ++pair)
        for (int half = 0; half < 2; ++half) {
            __m512 u[2][16];
            for (int k = 0; k < 2; ++k) {
                const int o = chunk * 32 + channelAt(2 * pair + k);
                const float* row = weight + static_cast<size_t>(o) * 9 * channels + panel * kPanel + half * 16;
                transformWeight(
                    rule, [&](int t) { return _mm512_loadu_ps(row + static_cast<size_t>(8 - t) * channels); }, u[k]);
            }
            for (int p = 0; p < points; ++p) {
                uint16_t* to = packed + ((static_cast<size_t>(panel) * points + p) * cout + chunk * 32 + 2 * pair) * kPanel + half * 32;
                _mm512_storeu_si512(to, _mm512_permutexvar_epi16(order, packBf16(u[0][p], u[1][p])));
            }
        }
}

// ---- the gradient of the weight --------------------------------------------------------------------------------

// One thread's sums and scratch. Blocks of 32 channels: columns[point][block][pair of tiles][32][2], rows likewise.
struct GradientScratch {
    float *sum, *biasSum;  // [point][cout][channels]; [cout], even channels of each 32 first
    uint16_t *columns, *rows;
};

struct GradientSize {
    int points, channels, cout, block;  // block: tiles at a time, even
};

GradientScratch carve(Carver& carver, const GradientSize& s) {
    GradientScratch out{};
    out.sum = carver.take<float>(static_cast<size_t>(s.points) * s.cout * s.channels);
    out.biasSum = carver.take<float>(static_cast<size_t>(s.cout));
    out.columns = carver.take<uint16_t>(static_cast<size_t>(s.points) * s.block * s.channels);
    out.rows = carver.take<uint16_t>(static_cast<size_t>(s.points) * s.block * s.cout);
    return out;
}

IMAGO_INLINE void storePairs(__m512i a, __m512i b, uint16_t* to) {
    _mm512_storeu_si512(to, _mm512_permutex2var_epi16(a, _mm512_load_si512(kPairOrder.low), b));
    _mm512_storeu_si512(to + 32, _mm512_permutex2var_epi16(a, _mm512_load_si512(kPairOrder.high), b));
}

template <TileIn In>
void transformColumns(const Source& x, const TileGrid& grid, int begin, int count, const GradientSize& size, uint16_t* columns) {
    const uint16_t *first[16], *second[16];
    const size_t blockSize = static_cast<size_t>(size.block) * 32, pointSize = blockSize * (size.channels / 32);
    for (int t = 0; t < count; t += 2) {
        const TileAt a = tileAt(grid, begin + t), b = tileAt(grid, begin + t + 1);
        uint16_t* to = columns + static_cast<size_t>(t) * 32;
        for (int which = 0; which < 2; ++which) {
            if (x.channels[which] == 0) continue;
            pointAtTile<In>(x, which, a, first);
            if (t + 1 < count)
                pointAtTile<In>(x, which, b, second);
            else
                std::fill(second, second + 16, kZeros);
            for (int c = 0; c < x.channels[which]; c += 32, to += blockSize) {
                __m512i kept[16];
                transformInput<In>(first, c, [&](int p, __m512i v) { kept[p] = v; });
                transformInput<In>(second, c, [&](int p, __m512i v) { storePairs(kept[p], v, to + static_cast<size_t>(p) * pointSize); });
            }
        }
    }
}

template <int Side>
void transformRows(const Source& gy, const TileGrid& grid, int begin, int count, const GradientSize& size, uint16_t* rows, float* biasSum) {
    const uint16_t *first[4], *second[4];
    const size_t blockSize = static_cast<size_t>(size.block) * 32, pointSize = blockSize * (size.cout / 32);
    for (int t = 0; t < count; t += 2) {
        const TileAt a = tileAt(grid, begin + t), b = tileAt(grid, begin + t + 1);
        pointAt(gy.data[0], size.cout, a.image, gy.h, gy.w, 2 * a.i, 2 * a.j, 2, first);
        if (t + 1 < count)
            pointAt(gy.data[0], size.cout, b.image, gy.h, gy.w, 2 * b.i, 2 * b.j, 2, second);
        else
            std::fill(second, second + 4, kZeros);
        uint16_t* to = rows + static_cast<size_t>(t) * 32;
        for (int c = 0; c < size.cout; c += 32, to += blockSize) {
            __m512i kept[16];
            const auto add = [&](__m512 even, __m512 odd) {
                _mm512_storeu_ps(biasSum + c, _mm512_add_ps(_mm512_loadu_ps(biasSum + c), even));
                _mm512_storeu_ps(biasSum + c + 16, _mm512_add_ps(_mm512_loadu_ps(biasSum + c + 16), odd));
            };
            transformGradient<Side>(
                first, c, [&](int p, __m512i v) { kept[p] = v; }, add);
            transformGradient<Side>(
                second, c, [&](int p, __m512i v) { storePairs(kept[p], v, to + static_cast<size_t>(p) * pointSize); }, add);
        }
    }
}

void multiplyBlock(const GradientSize& size, int count, bool add, const GradientScratch& s) {
    const int pairs = ceilDiv(count, 2);
    const size_t blockSize = static_cast<size_t>(size.block) * 32;
    for (int p = 0; p < size.points; ++p)
        for (int c = 0; c < size.channels; c += 32) {
            const uint16_t* columns = s.columns + (static_cast<size_t>(p) * (size.channels / 32) + c / 32) * blockSize;
            for (int o = 0; o < size.cout; o += kGradRows) {
                const uint16_t* rows = s.rows + (static_cast<size_t>(p) * (size.cout / 32) + o / 32) * blockSize + 2 * (o % 32);
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

// Adds the threads' sums of one output channel and brings them back to 3x3 taps: out[tap][channels] +=.
template <int Side>
void finishOutput(const GradientSize& size, const std::vector<GradientScratch>& parts, int used, int o, float* out) {
    const size_t pointSize = static_cast<size_t>(size.cout) * size.channels;
    for (int c = 0; c < size.channels; c += 16) {
        __m512 rows[3][4];
        for (int b = 0; b < Side; ++b) {
            __m512 u[4], g[3];
            for (int a = 0; a < Side; ++a) {
                const size_t at = (a * Side + b) * pointSize + static_cast<size_t>(o) * size.channels + c;
                u[a] = _mm512_loadu_ps(parts[0].sum + at);
                for (int k = 1; k < used; ++k) u[a] = _mm512_add_ps(u[a], _mm512_loadu_ps(parts[static_cast<size_t>(k)].sum + at));
            }
            weightGradientAxis<Side>(u, g);
            for (int y = 0; y < 3; ++y) rows[y][b] = g[y];
        }
        for (int y = 0; y < 3; ++y) {
            __m512 g[3];
            weightGradientAxis<Side>(rows[y], g);
            for (int x = 0; x < 3; ++x) {
                float* to = out + static_cast<size_t>(3 * y + x) * size.channels + c;
                _mm512_storeu_ps(to, _mm512_add_ps(_mm512_loadu_ps(to), g[x]));
            }
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
                transformColumns<In>(x, grid, begin, count, size, own.columns);
                transformRows<side>(gy, grid, begin, count, size, own.rows, own.biasSum);
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
            const int place = o / 32 * 32 + o % 32 / 2 + o % 2 * 16;
            for (int k = 0; k < used; ++k) gb[o] += parts[static_cast<size_t>(k)].biasSum[place];
        }
    }
}

TileGrid gridOf(const ConvShape& s) {
    return s.upsample ? TileGrid{s.n, s.h, s.w} : TileGrid{s.n, ceilDiv(s.h, 2), ceilDiv(s.w, 2)};
}

size_t packedSize(const ConvShape& s) {
    return static_cast<size_t>(s.upsample ? 9 : 16) * s.channels() * s.cout * sizeof(uint16_t);
}

}  // namespace

namespace winograd {

bool fits(const ConvShape& s) {
    return s.kernel == 3 && s.stride == 1 && s.cin % 32 == 0 && s.cin2 % 32 == 0 && s.cout % 32 == 0 && s.channels() <= kMaxChannels &&
           s.cout <= kMaxChannels;
}

std::size_t packedForwardBytes(const ConvShape& s) {
    return packedSize(s);
}

std::size_t packedBackwardBytes(const ConvShape& s) {
    return packedSize(s);
}

void packForward(const ConvShape& s, const float* weight, ConvWeightLayout layout, void* packed) {
    std::vector<float> copy;
    const float* ohwi = asOhwi(s, weight, layout, copy);
    const int panels = s.cout / kPanel, chunks = s.channels() / 32;
#pragma omp parallel for schedule(static)
    for (int task = 0; task < panels * chunks; ++task)
        packForwardChunk(s.upsample ? kUpsampledRule : kPlainRule, ohwi, s.channels(), task / chunks, task % chunks,
                         static_cast<uint16_t*>(packed));
}

void packBackward(const ConvShape& s, const float* weight, ConvWeightLayout layout, void* packed) {
    std::vector<float> copy;
    const float* ohwi = asOhwi(s, weight, layout, copy);
    const int panels = s.channels() / kPanel, chunks = s.cout / 32;
#pragma omp parallel for schedule(static)
    for (int task = 0; task < panels * chunks; ++task)
        packBackwardChunk(s.upsample ? kPooledRule : kPlainRule, ohwi, s.channels(), s.cout, task / chunks, task % chunks,
                          static_cast<uint16_t*>(packed));
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
