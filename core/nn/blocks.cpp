// The layers in plain operators, with GroupNorm fused. Fast paths for the CPU's bf16 units are in residual_cpu.cpp.
#include "core/nn/blocks.h"

#include <cmath>
#include <vector>

#include "core/nn/attention.h"
#include "core/nn/conv_cpu.h"
#include "core/nn/fused_norm.h"
#include "core/nn/init.h"
#include "core/nn/yield_point.h"

namespace imago::nn {

using torch::Tensor;

Linear::Linear(ParameterArena& arena, const std::string& name, int in, int out, bool zero) {
    const auto init = zero ? Init::constant(0) : Init::fan(in);
    weight = arena.add(name + ".weight", {out, in}, init);
    bias = arena.add(name + ".bias", {out}, init);
}

Tensor Linear::forward(const Compute& compute, const Tensor& x) const {
    const auto type = x.scalar_type();
    return torch::linear(x, compute.arena.weight(weight).to(type), compute.arena.weight(bias).to(type));
}

Conv2d::Conv2d(ParameterArena& arena, const std::string& name, int inChannels, int outChannels, int size, int step, bool zero)
    : in(inChannels), out(outChannels), kernel(size), stride(step), packed(std::make_shared<PackedConv>()) {
    const auto init = zero ? Init::constant(0) : Init::fan(static_cast<std::int64_t>(in) * kernel * kernel);
    weight = arena.add(name + ".weight", {out, in, kernel, kernel}, init);
    bias = arena.add(name + ".bias", {out}, init);
}

Tensor Conv2d::forward(const Compute& compute, const Tensor& x) const {
    const auto type = compute.type();
    if (usesConvKernels(compute, x)) return convKernel(compute, *this, x.to(type), false);
    return torch::conv2d(x.to(type), compute.arena.weight(weight).to(type), compute.arena.weight(bias).to(type), stride, kernel / 2);
}

GroupNorm::GroupNorm(ParameterArena& arena, const std::string& name, int c) : channels(c), groups(normGroups(c)) {
    weight = arena.add(name + ".weight", {c}, Init::constant(1));
    bias = arena.add(name + ".bias", {c}, Init::constant(0));
}

Tensor GroupNorm::forward(const Compute& compute, const Tensor& x, bool silu, const Tensor& scaleShift) const {
    return groupNorm(x, compute.arena.weight(weight), compute.arena.weight(bias), groups, silu, scaleShift);
}

ResidualBlock::ResidualBlock(ParameterArena& arena, const std::string& name, int inChannels, int in2Channels, int outChannels,
                             int embedding, double dropoutRate)
    : in(inChannels), in2(in2Channels), out(outChannels), dropout(dropoutRate), layer(static_cast<std::uint32_t>(arena.entries().size())) {
    norm1 = GroupNorm(arena, name + ".norm1", in + in2);
    conv1 = Conv2d(arena, name + ".conv1", in + in2, out, 3);
    affine = Linear(arena, name + ".affine", embedding, 2 * out);
    norm2 = GroupNorm(arena, name + ".norm2", out);
    conv2 = Conv2d(arena, name + ".conv2", out, out, 3, 1, true);
    if (in + in2 != out) skip = Conv2d(arena, name + ".skip", in + in2, out, 1);
}

Tensor ResidualBlock::forward(const Compute& compute, const Tensor& x, const Tensor& x2, const Tensor& embedding) const {
    const auto scaleShift = affine.forward(compute, embedding);
    const bool drops = dropout > 0 && compute.options.training;
    if (!drops && usesConvKernels(compute, x)) return residualKernel(compute, *this, x, x2, scaleShift);
    return plain(compute, x2.defined() ? torch::cat({x, x2}, 1) : x, scaleShift);
}

Tensor ResidualBlock::plain(const Compute& compute, const Tensor& xIn, const Tensor& scaleShift) const {
    const auto x = yieldPoint(xIn);
    auto h = conv1.forward(compute, norm1.forward(compute, x, true));
    h = norm2.forward(compute, yieldPoint(h), true, scaleShift);
    if (dropout > 0 && compute.options.training) h = h * dropoutMask(h, dropout, compute.options.seed, compute.options.step, layer);
    h = conv2.forward(compute, h);
    return h + (skip.weight >= 0 ? skip.forward(compute, x) : x);
}

AttentionBlock::AttentionBlock(ParameterArena& arena, const std::string& name, int c, int headChannels)
    : channels(c), heads(std::max(1, c / std::max(1, headChannels))) {
    while (channels % heads != 0) --heads;
    norm = GroupNorm(arena, name + ".norm", c);
    qkv = Linear(arena, name + ".qkv", c, 3 * c);
    proj = Linear(arena, name + ".proj", c, c, true);
}

Tensor AttentionBlock::forward(const Compute& compute, const Tensor& x) const {
    const std::int64_t n = x.size(0), c = x.size(1), h = x.size(2), w = x.size(3);
    const auto tokens = norm.forward(compute, x, false).permute({0, 2, 3, 1}).reshape({n, h * w, c});
    const auto parts = qkv.forward(compute, tokens).view({n, h * w, 3, heads, c / heads}).permute({2, 0, 3, 1, 4});
    const auto mixed = attention(parts.select(0, 0), parts.select(0, 1), parts.select(0, 2));  // [N, heads, HW, d]
    const auto y = proj.forward(compute, mixed.permute({0, 2, 1, 3}).reshape({n, h * w, c}));
    return x + y.view({n, h, w, c}).permute({0, 3, 1, 2});
}

Tensor upsampleConv(const Compute& compute, const Conv2d& conv, const Tensor& x) {
    if (usesConvKernels(compute, x)) return convKernel(compute, conv, x, true);
    return conv.forward(compute, torch::upsample_nearest2d(x, {x.size(2) * 2, x.size(3) * 2}));
}

Tensor sinusoidalEmbedding(const Tensor& noise, int channels) {
    const int half = channels / 2;
    const auto options = torch::TensorOptions().dtype(torch::kFloat).device(noise.device());
    const auto frequency = torch::exp(torch::arange(half, options) * (-std::log(1e4) / half));
    const auto angle = noise.to(torch::kFloat).mul(1000).unsqueeze(1) * frequency;
    return torch::cat({angle.cos(), angle.sin()}, 1);
}

Tensor dropoutMask(const Tensor& like, double p, std::uint64_t seed, std::uint64_t step, std::uint32_t layer) {
    auto mask = torch::empty({like.size(0), like.size(2), like.size(3), like.size(1)}, torch::kFloat);
    const std::int64_t row = mask.numel() / mask.size(0);
    float* values = mask.data_ptr<float>();
    const float keep = static_cast<float>(1 / (1 - p));
#pragma omp parallel for schedule(static)
    for (std::int64_t n = 0; n < mask.size(0); ++n)
        fillDropout(values + n * row, row, p, keep, seed, step, layer, static_cast<std::uint32_t>(n));
    return mask.to(like.device(), like.scalar_type()).permute({0, 3, 1, 2});
}

}  // namespace imago::nn
