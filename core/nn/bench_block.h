// The residual block of nn/blocks.h written plainly with stock modules: what `imago bench train` measures ours beside.
// Include after torch_pch.h. Compute thread.
#pragma once

#include <algorithm>

#include "core/nn/torch_pch.h"

namespace imago::nn {

inline torch::nn::GroupNorm plainNorm(int channels) {
    int groups = std::min(16, channels / 4);
    while (channels % groups != 0) --groups;
    return torch::nn::GroupNorm(groups, channels);
}

inline torch::nn::Conv2d plainConv(int in, int out, int kernel = 3, int stride = 1) {
    return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel).padding(kernel / 2).stride(stride));
}

struct PlainBlock : torch::nn::Module {
    torch::nn::GroupNorm norm1{nullptr}, norm2{nullptr};
    torch::nn::Conv2d conv1{nullptr}, conv2{nullptr}, skip{nullptr};
    torch::nn::Linear affine{nullptr};

    PlainBlock(int in, int out, int embedding) {
        norm1 = register_module("norm1", plainNorm(in));
        conv1 = register_module("conv1", plainConv(in, out));
        affine = register_module("affine", torch::nn::Linear(embedding, 2 * out));
        norm2 = register_module("norm2", plainNorm(out));
        conv2 = register_module("conv2", plainConv(out, out));
        if (in != out) skip = register_module("skip", plainConv(in, out, 1));
    }

    torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& embedding) {
        auto h = conv1(torch::silu(norm1(x)));
        const auto parts = affine(embedding).unsqueeze(-1).unsqueeze(-1).chunk(2, 1);
        h = conv2(torch::silu(torch::addcmul(parts[1], norm2(h), parts[0] + 1)));
        return h + (skip ? skip(x) : x);
    }
};

}  // namespace imago::nn
