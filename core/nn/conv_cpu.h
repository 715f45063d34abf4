// Convolutions through our own bf16 kernels on processors with AVX512-BF16 and no tile units; elsewhere oneDNN, cuDNN.
// Gradients of weights go straight into the arena. Compute thread.
#pragma once

#include <torch/types.h>

#include "core/nn/blocks.h"
#include "core/nn/kernels/conv_bf16.h"
#include "core/nn/step_clock.h"

namespace imago::nn {

// Whether layers take this path: bf16 on a CPU where our kernels beat LibTorch's.
bool usesConvKernels(const Compute& compute, const torch::Tensor& x);

// Weights in the kernels' order, one packing for the masters and one for the average, made again when they have changed.
class PackedConv {
  public:
    const void* forward(const ConvShape& shape, const ParameterArena& arena, ParameterId weight, ParameterArena::Source source);
    const void* backward(const ConvShape& shape, const ParameterArena& arena, ParameterId weight, ParameterArena::Source source);

  private:
    struct Packing {
        torch::Tensor memory;  // bytes
        std::uint64_t stamp = 0;
    };
    const void* packed(Packing& packing, bool isForward, const ConvShape& shape, const ParameterArena& arena, ParameterId weight,
                       ParameterArena::Source source);
    Packing m_packings[2][2];  // [source][forward, backward]
};

ConvWorkspace& convWorkspace();  // this thread's

// The kernels, their time counted as convolution time.
template <class... Args>
void timedForward(Args&&... args) {
    const StepClock::Convolution clock;
    convForward(std::forward<Args>(args)...);
}
template <class... Args>
void timedData(Args&&... args) {
    const StepClock::Convolution clock;
    convBackwardData(std::forward<Args>(args)...);
}
template <class... Args>
void timedWeight(Args&&... args) {
    const StepClock::Convolution clock;
    convBackwardWeight(std::forward<Args>(args)...);
}

inline const std::uint16_t* bf16Rows(const torch::Tensor& t) {
    return static_cast<const std::uint16_t*>(t.data_ptr());
}
inline std::uint16_t* bf16Rows(torch::Tensor& t) {
    return static_cast<std::uint16_t*>(t.data_ptr());
}
torch::Tensor emptyRows(const torch::Tensor& like, std::int64_t channels);  // bf16 channels-last, like's N, H, W

// conv(x) or, with upsample, conv of x doubled (nearest). x: bf16 [N, C, H, W].
torch::Tensor convKernel(const Compute& compute, const Conv2d& conv, const torch::Tensor& x, bool upsample);
// The whole residual block as one operator: saves inputs, the middle activation and statistics only.
torch::Tensor residualKernel(const Compute& compute, const ResidualBlock& block, const torch::Tensor& x, const torch::Tensor& x2,
                             const torch::Tensor& scaleShift);

}  // namespace imago::nn
