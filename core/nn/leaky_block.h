// Norm-free residual block (after Zhang et al. 2019, Fixup; Huang et al. 2024): y = x + conv2(leaky(conv1(leaky(x)))).
// One operator with its own backward where our bf16 convolutions run, plain operators elsewhere and for gradients of
// gradients. Compute thread.
#pragma once

#include <torch/types.h>

#include "core/nn/blocks.h"

namespace imago::nn {

constexpr double kLeakySlope = 0.2;

struct LeakyBlock {
    Conv2d conv1, conv2;  // 3x3, as many channels out as in

    // x: [N, C, H, W] -> the same
    torch::Tensor forward(const Compute& compute, const torch::Tensor& x) const;
};

}  // namespace imago::nn
