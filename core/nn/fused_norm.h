// GroupNorm (Wu & He 2018) with optional per-image scale and shift and SiLU, as one operator with its own backward.
// Channels-last fp32 and bf16 on the CPU run the row kernels, CUDA its own kernel, everything else and gradients of
// gradients plain operators. Compute thread.
#pragma once

#include <torch/types.h>

#include "core/nn/kernels/row_kernels.h"

namespace imago::nn {

constexpr double kNormEpsilon = 1e-5;

// The number of groups for c channels: at most 16, at least 4 channels each.
int normGroups(int channels);

// x: [N, C, H, W]; weight, bias: [C] fp32; scaleShift: [N, 2C] fp32 or undefined. y = f(norm(x) (1 + scale) + shift),
// f = SiLU or identity; y has x's type. Differentiable, twice too.
torch::Tensor groupNorm(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias, int groups, bool silu,
                        const torch::Tensor& scaleShift = {});

// The same in plain operators: what defines the result, and what double backward runs.
torch::Tensor groupNormPlain(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias, int groups, bool silu,
                             const torch::Tensor& scaleShift = {});

// Per-channel coefficients of one image, from channel moments: shared by the operator and the fused residual block.
struct NormCoefficients {
    // mean and squares [channels] as NormKernels::moments gives them (mean becomes the group's); weight, bias, and
    // scale, shift (null: none) [channels]. Fills a, b: y = f(a x + b), and deviation: 1/sigma of each channel's group.
    static void forward(int channels, int groups, int pixels, const float* weight, const float* bias, const float* scale,
                        const float* shift, float* mean, const float* squares, float* deviation, float* a, float* b);
    // From the sums of NormKernels::backwardSums: p, q, r of backwardApply; gradients of weight and bias (added to), and
    // of scale and shift (written; null: not wanted). sumDzX is overwritten.
    static void backward(int channels, int groups, int pixels, const float* weight, const float* bias, const float* scale,
                         const float* mean, const float* deviation, const float* sumDz, float* sumDzX, float* p, float* q, float* r,
                         double* gradWeight, double* gradBias, float* gradScale, float* gradShift);
};

// For tests: the instruction set that groupNorm uses on this thread from now on.
void setNormIsa(RowIsa isa);

}  // namespace imago::nn
