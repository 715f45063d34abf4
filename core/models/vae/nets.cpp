#include "core/models/vae/nets.h"

#include "core/nn/torch_pch.h"
#include "core/nn/yield_point.h"

namespace imago::vae {

using torch::Tensor;

namespace {

constexpr int kIdleEmbedding = 16;  // of blocks that nothing steers
constexpr int kPriorEmbedding = 64;
constexpr int kMostAttended = 256;  // attention grows with the square of the places

Tensor nothing(const Tensor& like, int width) {
    return torch::zeros({like.size(0), width}, torch::TensorOptions().dtype(torch::kFloat).device(like.device()));
}

}  // namespace

Encoder::Encoder(nn::ParameterArena& arena, const NetworkShape& shape) : m_shape(shape) {
    int in = shape.imageChannels;
    for (std::size_t l = 0; l < shape.channels.size(); ++l) {
        const std::string name = "encoder." + std::to_string(l);
        const int out = shape.channels[l];
        Level level;
        level.enter = nn::Conv2d(arena, name + ".enter", in, out, 3, l == 0 ? 1 : 2);
        // Residual blocks at full resolution would cost more than all the rest and see only edges.
        for (int b = 0; b < shape.blocks && l > 0; ++b)
            level.blocks.emplace_back(arena, name + ".blocks." + std::to_string(b), out, 0, out, kIdleEmbedding, 0.0);
        m_levels.push_back(std::move(level));
        in = out;
    }
    m_norm = nn::GroupNorm(arena, "encoder.norm", in);
}

Tensor Encoder::forward(const nn::Compute& compute, const Tensor& x) const {
    const std::int64_t bottom = std::int64_t{m_shape.height} * m_shape.multiple() - x.size(2),
                       right = std::int64_t{m_shape.width} * m_shape.multiple() - x.size(3);
    Tensor h = x.to(compute.type());
    if (bottom || right) h = torch::constant_pad_nd(h, {0, right, 0, bottom}, -1);
    h = h.contiguous(torch::MemoryFormat::ChannelsLast);
    const Tensor idle = nothing(x, kIdleEmbedding);
    for (const Level& level : m_levels) {
        h = level.enter.forward(compute, nn::yieldPoint(h));
        for (const auto& block : level.blocks) h = block.forward(compute, h, {}, idle);
    }
    return m_norm.forward(compute, nn::yieldPoint(h), true);
}

Decoder::Decoder(nn::ParameterArena& arena, const NetworkShape& shape, int embedding) {
    for (std::size_t l = shape.channels.size(); l-- > 0;) {
        const std::string name = "decoder." + std::to_string(l);
        const int channels = shape.channels[l];
        Level level;
        const int blocks = shape.blocks + (l + 1 == shape.channels.size() ? 1 : 0);
        for (int b = 0; b < blocks; ++b)
            level.blocks.emplace_back(arena, name + ".blocks." + std::to_string(b), channels, 0, channels, embedding, 0.0);
        if (l > 0) level.leave = nn::Conv2d(arena, name + ".leave", channels, shape.channels[l - 1], 3);
        m_levels.push_back(std::move(level));
    }
    m_norm = nn::GroupNorm(arena, "decoder.norm", shape.channels.front());
    m_out = nn::Conv2d(arena, "decoder.out", shape.channels.front(), shape.imageChannels, 3, 1, true);
}

Tensor Decoder::forward(const nn::Compute& compute, const Tensor& input, const Tensor& embedding, int height, int width) const {
    Tensor h = input.to(compute.type()).contiguous(torch::MemoryFormat::ChannelsLast);
    for (const Level& level : m_levels) {
        for (const auto& block : level.blocks) h = block.forward(compute, h, {}, embedding);
        if (level.leave.weight >= 0) h = nn::upsampleConv(compute, level.leave, nn::yieldPoint(h));
    }
    const Tensor y = m_out.forward(compute, m_norm.forward(compute, nn::yieldPoint(h), true)).to(torch::kFloat);
    return y.slice(2, 0, height).slice(3, 0, width);
}

TokenPrior::TokenPrior(nn::ParameterArena& arena, const LatentSection& config, int classes, int height, int width)
    : m_codes(config.codes), m_channels(config.priorChannels), m_height(height), m_width(width) {
    m_token = arena.add("prior.token.weight", {m_codes + 1, m_channels}, nn::Init::normal(0.5));
    m_place = arena.add("prior.place", {std::int64_t{height} * width * m_channels}, nn::Init::normal(0.5));
    if (classes > 0) m_label = arena.add("prior.label.weight", {classes + 1, kPriorEmbedding}, nn::Init::normal(1), nn::Role::LabelTable);
    for (int b = 0; b < config.priorBlocks; ++b) {
        const std::string name = "prior.blocks." + std::to_string(b);
        m_blocks.emplace_back(arena, name, m_channels, 0, m_channels, kPriorEmbedding, 0.0);
        if (height * width <= kMostAttended) m_attention.emplace_back(arena, name + ".attention", m_channels, 32);
    }
    m_norm = nn::GroupNorm(arena, "prior.norm", m_channels);
    m_out = nn::Conv2d(arena, "prior.out", m_channels, m_codes, 1, 1, true);
}

Tensor TokenPrior::forward(const nn::Compute& compute, const Tensor& tokens, const Tensor& labels) const {
    const auto& arena = compute.arena;
    const std::int64_t n = tokens.size(0), places = std::int64_t{m_height} * m_width;
    const Tensor seen = torch::embedding(arena.weight(m_token), tokens) + arena.weight(m_place).view({1, places, m_channels});
    Tensor h = seen.view({n, m_height, m_width, m_channels}).permute({0, 3, 1, 2}).to(compute.type());
    const Tensor steer = m_label < 0 ? nothing(h, kPriorEmbedding) : torch::silu(torch::embedding(arena.weight(m_label), labels));
    for (std::size_t b = 0; b < m_blocks.size(); ++b) {
        h = m_blocks[b].forward(compute, h, {}, steer);
        if (!m_attention.empty()) h = m_attention[b].forward(compute, h);
    }
    h = m_out.forward(compute, m_norm.forward(compute, nn::yieldPoint(h), true));
    return h.permute({0, 2, 3, 1}).reshape({n, places, m_codes}).to(torch::kFloat);
}

}  // namespace imago::vae
