#include "core/nn/attention.h"

#include <cmath>

#include "core/tensor/torch_compat.h"

namespace imago::nn {

torch::Tensor attention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v) {
#if IMAGO_TORCH_AT_LEAST(2, 1)
    // The fused kernels of a card; on the CPU the plain products are as fast at a few hundred tokens and differentiate twice.
    if (q.is_cuda()) return torch::scaled_dot_product_attention(q, k, v);
#endif
    const double scale = 1 / std::sqrt(static_cast<double>(q.size(-1)));
    const auto weights = torch::softmax(torch::matmul(q, k.transpose(-2, -1)).to(torch::kFloat) * scale, -1);
    return torch::matmul(weights.to(q.scalar_type()), v);
}

}  // namespace imago::nn
