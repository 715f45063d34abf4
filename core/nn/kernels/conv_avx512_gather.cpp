// The general AVX-512 bf16 convolution: source pixels are copied into a small matrix that stays in the cache
// (one row a destination pixel), which is multiplied by packed weights. It serves every shape; 3x3 convolutions of
// stride 1 with many channels go to conv_avx512_winograd.cpp.
#include "core/nn/kernels/conv_avx512_gather.h"

#if defined(__x86_64__)
#include "core/nn/kernels/conv_avx512_pointwise.h"
#include "core/nn/kernels/conv_avx512_strip.h"

namespace imago::nn::conv {
namespace {

size_t packedBytes(const GatherPlan& plan, int inChannels, int panels) {
    size_t pairs = 0;
    for (int p = 0; p < plan.phases; ++p) pairs += static_cast<size_t>(pairsOf(plan.phase[p], inChannels));
    return pairs * static_cast<size_t>(panels) * kPanel * 2 * sizeof(uint16_t);
}

// out[pair][32][2] of one panel: `columns` output channels whose weights are read through `weightOf(column, c, tap)`.
template <class WeightOf>
void packPanel(const GatherPhase& phase, int inChannels, int columns, WeightOf weightOf, uint16_t* out) {
    const int pairs = pairsOf(phase, inChannels);
    std::memset(out, 0, static_cast<size_t>(pairs) * kPanel * 2 * sizeof(uint16_t));
    for (int t = 0; t < phase.taps; ++t)
        for (int c = 0; c < inChannels; ++c) {
            const int k = t * inChannels + c;
            uint16_t* to = out + static_cast<size_t>(k / 2) * (2 * kPanel) + k % 2;
            for (int o = 0; o < columns; ++o) {
                float sum = 0.0F;
                for (int m = 0; m < phase.tap[t].count; ++m) sum += weightOf(o, c, phase.tap[t].kernelTap[m]);
                to[2 * o] = toBf16(sum);
            }
        }
}

void copyChannels(uint16_t* to, const uint16_t* from, int count) {
    int c = 0;
    for (; c + 32 <= count; c += 32) _mm512_storeu_si512(to + c, _mm512_loadu_si512(from + c));
    if (c < count) {
        const __mmask32 mask = static_cast<__mmask32>((1ULL << (count - c)) - 1);
        _mm512_mask_storeu_epi16(to + c, mask, _mm512_maskz_loadu_epi16(mask, from + c));
    }
}

// Index of the source pixel that a tap reads, or -1 for padding.
IMAGO_INLINE std::ptrdiff_t sourcePixel(const Source& source, const GatherTap& tap, int inStep, const Position& p) {
    const int y = p.i * inStep + tap.dy, x = p.j * inStep + tap.dx;
    if (y < 0 || x < 0 || y >= source.h || x >= source.w) return -1;
    return (static_cast<std::ptrdiff_t>(p.image) * source.h + y) * source.w + x;
}

void gatherRow(const Source& source, const GatherPhase& phase, int inStep, const Position& p, uint16_t* row) {
    const int c0 = source.channels[0], c1 = source.channels[1];
    for (int t = 0; t < phase.taps; ++t) {
        const std::ptrdiff_t pixel = sourcePixel(source, phase.tap[t], inStep, p);
        if (pixel < 0) {
            std::memset(row, 0, static_cast<size_t>(c0 + c1) * sizeof(uint16_t));
        } else {
            copyChannels(row, source.data[0] + pixel * c0, c0);
            if (c1 > 0) copyChannels(row + c0, source.data[1] + pixel * c1, c1);
        }
        row += c0 + c1;
    }
    if (phase.taps * (c0 + c1) % 2 != 0) *row = 0;
}

template <int Rows>
void multiplyAndStore(const uint16_t* a, size_t lda, const uint16_t* b, int pairs, const Epilogue& e, const size_t* at) {
    __m512 sum[Rows][2];
    clear(sum);
    multiplyPanel<Rows>(a, lda, b, pairs, sum);
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) storeRow(e, at[r], sum[r][0], sum[r][1]);
}

void multiplyRows(const uint16_t* a, size_t lda, const uint16_t* b, int pairs, const Epilogue& e, const size_t* at, int rows) {
    int r = 0;
    for (; r + kRows <= rows; r += kRows) multiplyAndStore<kRows>(a + r * lda, lda, b, pairs, e, at + r);
    for (; r + 4 <= rows; r += 4) multiplyAndStore<4>(a + r * lda, lda, b, pairs, e, at + r);
    for (; r < rows; ++r) multiplyAndStore<1>(a + r * lda, lda, b, pairs, e, at + r);
}

// Rows of the gathered matrix that a thread holds at a time: they should stay in the second-level cache.
int rowsPerBlock(int positions, size_t rowBytes, int threads) {
    const int fits = std::max(1, static_cast<int>(192 * 1024 / std::max<size_t>(rowBytes, 64)) / kRows);
    const int wanted = std::max(1, ceilDiv(positions, threads * 2 * kRows));
    return kRows * std::min({fits, wanted, 16});
}

void gatherConvolution(const GatherPlan& plan, int images, const Source& source, const Destination& to, const uint16_t* packed,
                       const float* bias, const uint16_t* residual, ConvWorkspace& workspace) {
    const int threads = teamSize(), channels = source.total();
    const size_t lda = static_cast<size_t>(2 * ceilDiv(plan.maxTaps() * channels, 2)) + 32;
    const int panels = to.panels(0) + to.panels(1);
    if (isPointwise(plan) && source.channels[0] % 2 == 0 && source.channels[1] % 2 == 0)
        return pointwiseConvolution(images * to.h * to.w, source, to, packed, bias, residual);
    if (channels % 2 == 0) return stripConvolution(plan, images, source, to, packed, bias, residual, workspace);
    const int largest = images * ceilDiv(to.h, plan.outStep) * ceilDiv(to.w, plan.outStep);
    const int block = rowsPerBlock(largest, lda * sizeof(uint16_t), threads);
    const size_t perThread = alignUp(static_cast<size_t>(block) * (lda * sizeof(uint16_t) + sizeof(size_t))) + 64;
    std::byte* scratch = workspace.reserve(perThread * static_cast<size_t>(threads));
    const int blocks = ceilDiv(largest, block);
    const int split = blocks >= 2 * threads ? 1 : std::min(panels, ceilDiv(2 * threads, blocks));

#pragma omp parallel for schedule(static) num_threads(threads)
    for (int task = 0; task < plan.phases * blocks * split; ++task) {
        const int part = task % split, p = task / split % plan.phases, b = task / split / plan.phases;  // phases differ in work
        const GatherPhase& phase = plan.phase[p];
        const PhaseGrid grid(phase, plan.outStep, to.h, to.w);
        const int begin = b * block, rows = std::min(block, images * grid.perImage() - begin);
        if (rows <= 0) continue;
        std::byte* own = scratch + perThread * static_cast<size_t>(omp_get_thread_num());
        auto* at = reinterpret_cast<size_t*>(own);
        auto* matrix = reinterpret_cast<uint16_t*>(own + alignUp(static_cast<size_t>(block) * sizeof(size_t)));
        Position position = grid.at(begin);
        for (int r = 0; r < rows; ++r, grid.advance(position)) {
            at[r] = (static_cast<size_t>(position.image) * to.h + position.i * plan.outStep + phase.offsetY) * to.w +
                    position.j * plan.outStep + phase.offsetX;
            gatherRow(source, phase, plan.inStep, position, matrix + static_cast<size_t>(r) * lda);
        }
        const int pairs = pairsOf(phase, channels);
        const uint16_t* weight = packed;
        for (int q = 0; q < p; ++q) weight += static_cast<size_t>(pairsOf(plan.phase[q], channels)) * panels * kPanel * 2;
        const size_t panelSize = static_cast<size_t>(pairs) * kPanel * 2;
        for (int panel = panels * part / split; panel < panels * (part + 1) / split; ++panel) {
            const int which = panel < to.panels(0) ? 0 : 1, first = (panel - which * to.panels(0)) * kPanel;
            if (!to.data[which]) continue;
            const int columns = std::min(kPanel, to.channels[which] - first);
            const Epilogue epilogue{bias ? bias + first : nullptr, residual ? residual + first : nullptr, to.data[which] + first,
                                    static_cast<__mmask32>((1ULL << columns) - 1)};
            size_t place[kRows * 16];
            for (int r = 0; r < rows; ++r) place[r] = at[r] * static_cast<size_t>(to.channels[which]);
            multiplyRows(matrix, lda, weight + panel * panelSize, pairs, epilogue, place, rows);
        }
    }
}

// ---- the gradient of the weight --------------------------------------------------------------------------------

// Two pixels' channels, interleaved: out[channel][2]. A null pixel is zero. `sums`, if any, gets what was read.
void interleave(const uint16_t* first, const uint16_t* second, int count, uint16_t* out, float* sums) {
    const __m512i low = _mm512_load_si512(kInterleave), high = _mm512_add_epi16(low, _mm512_set1_epi16(16));
    for (int c = 0; c < count; c += 32) {
        const int left = std::min(32, count - c);
        const auto mask = static_cast<__mmask32>((1ULL << left) - 1);
        const __m512i a = first ? _mm512_maskz_loadu_epi16(mask, first + c) : _mm512_setzero_si512();
        const __m512i b = second ? _mm512_maskz_loadu_epi16(mask, second + c) : _mm512_setzero_si512();
        const __m512i p = _mm512_permutex2var_epi16(a, low, b), q = _mm512_permutex2var_epi16(a, high, b);
        const auto m0 = static_cast<__mmask16>(mask), m1 = static_cast<__mmask16>(mask >> 16);
        _mm512_mask_storeu_epi32(out + 2 * c, m0, p);
        if (m1) _mm512_mask_storeu_epi32(out + 2 * c + 32, m1, q);
        if (sums) {
            _mm512_mask_storeu_ps(sums + c, m0,
                                  _mm512_add_ps(_mm512_maskz_loadu_ps(m0, sums + c), _mm512_add_ps(evenChannels(p), oddChannels(p))));
            if (m1)
                _mm512_mask_storeu_ps(
                    sums + c + 16, m1,
                    _mm512_add_ps(_mm512_maskz_loadu_ps(m1, sums + c + 16), _mm512_add_ps(evenChannels(q), oddChannels(q))));
        }
    }
}

// One thread's share of the sums and its scratch. Rows are the channels of gy, columns [tap][channel of x].
struct GradientScratch {
    float *sum, *biasSum;
    uint16_t *rows, *columns;
};

// The sizes of one phase's gradient product.
struct GradientSize {
    int rows, columns, block;  // padded rows and columns; pixels gathered at a time (even)
};

GradientScratch carve(Carver& carver, const GradientSize& size) {
    GradientScratch s{};
    s.sum = carver.take<float>(static_cast<size_t>(size.rows) * size.columns);
    s.biasSum = carver.take<float>(static_cast<size_t>(size.rows));
    s.rows = carver.take<uint16_t>(static_cast<size_t>(size.block) * size.rows);
    s.columns = carver.take<uint16_t>(static_cast<size_t>(size.block) * size.columns);
    return s;
}

void gatherPairs(const GatherPlan& plan, const GatherPhase& phase, const PhaseGrid& grid, const Source& x, const Source& gy,
                 const GradientSize& size, int begin, int count, const GradientScratch& s) {
    const int pairs = ceilDiv(count, 2), c0 = x.channels[0], c1 = x.channels[1], cout = gy.channels[0];
    Position position = grid.at(begin);
    for (int k = 0; k < pairs; ++k) {
        const Position a = position;
        grid.advance(position);
        const Position b = position;
        grid.advance(position);
        const bool both = 2 * k + 1 < count;
        const auto outPixel = [&](const Position& p) {
            return gy.data[0] + ((static_cast<size_t>(p.image) * gy.h + p.i * plan.outStep + phase.offsetY) * gy.w + p.j * plan.outStep +
                                 phase.offsetX) *
                                    static_cast<size_t>(cout);
        };
        interleave(outPixel(a), both ? outPixel(b) : nullptr, cout, s.rows + static_cast<size_t>(k) * 2 * size.rows, s.biasSum);
        uint16_t* to = s.columns + static_cast<size_t>(k) * 2 * size.columns;
        for (int t = 0; t < phase.taps; ++t) {
            const std::ptrdiff_t pa = sourcePixel(x, phase.tap[t], plan.inStep, a);
            const std::ptrdiff_t pb = both ? sourcePixel(x, phase.tap[t], plan.inStep, b) : -1;
            interleave(pa < 0 ? nullptr : x.data[0] + pa * c0, pb < 0 ? nullptr : x.data[0] + pb * c0, c0, to, nullptr);
            to += 2 * c0;
            if (c1 > 0) {
                interleave(pa < 0 ? nullptr : x.data[1] + pa * c1, pb < 0 ? nullptr : x.data[1] + pb * c1, c1, to, nullptr);
                to += 2 * c1;
            }
        }
    }
}

void gatherGradientBlock(const GatherPlan& plan, const GatherPhase& phase, const PhaseGrid& grid, const Source& x, const Source& gy,
                         const GradientSize& size, int begin, int count, bool add, const GradientScratch& s) {
    const int pairs = ceilDiv(count, 2), c0 = x.channels[0], c1 = x.channels[1];
    const int cout = gy.channels[0];
    if (isPointwise(plan) && cout % 32 == 0 && c0 % 32 == 0 && c1 % 32 == 0) {
        const auto first = static_cast<size_t>(begin);
        interleavePixels(gy.data[0] + first * cout, cout, count, s.rows, 2 * static_cast<size_t>(size.rows), s.biasSum);
        interleavePixels(x.data[0] + first * c0, c0, count, s.columns, 2 * static_cast<size_t>(size.columns), nullptr);
        if (c1 > 0) interleavePixels(x.data[1] + first * c1, c1, count, s.columns + 2 * c0, 2 * static_cast<size_t>(size.columns), nullptr);
    } else {
        gatherPairs(plan, phase, grid, x, gy, size, begin, count, s);
    }
    for (int c = 0; c < size.columns; c += 32)
        for (int r = 0; r < size.rows; r += kGradRows) {
            float* sum = s.sum + static_cast<size_t>(r) * size.columns + c;
            if (add)
                multiplyGradient<true>(s.rows + 2 * r, 2 * static_cast<size_t>(size.rows), s.columns + 2 * c,
                                       2 * static_cast<size_t>(size.columns), pairs, sum, size.columns);
            else
                multiplyGradient<false>(s.rows + 2 * r, 2 * static_cast<size_t>(size.rows), s.columns + 2 * c,
                                        2 * static_cast<size_t>(size.columns), pairs, sum, size.columns);
        }
}

void addPhaseGradient(const ConvShape& shape, const GatherPhase& phase, ConvWeightLayout layout, int columns,
                      const std::vector<GradientScratch>& parts, int used, float* gw, float* gb) {
    const WeightStrides at(shape, layout);
    const int channels = shape.channels();
#pragma omp parallel for schedule(static)
    for (int o = 0; o < shape.cout; ++o)
        for (int p = 0; p < used; ++p) {
            const float* row = parts[static_cast<size_t>(p)].sum + static_cast<size_t>(o) * columns;
            for (int t = 0; t < phase.taps; ++t, row += channels)
                for (int m = 0; m < phase.tap[t].count; ++m) {
                    float* to = gw + at.at(o, 0, phase.tap[t].kernelTap[m]);
                    for (int i = 0; i < channels; ++i) to[static_cast<size_t>(i) * at.in] += row[i];
                }
            if (gb) gb[o] += parts[static_cast<size_t>(p)].biasSum[o];
        }
}

}  // namespace

namespace gather {

size_t packedForwardBytes(const ConvShape& s) {
    return packedBytes(forwardPlan(s), s.channels(), ceilDiv(s.cout, kPanel));
}

size_t packedBackwardBytes(const ConvShape& s) {
    return packedBytes(backwardPlan(s), s.cout, ceilDiv(s.cin, kPanel) + ceilDiv(s.cin2, kPanel));
}

void packForward(const ConvShape& s, const float* weight, ConvWeightLayout layout, void* packed) {
    const GatherPlan plan = forwardPlan(s);
    const WeightStrides at(s, layout);
    auto* out = static_cast<uint16_t*>(packed);
    const int panels = ceilDiv(s.cout, kPanel);
    for (int p = 0; p < plan.phases; ++p) {
        const size_t size = static_cast<size_t>(pairsOf(plan.phase[p], s.channels())) * kPanel * 2;
#pragma omp parallel for schedule(static)
        for (int panel = 0; panel < panels; ++panel)
            packPanel(
                plan.phase[p], s.channels(), std::min(kPanel, s.cout - panel * kPanel),
                [&](int o, int c, int t) { return weight[at.at(panel * kPanel + o, c, t)]; }, out + panel * size);
        out += panels * size;
    }
}

void packBackward(const ConvShape& s, const float* weight, ConvWeightLayout layout, void* packed) {
    const GatherPlan plan = backwardPlan(s);
    const WeightStrides at(s, layout);
    auto* out = static_cast<uint16_t*>(packed);
    const int firstPanels = ceilDiv(s.cin, kPanel), panels = firstPanels + ceilDiv(s.cin2, kPanel);
    for (int p = 0; p < plan.phases; ++p) {
        const size_t size = static_cast<size_t>(pairsOf(plan.phase[p], s.cout)) * kPanel * 2;
#pragma omp parallel for schedule(static)
        for (int panel = 0; panel < panels; ++panel) {
            const int begin = panel < firstPanels ? panel * kPanel : s.cin + (panel - firstPanels) * kPanel;
            const int end = panel < firstPanels ? s.cin : s.channels();
            packPanel(
                plan.phase[p], s.cout, std::min(kPanel, end - begin), [&](int i, int o, int t) { return weight[at.at(o, begin + i, t)]; },
                out + panel * size);
        }
        out += panels * size;
    }
}

void forward(const ConvShape& s, const uint16_t* x, const uint16_t* x2, const void* packed, const float* bias, const uint16_t* residual,
             uint16_t* y, ConvWorkspace& workspace) {
    gatherConvolution(forwardPlan(s), s.n, Source{{x, x2}, {s.cin, s.cin2}, s.h, s.w},
                      Destination{{y, nullptr}, {s.cout, 0}, s.outHeight(), s.outWidth()}, static_cast<const uint16_t*>(packed), bias,
                      residual, workspace);
}

void backwardData(const ConvShape& s, const uint16_t* gy, const void* packed, uint16_t* gx, uint16_t* gx2, ConvWorkspace& workspace) {
    gatherConvolution(backwardPlan(s), s.n, Source{{gy, nullptr}, {s.cout, 0}, s.outHeight(), s.outWidth()},
                      Destination{{gx, gx2}, {s.cin, s.cin2}, s.h, s.w}, static_cast<const uint16_t*>(packed), nullptr, nullptr, workspace);
}

void backwardWeight(const ConvShape& s, const uint16_t* x, const uint16_t* x2, const uint16_t* gy, ConvWeightLayout layout, float* gw,
                    float* gb, ConvWorkspace& workspace) {
    const GatherPlan plan = forwardPlan(s);
    const Source from{{x, x2}, {s.cin, s.cin2}, s.h, s.w};
    const Source gradient{{gy, nullptr}, {s.cout, 0}, s.outHeight(), s.outWidth()};
    const int threads = teamSize();
    GradientSize size{};
    size.rows = roundUp(s.cout, kGradRows);
    size.columns = roundUp(plan.maxTaps() * s.channels(), 32);
    size.block = std::clamp(384 * 1024 / 2 / (size.rows + size.columns) / 16 * 16, 32, 256);
    Carver counter(nullptr);
    carve(counter, size);
    std::byte* memory = workspace.reserve(counter.used() * static_cast<size_t>(threads));
    std::vector<GradientScratch> parts(static_cast<size_t>(threads));
    for (int t = 0; t < threads; ++t) {
        Carver carver(memory + counter.used() * static_cast<size_t>(t));
        parts[static_cast<size_t>(t)] = carve(carver, size);
    }
    for (int p = 0; p < plan.phases; ++p) {
        const GatherPhase& phase = plan.phase[p];
        const PhaseGrid grid(phase, plan.outStep, gradient.h, gradient.w);
        const int positions = s.n * grid.perImage();
        const int blocks = ceilDiv(positions, size.block), used = std::min(threads, blocks);
#pragma omp parallel for schedule(static) num_threads(threads)
        for (int t = 0; t < used; ++t) {
            const GradientScratch& own = parts[static_cast<size_t>(t)];
            std::memset(own.biasSum, 0, static_cast<size_t>(size.rows) * sizeof(float));
            // Padded rows and columns are read by the product and must hold zeros.
            std::memset(own.rows, 0, static_cast<size_t>(size.block) * size.rows * sizeof(uint16_t));
            std::memset(own.columns, 0, static_cast<size_t>(size.block) * size.columns * sizeof(uint16_t));
            const int first = static_cast<int>(static_cast<long long>(blocks) * t / used);
            const int last = static_cast<int>(static_cast<long long>(blocks) * (t + 1) / used);
            for (int b = first; b < last; ++b)
                gatherGradientBlock(plan, phase, grid, from, gradient, size, b * size.block,
                                    std::min(size.block, positions - b * size.block), b > first, own);
        }
        addPhaseGradient(s, phase, layout, size.columns, parts, used, gw, gb);
    }
}

}  // namespace gather
}  // namespace imago::nn::conv

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
