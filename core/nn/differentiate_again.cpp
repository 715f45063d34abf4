#include "core/nn/differentiate_again.h"

namespace imago::nn {

std::vector<torch::Tensor> differentiateAgain(const std::function<torch::Tensor(const std::vector<torch::Tensor>&)>& plain,
                                              const std::vector<torch::Tensor>& inputs, const torch::Tensor& dy) {
    // One input may have been computed from another (a skip connection and what was made of it). Views cut those paths:
    // each partial derivative is this operator's own, and still depends on the original inputs.
    std::vector<torch::Tensor> views = inputs, wanted;
    for (auto& t : views) {
        if (!t.defined() || !t.requires_grad()) continue;
        t = t.view_as(t);
        wanted.push_back(t);
    }
    const auto found = torch::autograd::grad({plain(views)}, wanted, {dy}, true, true, true);
    std::vector<torch::Tensor> result(inputs.size());
    std::size_t next = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (inputs[i].defined() && inputs[i].requires_grad()) result[i] = found[next++];
    }
    return result;
}

}  // namespace imago::nn
