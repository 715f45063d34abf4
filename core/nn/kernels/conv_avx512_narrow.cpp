// First and last layers. The narrow picture is copied into planes with a border of zeros; there neighbouring pixels are
// the pairs that the bf16 product wants, and nothing has to be gathered. Two primitives serve both directions:
//   expand  narrow -> wide: y[p][c] = sum over taps of narrow[p + tap] * w
//   reduce  wide -> narrow: all taps' products with one pixel at once, then nine shifted sums
#include "core/nn/kernels/conv_avx512_narrow.h"

#if defined(__x86_64__)
#include "core/nn/kernels/conv_avx512.h"

namespace imago::nn::conv {
namespace {

constexpr int kMostNarrow = 3;
constexpr int kStripRows = 16;  // rows of a picture that are one task

// A part of one image's rows: [begin, end).
struct Strip {
    int image, begin, end;
};

struct Strips {
    int images, h, perImage;
    Strips(int n, int height) : images(n), h(height), perImage(ceilDiv(height, kStripRows)) {}
    int count() const { return images * perImage; }
    Strip at(int index) const {
        const int begin = index % perImage * kStripRows;
        return {index / perImage, begin, std::min(h, begin + kStripRows)};
    }
};

// Planes [channel][row][column] of a strip with a border of one pixel, and room to read a few pixels past the end.
struct Planes {
    int width, rows;
    Planes(int w) : width(w + 2), rows(kStripRows + 2) {}
    size_t plane() const { return static_cast<size_t>(width) * rows; }
    size_t size(int channels) const { return plane() * channels + 64; }
};

void copyPlanes(const Planes& planes, const uint16_t* data, int channels, int h, int w, const Strip& strip, uint16_t* out) {
    std::memset(out, 0, planes.size(channels) * sizeof(uint16_t));
    for (int y = std::max(0, strip.begin - 1); y < std::min(h, strip.end + 1); ++y) {
        const uint16_t* from = data + (static_cast<size_t>(strip.image) * h + y) * w * channels;
        uint16_t* to = out + static_cast<size_t>(y - strip.begin + 1) * planes.width + 1;
        for (int c = 0; c < channels; ++c)
            for (int x = 0; x < w; ++x) to[c * planes.plane() + x] = from[x * channels + c];
    }
}

// ---- expand: packed [panel][channel][row of taps][2 pairs][32][2], the second pair's second weight being zero ------

template <int Rows>
IMAGO_INLINE void expandPixels(const Planes& planes, const uint16_t* at, int channels, const uint16_t* weight, const Epilogue& e,
                               size_t out, size_t wide) {
    __m512 sum[Rows][2];
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) sum[r][0] = sum[r][1] = _mm512_setzero_ps();
    for (int c = 0; c < channels; ++c)
        for (int ky = 0; ky < 3; ++ky) {
            const uint16_t* row = at + c * planes.plane() + static_cast<size_t>(ky) * planes.width;
            for (int pair = 0; pair < 2; ++pair, row += 2, weight += 64) {
                const __m512i b0 = _mm512_loadu_si512(weight), b1 = _mm512_loadu_si512(weight + 32);
#pragma GCC unroll 16
                for (int r = 0; r < Rows; ++r) {
                    const __m512i value = broadcastPair(row + r);
                    sum[r][0] = dot(sum[r][0], value, b0);
                    sum[r][1] = dot(sum[r][1], value, b1);
                }
            }
        }
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) storeRow(e, out + static_cast<size_t>(r) * wide, sum[r][0], sum[r][1]);
}

void expand(int n, int h, int w, const uint16_t* from, int channels, const uint16_t* packed, int wide, const float* bias,
            const uint16_t* residual, uint16_t* to, ConvWorkspace& workspace) {
    const Strips strips(n, h);
    const Planes planes(w);
    const int threads = teamSize();
    const size_t perThread = alignUp(planes.size(channels) * sizeof(uint16_t));
    std::byte* scratch = workspace.reserve(perThread * static_cast<size_t>(threads));
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int task = 0; task < strips.count(); ++task) {
        const Strip strip = strips.at(task);
        auto* own = reinterpret_cast<uint16_t*>(scratch + perThread * static_cast<size_t>(omp_get_thread_num()));
        copyPlanes(planes, from, channels, h, w, strip, own);
        for (int column = 0; column < wide; column += kPanel) {
            const Epilogue e{bias ? bias + column : nullptr, residual ? residual + column : nullptr, to + column, ~0U};
            const uint16_t* weight = packed + static_cast<size_t>(column / kPanel) * channels * 6 * 64;
            for (int y = strip.begin; y < strip.end; ++y) {
                const uint16_t* row = own + static_cast<size_t>(y - strip.begin) * planes.width;
                const size_t out = (static_cast<size_t>(strip.image) * h + y) * w * wide;
                int x = 0;
                for (; x + 8 <= w; x += 8) expandPixels<8>(planes, row + x, channels, weight, e, out + static_cast<size_t>(x) * wide, wide);
                for (; x < w; ++x) expandPixels<1>(planes, row + x, channels, weight, e, out + static_cast<size_t>(x) * wide, wide);
            }
        }
    }
}

// weightOf(channel of the wide side, channel of the narrow side, tap as an offset of the narrow picture)
template <class WeightOf>
void packExpand(int channels, int wide, WeightOf weightOf, uint16_t* out) {
    std::memset(out, 0, static_cast<size_t>(wide) * channels * 12 * sizeof(uint16_t));
    for (int o = 0; o < wide; ++o)
        for (int c = 0; c < channels; ++c)
            for (int t = 0; t < 9; ++t) {
                const size_t pair = (static_cast<size_t>(o / kPanel) * channels + c) * 6 + t / 3 * 2 + t % 3 / 2;
                out[pair * 64 + static_cast<size_t>(o % kPanel) * 2 + t % 3 % 2] = toBf16(weightOf(o, c, t));
            }
}

// ---- reduce: packed [pair of wide channels][32 columns: tap * channels + channel][2] -------------------------------

template <int Rows>
IMAGO_INLINE void multiplyTaps(const uint16_t* from, int wide, const uint16_t* packed, float* out) {
    __m512 sum[Rows][2];
    clear(sum);
    multiplyPanel<Rows>(from, wide, packed, wide / 2, sum);
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
        _mm512_storeu_ps(out + 32 * r, sum[r][0]);
        _mm512_storeu_ps(out + 32 * r + 16, sum[r][1]);
    }
}

void reduce(int n, int h, int w, const uint16_t* from, int wide, const uint16_t* packed, int channels, const float* bias,
            const uint16_t* residual, uint16_t* to, ConvWorkspace& workspace) {
    const Strips strips(n, h);
    const int threads = teamSize();
    // Products of a strip and the row above and below, [row][column with a border][32].
    const size_t rowSize = static_cast<size_t>(w + 2) * 32, perThread = alignUp(rowSize * (kStripRows + 2) * sizeof(float));
    std::byte* scratch = workspace.reserve(perThread * static_cast<size_t>(threads));
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int task = 0; task < strips.count(); ++task) {
        const Strip strip = strips.at(task);
        auto* own = reinterpret_cast<float*>(scratch + perThread * static_cast<size_t>(omp_get_thread_num()));
        for (int y = strip.begin - 1; y <= strip.end; ++y) {
            float* row = own + static_cast<size_t>(y - strip.begin + 1) * rowSize;
            if (y < 0 || y >= h) {
                std::memset(row, 0, rowSize * sizeof(float));
                continue;
            }
            std::memset(row, 0, 32 * sizeof(float));
            std::memset(row + rowSize - 32, 0, 32 * sizeof(float));
            const uint16_t* x0 = from + (static_cast<size_t>(strip.image) * h + y) * w * wide;
            int x = 0;
            for (; x + 12 <= w; x += 12) multiplyTaps<12>(x0 + static_cast<size_t>(x) * wide, wide, packed, row + 32 * (x + 1));
            for (; x + 4 <= w; x += 4) multiplyTaps<4>(x0 + static_cast<size_t>(x) * wide, wide, packed, row + 32 * (x + 1));
            for (; x < w; ++x) multiplyTaps<1>(x0 + static_cast<size_t>(x) * wide, wide, packed, row + 32 * (x + 1));
        }
        for (int y = strip.begin; y < strip.end; ++y)
            for (int x = 0; x < w; ++x) {
                const float* corner = own + static_cast<size_t>(y - strip.begin) * rowSize + 32 * x;
                const size_t at = ((static_cast<size_t>(strip.image) * h + y) * w + x) * channels;
                for (int c = 0; c < channels; ++c) {
                    float sum = bias ? bias[c] : 0.0F;
                    for (int t = 0; t < 9; ++t) sum += corner[static_cast<size_t>(t / 3) * rowSize + 32 * (t % 3) + t * channels + c];
                    to[at + c] = toBf16(sum + (residual ? fromBf16(residual[at + c]) : 0.0F));
                }
            }
    }
}

template <class WeightOf>
void packReduce(int channels, int wide, WeightOf weightOf, uint16_t* out) {
    std::memset(out, 0, static_cast<size_t>(wide) * kPanel * sizeof(uint16_t));
    for (int i = 0; i < wide; ++i)
        for (int t = 0; t < 9; ++t)
            for (int c = 0; c < channels; ++c)
                out[static_cast<size_t>(i / 2) * 64 + (t * channels + c) * 2 + i % 2] = toBf16(weightOf(i, c, t));
}

// ---- gradient: sum[channel][tap][wide] += narrow[p + tap][channel] * wide[p] ----------------------------------------

// One channel, 32 channels of the wide side, one strip. Pairs are neighbouring pixels of a row; a last single one is
// paired with nothing.
void gradientStrip(const Planes& planes, const uint16_t* plane, const uint16_t* from, int wide, int w, int rows, float* sum) {
    const __m512i low = _mm512_load_si512(kInterleave), high = _mm512_add_epi16(low, _mm512_set1_epi16(16));
    __m512 acc[9][2];
#pragma GCC unroll 9
    for (int t = 0; t < 9; ++t) {
        acc[t][0] = _mm512_loadu_ps(sum + static_cast<size_t>(t) * wide);
        acc[t][1] = _mm512_loadu_ps(sum + static_cast<size_t>(t) * wide + 16);
    }
    for (int y = 0; y < rows; ++y) {
        const uint16_t* row = plane + static_cast<size_t>(y) * planes.width;
        for (int x = 0; x < w; x += 2) {
            const uint16_t* at = from + (static_cast<size_t>(y) * w + x) * wide;
            const __m512i a = _mm512_loadu_si512(at), b = x + 1 < w ? _mm512_loadu_si512(at + wide) : _mm512_setzero_si512();
            const __m512i b0 = _mm512_permutex2var_epi16(a, low, b), b1 = _mm512_permutex2var_epi16(a, high, b);
#pragma GCC unroll 9
            for (int t = 0; t < 9; ++t) {
                const __m512i value = broadcastPair(row + static_cast<size_t>(t / 3) * planes.width + x + t % 3);
                acc[t][0] = dot(acc[t][0], value, b0);
                acc[t][1] = dot(acc[t][1], value, b1);
            }
        }
    }
#pragma GCC unroll 9
    for (int t = 0; t < 9; ++t) {
        _mm512_storeu_ps(sum + static_cast<size_t>(t) * wide, acc[t][0]);
        _mm512_storeu_ps(sum + static_cast<size_t>(t) * wide + 16, acc[t][1]);
    }
}

// Adds the sum over pixels of `channels` values to `sum`.
void addPixels(const uint16_t* data, size_t pixels, int channels, float* sum) {
    if (channels % 16 != 0) {
        for (size_t p = 0; p < pixels; ++p)
            for (int c = 0; c < channels; ++c) sum[c] += fromBf16(data[p * channels + c]);
        return;
    }
    for (int c = 0; c < channels; c += 16) {
        __m512 acc = _mm512_loadu_ps(sum + c);
        for (size_t p = 0; p < pixels; ++p) {
            __m256i v;
            std::memcpy(&v, data + p * channels + c, sizeof v);
            acc = _mm512_add_ps(acc, widen(v));
        }
        _mm512_storeu_ps(sum + c, acc);
    }
}

// Every strip in the order of its index gets sums of its own per thread; threads are added in order.
// finish(channel, tap, wide channels' sums) is called once per channel and tap.
template <class Finish>
void narrowGradient(int n, int h, int w, const uint16_t* thin, int channels, const uint16_t* thick, int wide, bool biasIsThin, float* gb,
                    ConvWorkspace& workspace, Finish finish) {
    const Strips strips(n, h);
    const Planes planes(w);
    const int threads = teamSize(), biasCount = biasIsThin ? channels : wide;
    const size_t sumCount = static_cast<size_t>(channels) * 9 * wide;
    Carver counter(nullptr);
    counter.take<float>(sumCount + static_cast<size_t>(biasCount));
    counter.take<uint16_t>(planes.size(channels));
    std::byte* memory = workspace.reserve(counter.used() * static_cast<size_t>(threads));
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int t = 0; t < threads; ++t) {
        Carver carver(memory + counter.used() * static_cast<size_t>(t));
        auto* sum = carver.take<float>(sumCount + static_cast<size_t>(biasCount));
        auto* own = carver.take<uint16_t>(planes.size(channels));
        std::memset(sum, 0, (sumCount + static_cast<size_t>(biasCount)) * sizeof(float));
        const int first = static_cast<int>(static_cast<long long>(strips.count()) * t / threads);
        const int last = static_cast<int>(static_cast<long long>(strips.count()) * (t + 1) / threads);
        for (int task = first; task < last; ++task) {
            const Strip strip = strips.at(task);
            const size_t pixel = (static_cast<size_t>(strip.image) * h + strip.begin) * w;
            const int rows = strip.end - strip.begin;
            copyPlanes(planes, thin, channels, h, w, strip, own);
            for (int c = 0; c < channels; ++c)
                for (int i = 0; i < wide; i += 32)
                    gradientStrip(planes, own + c * planes.plane(), thick + pixel * wide + i, wide, w, rows,
                                  sum + static_cast<size_t>(c) * 9 * wide + i);
            addPixels(biasIsThin ? thin + pixel * channels : thick + pixel * wide, static_cast<size_t>(rows) * w, biasCount,
                      sum + sumCount);
        }
    }
    const auto of = [&](int t) { return reinterpret_cast<float*>(memory + counter.used() * static_cast<size_t>(t)); };
    for (int t = 1; t < threads; ++t)
        for (size_t k = 0; k < sumCount + static_cast<size_t>(biasCount); ++k) of(0)[k] += of(t)[k];
    for (int c = 0; c < channels; ++c)
        for (int t = 0; t < 9; ++t) finish(c, t, of(0) + (static_cast<size_t>(c) * 9 + t) * wide);
    for (int k = 0; gb && k < biasCount; ++k) gb[k] += of(0)[sumCount + static_cast<size_t>(k)];
}

bool narrowInput(const ConvShape& s) {
    return s.cin <= kMostNarrow && s.cout % 32 == 0;
}

size_t expandBytes(int channels, int wide) {
    return static_cast<size_t>(wide) * channels * 12 * sizeof(uint16_t);
}

size_t reduceBytes(int wide) {
    return static_cast<size_t>(wide) * kPanel * sizeof(uint16_t);
}

}  // namespace

namespace narrow {

bool fits(const ConvShape& s) {
    return s.kernel == 3 && s.stride == 1 && !s.upsample && s.cin2 == 0 && (narrowInput(s) || (s.cout <= kMostNarrow && s.cin % 32 == 0));
}

std::size_t packedForwardBytes(const ConvShape& s) {
    return narrowInput(s) ? expandBytes(s.cin, s.cout) : reduceBytes(s.cin);
}

std::size_t packedBackwardBytes(const ConvShape& s) {
    return narrowInput(s) ? reduceBytes(s.cout) : expandBytes(s.cout, s.cin);
}

void packForward(const ConvShape& s, const float* weight, ConvWeightLayout layout, void* packed) {
    const WeightStrides at(s, layout);
    auto* out = static_cast<uint16_t*>(packed);
    if (narrowInput(s))
        packExpand(
            s.cin, s.cout, [&](int o, int c, int t) { return weight[at.at(o, c, t)]; }, out);
    else
        packReduce(
            s.cout, s.cin, [&](int i, int c, int t) { return weight[at.at(c, i, t)]; }, out);
}

void packBackward(const ConvShape& s, const float* weight, ConvWeightLayout layout, void* packed) {
    const WeightStrides at(s, layout);
    auto* out = static_cast<uint16_t*>(packed);
    if (narrowInput(s))
        packReduce(
            s.cin, s.cout, [&](int o, int c, int t) { return weight[at.at(o, c, 8 - t)]; }, out);
    else
        packExpand(
            s.cout, s.cin, [&](int i, int c, int t) { return weight[at.at(c, i, 8 - t)]; }, out);
}

void forward(const ConvShape& s, const uint16_t* x, const uint16_t*, const void* packed, const float* bias, const uint16_t* residual,
             uint16_t* y, ConvWorkspace& workspace) {
    const auto* weight = static_cast<const uint16_t*>(packed);
    if (narrowInput(s))
        expand(s.n, s.h, s.w, x, s.cin, weight, s.cout, bias, residual, y, workspace);
    else
        reduce(s.n, s.h, s.w, x, s.cin, weight, s.cout, bias, residual, y, workspace);
}

void backwardData(const ConvShape& s, const uint16_t* gy, const void* packed, uint16_t* gx, uint16_t*, ConvWorkspace& workspace) {
    if (!gx) return;
    const auto* weight = static_cast<const uint16_t*>(packed);
    if (narrowInput(s))
        reduce(s.n, s.h, s.w, gy, s.cout, weight, s.cin, nullptr, nullptr, gx, workspace);
    else
        expand(s.n, s.h, s.w, gy, s.cout, weight, s.cin, nullptr, nullptr, gx, workspace);
}

void backwardWeight(const ConvShape& s, const uint16_t* x, const uint16_t*, const uint16_t* gy, ConvWeightLayout layout, float* gw,
                    float* gb, ConvWorkspace& workspace) {
    const WeightStrides at(s, layout);
    if (narrowInput(s))
        narrowGradient(s.n, s.h, s.w, x, s.cin, gy, s.cout, false, gb, workspace, [&](int c, int t, const float* sum) {
            for (int o = 0; o < s.cout; ++o) gw[at.at(o, c, t)] += sum[o];
        });
    else
        narrowGradient(s.n, s.h, s.w, gy, s.cout, x, s.cin, true, gb, workspace, [&](int c, int t, const float* sum) {
            for (int i = 0; i < s.cin; ++i) gw[at.at(c, i, 8 - t)] += sum[i];
        });
}

}  // namespace narrow
}  // namespace imago::nn::conv

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
