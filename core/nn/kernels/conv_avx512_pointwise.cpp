#if defined(__x86_64__)
#include "core/nn/kernels/conv_avx512_pointwise.h"

namespace imago::nn::conv {
namespace {

constexpr int kMostGroups = 8;  // a task is at most so many times kRows pixels

template <int Rows>
IMAGO_INLINE void multiplyPixels(const Source& source, size_t pixel, const uint16_t* weight, const Epilogue& e, size_t pixelSize) {
    const auto c0 = static_cast<size_t>(source.channels[0]), c1 = static_cast<size_t>(source.channels[1]);
    __m512 sum[Rows][2];
    clear(sum);
    multiplyPanel<Rows>(source.data[0] + pixel * c0, c0, weight, source.channels[0] / 2, sum);
    if (c1 > 0) multiplyPanel<Rows>(source.data[1] + pixel * c1, c1, weight + c0 * kPanel, source.channels[1] / 2, sum);
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) storeRow(e, (pixel + static_cast<size_t>(r)) * pixelSize, sum[r][0], sum[r][1]);
}

}  // namespace

void pointwiseConvolution(int pixels, const Source& source, const Destination& to, const uint16_t* packed, const float* bias,
                          const uint16_t* residual) {
    const int panels = to.panels(0) + to.panels(1), rows = std::clamp(ceilDiv(pixels, 2 * kRows * teamSize()), 1, kMostGroups) * kRows;
    const size_t panelSize = static_cast<size_t>(source.total()) * kPanel;
#pragma omp parallel for schedule(static)
    for (int block = 0; block < ceilDiv(pixels, rows); ++block) {
        const int begin = block * rows, end = std::min(pixels, begin + rows);
        for (int panel = 0; panel < panels; ++panel) {
            const int which = panel < to.panels(0) ? 0 : 1, first = (panel - which * to.panels(0)) * kPanel;
            if (!to.data[which]) continue;
            const int columns = std::min(kPanel, to.channels[which] - first);
            const Epilogue e{bias ? bias + first : nullptr, residual ? residual + first : nullptr, to.data[which] + first,
                             static_cast<__mmask32>((1ULL << columns) - 1)};
            const auto pixelSize = static_cast<size_t>(to.channels[which]);
            const uint16_t* weight = packed + panel * panelSize;
            int p = begin;
            for (; p + kRows <= end; p += kRows) multiplyPixels<kRows>(source, static_cast<size_t>(p), weight, e, pixelSize);
            for (; p + 4 <= end; p += 4) multiplyPixels<4>(source, static_cast<size_t>(p), weight, e, pixelSize);
            for (; p < end; ++p) multiplyPixels<1>(source, static_cast<size_t>(p), weight, e, pixelSize);
        }
    }
}

void interleavePixels(const uint16_t* data, int channels, int count, uint16_t* out, size_t stride, float* sums) {
    const __m512i low = _mm512_load_si512(kInterleave), high = _mm512_add_epi16(low, _mm512_set1_epi16(16));
    for (int c = 0; c < channels; c += 32) {
        __m512 sumLow = _mm512_setzero_ps(), sumHigh = sumLow;
        const uint16_t* from = data + c;
        uint16_t* to = out + 2 * c;
        for (int k = 0; k < count; k += 2, from += 2 * static_cast<size_t>(channels), to += stride) {
            const __m512i a = _mm512_loadu_si512(from);
            const __m512i b = k + 1 < count ? _mm512_loadu_si512(from + channels) : _mm512_setzero_si512();
            const __m512i p = _mm512_permutex2var_epi16(a, low, b), q = _mm512_permutex2var_epi16(a, high, b);
            _mm512_storeu_si512(to, p);
            _mm512_storeu_si512(to + 32, q);
            if (!sums) continue;
            sumLow = _mm512_add_ps(sumLow, _mm512_add_ps(evenChannels(p), oddChannels(p)));
            sumHigh = _mm512_add_ps(sumHigh, _mm512_add_ps(evenChannels(q), oddChannels(q)));
        }
        if (!sums) continue;
        _mm512_storeu_ps(sums + c, _mm512_add_ps(_mm512_loadu_ps(sums + c), sumLow));
        _mm512_storeu_ps(sums + c + 16, _mm512_add_ps(_mm512_loadu_ps(sums + c + 16), sumHigh));
    }
}

}  // namespace imago::nn::conv

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
