// The only header that knows LibTorch versions (1.13 from Debian, 2.x upstream). Compute thread.
#pragma once

#include <torch/types.h>
#include <torch/version.h>

#include <optional>

#define IMAGO_TORCH_AT_LEAST(major, minor) \
    (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

namespace imago {

// An absent tensor where autograd functions and operators want their own optional.
#if IMAGO_TORCH_AT_LEAST(2, 5)
using MaybeTensor = std::optional<torch::Tensor>;
#else
using MaybeTensor = c10::optional<torch::Tensor>;
#endif
inline MaybeTensor maybeTensor(const torch::Tensor& t) {
    return t.defined() ? MaybeTensor(t) : MaybeTensor();
}

}  // namespace imago
