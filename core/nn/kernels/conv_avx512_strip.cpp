// A strip of source rows is copied once, with a border of zeros and both inputs side by side; every tap then reads it in
// place. Destination pixels are multiplied in groups of four neighbours, three groups at a time, wherever they lie.
#if defined(__x86_64__)
#include "core/nn/kernels/conv_avx512_strip.h"

namespace imago::nn::conv {
namespace {

constexpr int kStripBytes = 96 * 1024;
constexpr int kMostPixelGroups = 256;

// Up to four neighbouring destination pixels.
struct PixelGroup {
    const uint16_t* from;  // what tap offset 0 of the first one reads
    size_t to;             // index of the first destination pixel
    int count;
};

// The copied strip: [row][column][channel]; source pixel (y, x) is at (y - top, x - left).
struct StripLayout {
    int top, left, rows, columns, channels;  // top: of the first destination row; the strip's own follows from its first row
    size_t at(int row, int column) const { return (static_cast<size_t>(row) * columns + column) * channels; }
};

// How far taps reach around a pixel.
struct Reach {
    int top = 0, bottom = 0, left = 0, right = 0;
    explicit Reach(const GatherPlan& plan) {
        for (int p = 0; p < plan.phases; ++p)
            for (int t = 0; t < plan.phase[p].taps; ++t) {
                const GatherTap& tap = plan.phase[p].tap[t];
                top = std::min(top, tap.dy);
                bottom = std::max(bottom, tap.dy);
                left = std::min(left, tap.dx);
                right = std::max(right, tap.dx);
            }
    }
};

void copyPixels(const Source& source, size_t first, int count, uint16_t* to) {
    const size_t c0 = static_cast<size_t>(source.channels[0]), c1 = static_cast<size_t>(source.channels[1]);
    if (c1 == 0) {
        std::memcpy(to, source.data[0] + first * c0, static_cast<size_t>(count) * c0 * sizeof(uint16_t));
        return;
    }
    for (int k = 0; k < count; ++k, ++first, to += c0 + c1) {
        std::memcpy(to, source.data[0] + first * c0, c0 * sizeof(uint16_t));
        std::memcpy(to + c0, source.data[1] + first * c1, c1 * sizeof(uint16_t));
    }
}

void copyStrip(const Source& source, int image, int firstRow, const StripLayout& layout, uint16_t* out) {
    const size_t rowBytes = layout.at(1, 0) * sizeof(uint16_t);
    for (int r = 0; r < layout.rows; ++r) {
        uint16_t* row = out + layout.at(r, 0);
        const int y = firstRow + r, inside = std::min(source.w, layout.columns + layout.left);
        if (y < 0 || y >= source.h) {
            std::memset(row, 0, rowBytes);
            continue;
        }
        const int before = -layout.left, after = layout.columns - before - inside;
        std::memset(row, 0, layout.at(0, before) * sizeof(uint16_t));
        copyPixels(source, (static_cast<size_t>(image) * source.h + y) * source.w, inside, row + layout.at(0, before));
        std::memset(row + layout.at(0, before + inside), 0, layout.at(0, after) * sizeof(uint16_t));
    }
}

template <int Groups>
IMAGO_INLINE void multiplyGroups(const PixelGroup* groups, const std::ptrdiff_t* tapOffset, int taps, int channels, size_t step,
                                 const uint16_t* weight, const Epilogue& e, size_t outStep) {
    __m512 sum[4 * Groups][2];
#pragma GCC unroll 16
    for (int r = 0; r < 4 * Groups; ++r) sum[r][0] = sum[r][1] = _mm512_setzero_ps();
    for (int t = 0; t < taps; ++t) {
        const uint16_t* a[Groups];
#pragma GCC unroll 3
        for (int g = 0; g < Groups; ++g) a[g] = groups[g].from + tapOffset[t];
        for (int pair = 0; pair < channels / 2; ++pair, weight += 64) {
            const __m512i b0 = _mm512_loadu_si512(weight), b1 = _mm512_loadu_si512(weight + 32);
#pragma GCC unroll 16
            for (int r = 0; r < 4 * Groups; ++r) {
                const __m512i value = broadcastPair(a[r / 4] + static_cast<size_t>(r % 4) * step);
                sum[r][0] = dot(sum[r][0], value, b0);
                sum[r][1] = dot(sum[r][1], value, b1);
            }
#pragma GCC unroll 3
            for (int g = 0; g < Groups; ++g) a[g] += 2;
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < 4 * Groups; ++r)
        if (r % 4 < groups[r / 4].count) storeRow(e, groups[r / 4].to + static_cast<size_t>(r % 4) * outStep, sum[r][0], sum[r][1]);
}

// The groups of rows [begin, end) of a phase, whose strip starts at source row begin * inStep + top.
int listGroups(const GatherPlan& plan, const GatherPhase& phase, const PhaseGrid& grid, int image, int begin, int end,
               const StripLayout& layout, const uint16_t* strip, const Destination& to, size_t channels, PixelGroup* groups) {
    int count = 0;
    for (int i = begin; i < std::min(end, grid.rows); ++i)
        for (int j = 0; j < grid.columns; j += 4) {
            const size_t y = static_cast<size_t>(image) * to.h + i * plan.outStep + phase.offsetY;
            groups[count++] = {strip + layout.at((i - begin) * plan.inStep - layout.top, j * plan.inStep - layout.left),
                               (y * to.w + j * plan.outStep + phase.offsetX) * channels, std::min(4, grid.columns - j)};
        }
    return count;
}

}  // namespace

void stripConvolution(const GatherPlan& plan, int images, const Source& source, const Destination& to, const uint16_t* packed,
                      const float* bias, const uint16_t* residual, ConvWorkspace& workspace) {
    const int threads = teamSize(), channels = source.total(), panels = to.panels(0) + to.panels(1);
    const int height = PhaseGrid::count(to.h, plan.outStep), width = PhaseGrid::count(to.w, plan.outStep);
    const Reach reach(plan);
    // The last group of a row may be partly outside: three pixels more to read.
    StripLayout layout{reach.top, reach.left, 0, (width - 1 + 3) * plan.inStep + reach.right - reach.left + 1, channels};
    const int rowBytes = static_cast<int>(layout.at(1, 0) * sizeof(uint16_t)) * plan.inStep;
    const int fits = std::max(1, std::min(kStripBytes / rowBytes, kMostPixelGroups / ceilDiv(width, 4)));
    const int stripRows = std::clamp(ceilDiv(images * height, 2 * threads), 1, std::min(fits, height));
    const int strips = ceilDiv(height, stripRows), tasks = images * strips;
    const int split = tasks >= 2 * threads ? 1 : std::min(panels, ceilDiv(2 * threads, tasks));
    layout.rows = (stripRows - 1) * plan.inStep + reach.bottom - reach.top + 1;
    const size_t perThread = alignUp(layout.at(layout.rows, 0) * sizeof(uint16_t)) + 64;
    std::byte* scratch = workspace.reserve(perThread * static_cast<size_t>(threads));

#pragma omp parallel for schedule(static) num_threads(threads)
    for (int task = 0; task < tasks * split; ++task) {
        const int part = task % split, image = task / split / strips, begin = task / split % strips * stripRows;
        auto* strip = reinterpret_cast<uint16_t*>(scratch + perThread * static_cast<size_t>(omp_get_thread_num()));
        copyStrip(source, image, begin * plan.inStep + layout.top, layout, strip);
        const uint16_t* weight = packed;
        for (int p = 0; p < plan.phases; ++p) {
            const GatherPhase& phase = plan.phase[p];
            const size_t panelSize = static_cast<size_t>(pairsOf(phase, channels)) * kPanel * 2;
            const PhaseGrid grid(phase, plan.outStep, to.h, to.w);
            std::ptrdiff_t tapOffset[16];
            for (int t = 0; t < phase.taps; ++t)
                tapOffset[t] = phase.tap[t].dy * static_cast<std::ptrdiff_t>(layout.at(1, 0)) + phase.tap[t].dx * channels;
            for (int panel = panels * part / split; panel < panels * (part + 1) / split; ++panel) {
                const int which = panel < to.panels(0) ? 0 : 1, first = (panel - which * to.panels(0)) * kPanel;
                if (!to.data[which]) continue;
                const int columns = std::min(kPanel, to.channels[which] - first);
                const Epilogue e{bias ? bias + first : nullptr, residual ? residual + first : nullptr, to.data[which] + first,
                                 static_cast<__mmask32>((1ULL << columns) - 1)};
                const auto pixelSize = static_cast<size_t>(to.channels[which]), step = static_cast<size_t>(plan.inStep) * channels;
                PixelGroup groups[kMostPixelGroups];
                const int count = listGroups(plan, phase, grid, image, begin, begin + stripRows, layout, strip, to, pixelSize, groups);
                const uint16_t* own = weight + panel * panelSize;
                int g = 0;
                for (; g + 3 <= count; g += 3)
                    multiplyGroups<3>(groups + g, tapOffset, phase.taps, channels, step, own, e, pixelSize * plan.outStep);
                if (count - g == 2) multiplyGroups<2>(groups + g, tapOffset, phase.taps, channels, step, own, e, pixelSize * plan.outStep);
                if (count - g == 1) multiplyGroups<1>(groups + g, tapOffset, phase.taps, channels, step, own, e, pixelSize * plan.outStep);
            }
            weight += panels * panelSize;
        }
    }
}

}  // namespace imago::nn::conv

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
