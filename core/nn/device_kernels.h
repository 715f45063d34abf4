// What the CUDA sources offer the rest of nn/; the CPU build does not see it. Compute thread, current stream.
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace imago::nn::cuda {

// As groupNorm on the CPU: x, y channels-last fp32 or bf16; statistics [N, 2, C] fp32 (mean, 1/sigma).
void normForward(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias, int groups, bool silu,
                 const torch::Tensor& scaleShift, torch::Tensor& y, torch::Tensor& statistics);
void normBackward(const torch::Tensor& x, const torch::Tensor& dy, const torch::Tensor& weight, const torch::Tensor& bias, int groups,
                  bool silu, const torch::Tensor& scaleShift, const torch::Tensor& statistics, torch::Tensor& dx, torch::Tensor& dWeight,
                  torch::Tensor& dBias, torch::Tensor& dScaleShift);

// Lies in device memory; `rate`, `averageDecay` and the settings are written by the host before a step.
struct StepState {
    double rate, averageDecay, beta1, beta2, epsilon, weightDecay, clipNorm;
    std::int32_t coupledDecay;
    // Written by the step.
    std::int32_t applied;
    double norm;
    std::int64_t steps;
    float scaledRate, rootCorrection, gradScale;
};

constexpr int kStepParts = 512;  // partial sums of the gradient's squares

// The whole optimizer step, queued; reads and writes `state` on the device. parts: fp64 [kStepParts].
void step(StepState* state, double* parts, float* master, float* gradient, float* moment1, float* moment2, float* average, void* copyBf16,
          std::int64_t size, std::int64_t decayedSize);

}  // namespace imago::nn::cuda
