// Encoder, middle, decoder. Every block's output on the way down, and the first convolution's, is a skip connection.
#include "core/nn/unet.h"

#include <algorithm>

#include "core/nn/blocks.h"
#include "core/nn/yield_point.h"

namespace imago::nn {

using torch::Tensor;

namespace {

struct Stage {
    ResidualBlock block;
    bool attends = false;
    AttentionBlock attention;

    Tensor forward(const Compute& compute, const Tensor& x, const Tensor& x2, const Tensor& embedding) const {
        const auto h = block.forward(compute, x, x2, embedding);
        return attends ? attention.forward(compute, h) : h;
    }
};

struct Level {
    std::vector<Stage> down, up;
    bool resamples = false;  // all but the lowest
    Conv2d downsample, upsample;
};

}  // namespace

struct UNet::Impl {
    ParameterArena& arena;
    UNetConfig config;
    Precision wanted = Precision::Auto;

    Linear embed1, embed2;
    ParameterId label = -1, augmented = -1;
    Conv2d convIn, convOut;
    GroupNorm normOut;
    std::vector<Level> levels;
    Stage middle1, middle2;

    Impl(ParameterArena& arenaIn, const UNetConfig& configIn, const std::string& prefix) : arena(arenaIn), config(configIn) {
        const int base = config.channels, embedding = 4 * base;
        embed1 = Linear(arena, prefix + "embed.linear1", base, embedding);
        embed2 = Linear(arena, prefix + "embed.linear2", embedding, embedding);
        if (config.classes > 0)
            label = arena.add(prefix + "label.weight", {config.classes + 1, embedding}, Init::normal(0.5), Role::LabelTable);
        // Without a bias, and nothing at first: not augmented is exactly zero (Karras et al. 2022, F.2).
        if (config.augmentLabels > 0)
            augmented = arena.add(prefix + "augment.weight", {embedding, config.augmentLabels}, Init::constant(0), Role::LabelTable);
        convIn = Conv2d(arena, prefix + "conv_in", config.imageChannels, base, 3);

        auto stage = [&](const std::string& name, int in, int in2, int out, bool attends) {
            Stage s;
            s.block = ResidualBlock(arena, name, in, in2, out, embedding, config.dropout);
            s.attends = attends;
            if (attends) s.attention = AttentionBlock(arena, name + ".attention", out, config.headChannels);
            return s;
        };
        auto attendsAt = [&](int divisor) {
            return std::find(config.attentionDivisors.begin(), config.attentionDivisors.end(), divisor) != config.attentionDivisors.end();
        };

        const int count = static_cast<int>(config.multipliers.size());
        levels.resize(static_cast<std::size_t>(count));
        std::vector<int> skips{base};
        int channels = base;
        for (int l = 0; l < count; ++l) {
            auto& level = levels[static_cast<std::size_t>(l)];
            const auto name = prefix + "down." + std::to_string(l);
            const int out = base * config.multipliers[static_cast<std::size_t>(l)];
            for (int b = 0; b < config.blocksPerLevel; ++b) {
                level.down.push_back(stage(name + ".blocks." + std::to_string(b), channels, 0, out, attendsAt(1 << l)));
                skips.push_back(channels = out);
            }
            level.resamples = l + 1 < count;
            if (level.resamples) {
                level.downsample = Conv2d(arena, name + ".downsample", channels, channels, 3, 2);
                skips.push_back(channels);
            }
        }
        middle1 = stage(prefix + "middle.0", channels, 0, channels, !config.attentionDivisors.empty());
        middle2 = stage(prefix + "middle.1", channels, 0, channels, false);
        for (int l = count - 1; l >= 0; --l) {
            auto& level = levels[static_cast<std::size_t>(l)];
            const auto name = prefix + "up." + std::to_string(l);
            const int out = base * config.multipliers[static_cast<std::size_t>(l)];
            for (int b = 0; b <= config.blocksPerLevel; ++b) {
                level.up.push_back(stage(name + ".blocks." + std::to_string(b), channels, skips.back(), out, attendsAt(1 << l)));
                skips.pop_back();
                channels = out;
            }
            if (l > 0) level.upsample = Conv2d(arena, name + ".upsample", channels, channels, 3);
        }
        normOut = GroupNorm(arena, prefix + "norm_out", channels);
        convOut = Conv2d(arena, prefix + "conv_out", channels, config.imageChannels, 3, 1, true);
    }

    // The noise level and the label as one vector: [N, 4 channels] fp32, through its last SiLU.
    Tensor embed(const Compute& compute, const Tensor& noise, const std::optional<Tensor>& labels,
                 const std::optional<Tensor>& augment) const {
        auto e = torch::silu(embed1.forward(compute, sinusoidalEmbedding(noise, config.channels)));
        e = embed2.forward(compute, e);
        if (label >= 0) {
            const auto index = labels ? *labels : torch::full({noise.size(0)}, config.classes, noise.options().dtype(torch::kLong));
            e = e + torch::embedding(arena.weight(label), index);
        }
        if (augmented >= 0 && augment) e = e + torch::linear(*augment, arena.weight(augmented));
        return torch::silu(e);
    }

    Tensor run(const Compute& compute, const Tensor& x, const Tensor& embedding) const {
        auto h = convIn.forward(compute, x);
        std::vector<Tensor> skips{h};
        for (const auto& level : levels) {
            for (const auto& stage : level.down) skips.push_back(h = stage.forward(compute, h, {}, embedding));
            if (level.resamples) skips.push_back(h = level.downsample.forward(compute, h));
        }
        h = middle2.forward(compute, middle1.forward(compute, h, {}, embedding), {}, embedding);
        for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
            for (const auto& stage : level->up) {
                h = stage.forward(compute, h, skips.back(), embedding);
                skips.pop_back();
            }
            if (level + 1 != levels.rend()) h = upsampleConv(compute, level->upsample, h);
        }
        return convOut.forward(compute, normOut.forward(compute, yieldPoint(h), true));
    }
};

UNet::UNet(ParameterArena& arena, const UNetConfig& config, const std::string& prefix)
    : m_impl(std::make_unique<Impl>(arena, config, prefix)) {}
UNet::~UNet() = default;

const UNetConfig& UNet::config() const {
    return m_impl->config;
}
void UNet::setPrecision(Precision precision) {
    m_impl->wanted = precision;
}
Precision UNet::precision() const {
    return resolvePrecision(m_impl->wanted, m_impl->arena.device().isCuda());
}
int UNet::sizeMultiple() const {
    return 1 << (m_impl->levels.size() - 1);
}

Tensor UNet::forward(const Tensor& x, const Tensor& noise, const std::optional<Tensor>& labels, const ForwardOptions& options,
                     const std::optional<Tensor>& augment) {
    const Compute compute{m_impl->arena, precision(), options};
    const std::int64_t multiple = sizeMultiple(), height = x.size(2), width = x.size(3);
    const std::int64_t bottom = (multiple - height % multiple) % multiple, right = (multiple - width % multiple) % multiple;
    auto input = x.to(compute.type());
    if (bottom || right) input = torch::constant_pad_nd(input, {0, right, 0, bottom});
    input = input.contiguous(torch::MemoryFormat::ChannelsLast);
    auto y = m_impl->run(compute, input, m_impl->embed(compute, noise, labels, augment)).to(torch::kFloat);
    if (bottom || right) y = y.slice(2, 0, height).slice(3, 0, width);
    return y;
}

}  // namespace imago::nn
