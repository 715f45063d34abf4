// The convolution in plain C++: right everywhere, fast nowhere. Weights are rounded to bf16 as the fast kernels
// do, sums are fp32.
#include "core/nn/kernels/conv_internal.h"

#include <algorithm>
#include <vector>

namespace imago::nn::conv {
namespace {

using std::size_t;
using std::uint16_t;

// The stored pixel that output (oy, ox) reads for tap (ky, kx), or false where that is padding.
struct TapReader {
    const ConvShape& s;
    int inHeight, inWidth, pad;
    explicit TapReader(const ConvShape& shape)
        : s(shape), inHeight(s.upsample ? 2 * s.h : s.h), inWidth(s.upsample ? 2 * s.w : s.w), pad(s.kernel / 2) {}
    bool pixel(int oy, int ox, int tap, int& iy, int& ix) const {
        iy = oy * s.stride + tap / s.kernel - pad;
        ix = ox * s.stride + tap % s.kernel - pad;
        if (iy < 0 || ix < 0 || iy >= inHeight || ix >= inWidth) return false;
        if (s.upsample) {
            iy /= 2;
            ix /= 2;
        }
        return true;
    }
};

size_t packedBytes(const ConvShape& s) {
    return s.weightCount() * sizeof(float);
}

// [tap][channel][cout]
void packForward(const ConvShape& s, const float* weight, ConvWeightLayout layout, void* packed) {
    const WeightStrides at(s, layout);
    auto* out = static_cast<float*>(packed);
    for (int t = 0; t < s.taps(); ++t)
        for (int i = 0; i < s.channels(); ++i)
            for (int o = 0; o < s.cout; ++o) *out++ = fromBf16(toBf16(weight[at.at(o, i, t)]));
}

// [tap][cout][channel]
void packBackward(const ConvShape& s, const float* weight, ConvWeightLayout layout, void* packed) {
    const WeightStrides at(s, layout);
    auto* out = static_cast<float*>(packed);
    for (int t = 0; t < s.taps(); ++t)
        for (int o = 0; o < s.cout; ++o)
            for (int i = 0; i < s.channels(); ++i) *out++ = fromBf16(toBf16(weight[at.at(o, i, t)]));
}

// sum[0 .. columns) += x[0 .. rows) * matrix[rows][columns]
void addProduct(const uint16_t* x, int rows, const float* matrix, int columns, float* sum) {
    for (int r = 0; r < rows; ++r) {
        const float value = fromBf16(x[r]);
        const float* row = matrix + static_cast<size_t>(r) * static_cast<size_t>(columns);
        for (int c = 0; c < columns; ++c) sum[c] += value * row[c];
    }
}

void forward(const ConvShape& s, const uint16_t* x, const uint16_t* x2, const void* packed, const float* bias, const uint16_t* residual,
             uint16_t* y, ConvWorkspace&) {
    const TapReader reader(s);
    const auto* weight = static_cast<const float*>(packed);
    const int oh = s.outHeight(), ow = s.outWidth();
    const size_t tapSize = static_cast<size_t>(s.channels()) * static_cast<size_t>(s.cout);
#pragma omp parallel
    {
        std::vector<float> sum(static_cast<size_t>(s.cout));
#pragma omp for schedule(static)
        for (int row = 0; row < s.n * oh; ++row) {
            const int image = row / oh, oy = row % oh;
            for (int ox = 0; ox < ow; ++ox) {
                for (int o = 0; o < s.cout; ++o) sum[static_cast<size_t>(o)] = bias ? bias[o] : 0.0F;
                for (int t = 0; t < s.taps(); ++t) {
                    int iy, ix;
                    if (!reader.pixel(oy, ox, t, iy, ix)) continue;
                    const size_t pixel = (static_cast<size_t>(image) * s.h + iy) * s.w + ix;
                    const float* w = weight + static_cast<size_t>(t) * tapSize;
                    addProduct(x + pixel * s.cin, s.cin, w, s.cout, sum.data());
                    if (s.cin2 > 0) addProduct(x2 + pixel * s.cin2, s.cin2, w + static_cast<size_t>(s.cin) * s.cout, s.cout, sum.data());
                }
                const size_t at = (static_cast<size_t>(row) * ow + ox) * s.cout;
                for (int o = 0; o < s.cout; ++o)
                    y[at + o] = toBf16(sum[static_cast<size_t>(o)] + (residual ? fromBf16(residual[at + o]) : 0.0F));
            }
        }
    }
}

void backwardData(const ConvShape& s, const uint16_t* gy, const void* packed, uint16_t* gx, uint16_t* gx2, ConvWorkspace&) {
    const TapReader reader(s);
    const auto* weight = static_cast<const float*>(packed);
    const int oh = s.outHeight(), ow = s.outWidth(), channels = s.channels();
    const size_t tapSize = static_cast<size_t>(channels) * static_cast<size_t>(s.cout);
    const size_t imageSize = static_cast<size_t>(s.h) * s.w * channels;
#pragma omp parallel
    {
        std::vector<float> sum(imageSize);
#pragma omp for schedule(static)
        for (int image = 0; image < s.n; ++image) {
            std::fill(sum.begin(), sum.end(), 0.0F);
            for (int oy = 0; oy < oh; ++oy)
                for (int ox = 0; ox < ow; ++ox)
                    for (int t = 0; t < s.taps(); ++t) {
                        int iy, ix;
                        if (!reader.pixel(oy, ox, t, iy, ix)) continue;
                        const size_t from = ((static_cast<size_t>(image) * oh + oy) * ow + ox) * s.cout;
                        addProduct(gy + from, s.cout, weight + static_cast<size_t>(t) * tapSize, channels,
                                   sum.data() + (static_cast<size_t>(iy) * s.w + ix) * channels);
                    }
            for (int p = 0; p < s.h * s.w; ++p) {
                const float* from = sum.data() + static_cast<size_t>(p) * channels;
                const size_t pixel = static_cast<size_t>(image) * s.h * s.w + p;
                for (int i = 0; gx && i < s.cin; ++i) gx[pixel * s.cin + i] = toBf16(from[i]);
                for (int i = 0; gx2 && i < s.cin2; ++i) gx2[pixel * s.cin2 + i] = toBf16(from[s.cin + i]);
            }
        }
    }
}

// One output channel belongs to one thread; a row of pixels is summed apart, so that long sums stay exact enough.
void backwardWeight(const ConvShape& s, const uint16_t* x, const uint16_t* x2, const uint16_t* gy, ConvWeightLayout layout, float* gw,
                    float* gb, ConvWorkspace&) {
    const TapReader reader(s);
    const WeightStrides strides(s, layout);
    const int oh = s.outHeight(), ow = s.outWidth(), channels = s.channels();
#pragma omp parallel for schedule(static)
    for (int o = 0; o < s.cout; ++o) {
        std::vector<float> total(static_cast<size_t>(s.taps()) * channels), part(total.size());
        float biasTotal = 0.0F;
        for (int row = 0; row < s.n * oh; ++row) {
            const int image = row / oh, oy = row % oh;
            std::fill(part.begin(), part.end(), 0.0F);
            float biasPart = 0.0F;
            for (int ox = 0; ox < ow; ++ox) {
                const float g = fromBf16(gy[(static_cast<size_t>(row) * ow + ox) * s.cout + o]);
                biasPart += g;
                for (int t = 0; t < s.taps(); ++t) {
                    int iy, ix;
                    if (!reader.pixel(oy, ox, t, iy, ix)) continue;
                    const size_t pixel = (static_cast<size_t>(image) * s.h + iy) * s.w + ix;
                    float* to = part.data() + static_cast<size_t>(t) * channels;
                    for (int i = 0; i < s.cin; ++i) to[i] += g * fromBf16(x[pixel * s.cin + i]);
                    for (int i = 0; i < s.cin2; ++i) to[s.cin + i] += g * fromBf16(x2[pixel * s.cin2 + i]);
                }
            }
            biasTotal += biasPart;
            for (size_t k = 0; k < total.size(); ++k) total[k] += part[k];
        }
        if (gb) gb[o] += biasTotal;
        for (int t = 0; t < s.taps(); ++t)
            for (int i = 0; i < channels; ++i) gw[strides.at(o, i, t)] += total[static_cast<size_t>(t) * channels + i];
    }
}

}  // namespace

const ConvKernels& portableKernels() {
    static const ConvKernels kernels{packedBytes, packedBytes, packForward, packBackward, forward, backwardData, backwardWeight};
    return kernels;
}

}  // namespace imago::nn::conv
