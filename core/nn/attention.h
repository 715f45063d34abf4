// Attention over the pixels of a feature map (Vaswani et al. 2017), on LibTorch 1.13 and 2.x. Compute thread.
#pragma once

#include <torch/types.h>

namespace imago::nn {

// q, k, v: [N, heads, tokens, d] -> softmax(q k^T / sqrt(d)) v, in q's type; the softmax is taken in fp32.
torch::Tensor attention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v);

}  // namespace imago::nn
