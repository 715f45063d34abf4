// Row kernels: the elementwise and reducing loops of normalisation and of the optimizer, in AVX-512 (with or
// without bf16 conversions), AVX2 and portable code chosen at run time. Raw pointers, serial, no LibTorch. Any thread.
#pragma once

#include <cstdint>

namespace imago::nn {

enum class RowIsa { Portable, Avx2, Avx512, Avx512Bf16 };
RowIsa bestRowIsa();               // what this processor runs best (asked once)
bool rowIsaAvailable(RowIsa isa);  // whether this processor runs it at all

// Channels-last pixels: channel c of pixel p is at data[p * stride + c]. T is float or std::uint16_t (bf16 bits).
template <class T>
struct NormKernels {
    // mean[c] and squares[c] = sum over pixels of (x - mean[c])^2.
    void (*moments)(const T* x, int stride, int pixels, int channels, float* mean, float* squares);

    // y = f(a[c] x + b[c]); f is SiLU or the identity.
    void (*apply)(const T* x, int stride, int pixels, int channels, const float* a, const float* b, bool silu, T* y, int yStride);

    // With z = a x + b and the gradient dy of f(z): dz = dy f'(z) (dz may be dy), sumDz[c] = sum dz,
    // sumDzX[c] = sum dz (x - mean[c]); and y = f(z) again where y is not null.
    void (*backwardSums)(const T* x, int stride, const T* dy, int dyStride, int pixels, int channels, const float* a, const float* b,
                         const float* mean, bool silu, T* dz, int dzStride, T* y, int yStride, float* sumDz, float* sumDzX);

    // dx = p[c] dz + q[c] x + r[c] (+ add where it is not null; add has dx's stride and may be dx).
    void (*backwardApply)(const T* x, int stride, const T* dz, int dzStride, int pixels, int channels, const float* p, const float* q,
                          const float* r, const T* add, T* dx, int dxStride);
};

struct AdamChunk {
    float rate;  // learning rate divided by the first bias correction
    float beta1, beta2;
    float epsilon;
    float rootCorrection;  // 1 / sqrt(second bias correction)
    float gradScale;       // clipping
    float decoupled;       // factor of the master before the update: 1 - lr * decay
    float coupled;         // decay added to the gradient
    float averageMove;     // 1 - decay of the average
};

struct StepKernels {
    double (*sumOfSquares)(const float* x, std::int64_t n);
    // One pass: Adam on master, moments; average; bf16 copy; gradient zeroed.
    void (*adam)(float* master, float* gradient, float* moment1, float* moment2, float* average, std::uint16_t* copy, std::int64_t n,
                 const AdamChunk& chunk);
    // Rounds to bf16.
    void (*narrow)(const float* x, std::uint16_t* y, std::int64_t n);
};

template <class T>
const NormKernels<T>& normKernels(RowIsa isa);
const StepKernels& stepKernels(RowIsa isa);

}  // namespace imago::nn
