// Numeric gradient checks in fp64, for tests. f maps tensors to one tensor; inputs that require gradients are checked.
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <functional>
#include <vector>

namespace imago::test {

using Tensors = std::vector<torch::Tensor>;
using TensorFunction = std::function<torch::Tensor(const Tensors&)>;

inline double largestDifference(const torch::Tensor& a, const torch::Tensor& b) {
    return (a.to(torch::kDouble) - b.to(torch::kDouble)).abs().max().item<double>();
}
inline double relativeDifference(const torch::Tensor& a, const torch::Tensor& b) {
    const auto x = a.to(torch::kDouble), y = b.to(torch::kDouble);
    return ((x - y).norm() / std::max(1e-30, y.norm().item<double>())).item<double>();
}

// The largest difference between the analytic gradient of sum(f * fixed weights) and central differences.
inline double gradcheck(const TensorFunction& f, Tensors inputs, double step = 1e-6) {
    for (auto& t : inputs) t = t.detach().clone().set_requires_grad(t.requires_grad());
    torch::manual_seed(11);
    const auto y = f(inputs);
    const auto weights = torch::randn_like(y.detach());
    Tensors wanted;
    for (auto& t : inputs) {
        if (t.requires_grad()) wanted.push_back(t);
    }
    const auto analytic = torch::autograd::grad({(y * weights).sum()}, wanted, {}, false, false, true);
    double worst = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        auto flat = wanted[i].detach().view({-1});  // shares memory: inputs are contiguous clones
        const auto gradient = analytic[i].defined() ? analytic[i].contiguous().view({-1}) : torch::zeros_like(flat);
        for (std::int64_t k = 0; k < flat.numel(); ++k) {
            torch::NoGradGuard guard;
            const double before = flat[k].item<double>();
            flat[k].fill_(before + step);
            const double up = (f(inputs) * weights).sum().item<double>();
            flat[k].fill_(before - step);
            const double down = (f(inputs) * weights).sum().item<double>();
            flat[k].fill_(before);
            worst = std::max(worst, std::abs((up - down) / (2 * step) - gradient[k].item<double>()));
        }
    }
    return worst;
}

// The same for the gradient of f as a function of its inputs.
inline double gradgradcheck(const TensorFunction& f, const Tensors& inputs, double step = 1e-6) {
    return gradcheck(
        [&](const Tensors& xs) {
            torch::AutoGradMode on(true);
            Tensors wanted, leaves = xs;
            for (auto& t : leaves) {
                if (!t.requires_grad()) continue;
                if (!torch::GradMode::is_enabled()) t = t.detach().requires_grad_(true);
                wanted.push_back(t);
            }
            const auto y = f(leaves);
            const auto weights = torch::cos(torch::arange(y.numel(), y.options())).view_as(y);
            const auto gradients = torch::autograd::grad({(y * weights).sum()}, wanted, {}, true, true, true);
            torch::Tensor total;
            for (std::size_t i = 0; i < gradients.size(); ++i) {
                if (!gradients[i].defined()) continue;
                const auto mix = torch::sin(torch::arange(gradients[i].numel(), y.options()) + static_cast<double>(i));
                const auto part = (gradients[i].reshape({-1}) * mix).sum();
                total = total.defined() ? total + part : part;
            }
            return total.view({1});
        },
        inputs, step);
}

}  // namespace imago::test
