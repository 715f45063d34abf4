// The differentiable fallback of the fused operators. Compute thread.
#pragma once

#include <torch/types.h>

#include <functional>
#include <vector>

namespace imago::nn {

// For a backward whose gradients will be differentiated again: evaluates `plain`, the operator in plain form, on its saved
// inputs and differentiates that with a graph. One gradient per input, undefined where none is wanted.
std::vector<torch::Tensor> differentiateAgain(const std::function<torch::Tensor(const std::vector<torch::Tensor>&)>& plain,
                                              const std::vector<torch::Tensor>& inputs, const torch::Tensor& dy);

}  // namespace imago::nn
