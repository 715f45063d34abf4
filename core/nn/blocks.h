// Layers of the networks: parameters registered in an arena, forwards in the compute precision, channels-last.
// Each layer is a small value that knows its parameters; a Scope says which arena and precision they compute with.
// Compute thread.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "core/nn/parameters.h"
#include "core/nn/precision.h"

namespace imago::nn {

struct ForwardOptions {
    bool training = false;   // dropout acts
    std::uint64_t seed = 0;  // of the dropout masks: counter-based, keyed by (seed, step, layer, element)
    std::uint64_t step = 0;
};

// What layers compute with.
struct Compute {
    const ParameterArena& arena;
    Precision precision = Precision::Fp32;  // resolved: Fp32 or Bf16
    ForwardOptions options{};

    torch::ScalarType type() const { return precision == Precision::Bf16 ? torch::kBFloat16 : torch::kFloat; }
};

class PackedConv;

struct Linear {
    Linear() = default;
    Linear(ParameterArena& arena, const std::string& name, int in, int out, bool zero = false);
    // x: [..., in] -> [..., out], in x's type
    torch::Tensor forward(const Compute& compute, const torch::Tensor& x) const;

    ParameterId weight = -1, bias = -1;
};

struct Conv2d {
    Conv2d() = default;
    Conv2d(ParameterArena& arena, const std::string& name, int in, int out, int kernel, int stride = 1, bool zero = false);
    // x: [N, in, H, W] -> [N, out, ceil(H / stride), ceil(W / stride)], padding kernel / 2
    torch::Tensor forward(const Compute& compute, const torch::Tensor& x) const;

    ParameterId weight = -1, bias = -1;
    int in = 0, out = 0, kernel = 0, stride = 1;
    std::shared_ptr<PackedConv> packed;  // weights in the order of our own kernels; shared by copies of the layer
};

struct GroupNorm {
    GroupNorm() = default;
    GroupNorm(ParameterArena& arena, const std::string& name, int channels);
    torch::Tensor forward(const Compute& compute, const torch::Tensor& x, bool silu, const torch::Tensor& scaleShift = {}) const;

    ParameterId weight = -1, bias = -1;
    int channels = 0, groups = 1;
};

// y = conv2(silu(norm2(conv1(silu(norm1([x | x2])))) (1 + scale) + shift)) + skip([x | x2])
struct ResidualBlock {
    ResidualBlock() = default;
    ResidualBlock(ParameterArena& arena, const std::string& name, int in, int in2, int out, int embedding, double dropout);
    // x: [N, in, H, W]; x2: [N, in2, H, W] or undefined; embedding: [N, embedding] fp32, already through its SiLU.
    torch::Tensor forward(const Compute& compute, const torch::Tensor& x, const torch::Tensor& x2, const torch::Tensor& embedding) const;

    int in = 0, in2 = 0, out = 0;
    double dropout = 0;
    std::uint32_t layer = 0;  // keys the dropout masks
    GroupNorm norm1, norm2;
    Conv2d conv1, conv2, skip;  // skip.weight < 0: the identity
    Linear affine;              // embedding -> scale and shift

  private:
    torch::Tensor plain(const Compute& compute, const torch::Tensor& x, const torch::Tensor& scaleShift) const;
};

// y = x + proj(attention(qkv(norm(x)))), over all pixels.
struct AttentionBlock {
    AttentionBlock() = default;
    AttentionBlock(ParameterArena& arena, const std::string& name, int channels, int headChannels);
    torch::Tensor forward(const Compute& compute, const torch::Tensor& x) const;

    int channels = 0, heads = 1;
    GroupNorm norm;
    Linear qkv, proj;
};

// Nearest-neighbour doubling, then a 3x3 convolution.
torch::Tensor upsampleConv(const Compute& compute, const Conv2d& conv, const torch::Tensor& x);

// noise: [N] -> [N, 2 * half]: cosines and sines at geometric frequencies 1 .. 1e-4 of 1000 x (Vaswani et al. 2017).
torch::Tensor sinusoidalEmbedding(const torch::Tensor& noise, int channels);

// Counter-based: 0 with probability p, else 1 / (1 - p), for dropout. Same values on every device.
torch::Tensor dropoutMask(const torch::Tensor& like, double p, std::uint64_t seed, std::uint64_t step, std::uint32_t layer);

}  // namespace imago::nn
