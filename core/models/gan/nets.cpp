// residual: norm-free residual blocks with starts that keep the signal's size (Huang et al. 2024, "The GAN is dead; long live
// the GAN!", section 4; Zhang et al. 2019, Fixup). dcgan: Radford et al. 2016, with nearest-neighbour doubling and a 3x3
// convolution in place of transposed ones, and group in place of batch normalisation: a picture depends on its own noise alone.
// Classes: beside the noise; in the critic by projection (Miyato & Koyama 2018, eq. 3).
#include "core/models/gan/nets.h"

#include <algorithm>
#include <cmath>

#include "core/nn/conv_cpu.h"
#include "core/nn/leaky_block.h"
#include "core/nn/torch_pch.h"
#include "core/nn/yield_point.h"

namespace imago::gan {

using nn::Compute;
using nn::Conv2d;
using nn::GroupNorm;
using nn::Init;
using nn::Linear;
using nn::ParameterArena;
using nn::ParameterId;
using torch::Tensor;

namespace {

constexpr double kLeak = 0.005;
constexpr int kClassDim = 32;
constexpr int kFeatures = 128;  // of the critic's last layer

Tensor leaky(const Tensor& x) {
    return torch::leaky_relu(x, nn::kLeakySlope);
}

// Means of four. A 3x3 convolution of every other pixel would look at some pixels twice as often as at others and teach the
// generator that weave (Odena et al. 2016, "Deconvolution and Checkerboard Artifacts").
Tensor halved(const Tensor& x) {
    return torch::avg_pool2d(x, 2, 2, 0, true, false);
}

// Starts with deviation gain / sqrt(fan in): gain sqrt 2 keeps the signal's size through a leaky ReLU (He et al. 2015).
constexpr double kHe = 1.3867504905630728;  // sqrt(2 / (1 + slope^2))

Conv2d convolution(ParameterArena& arena, const std::string& name, int in, int out, int kernel, int stride, double gain) {
    Conv2d conv;
    conv.in = in, conv.out = out, conv.kernel = kernel, conv.stride = stride;
    conv.packed = std::make_shared<nn::PackedConv>();
    conv.weight = arena.add(name + ".weight", {out, in, kernel, kernel}, Init::normal(gain / std::sqrt(double(in) * kernel * kernel)));
    conv.bias = arena.add(name + ".bias", {out}, Init::constant(0));
    return conv;
}

Linear linear(ParameterArena& arena, const std::string& name, int in, int out, double gain) {
    Linear layer;
    layer.weight = arena.add(name + ".weight", {out, in}, Init::normal(gain / std::sqrt(double(in))));
    layer.bias = arena.add(name + ".bias", {out}, Init::constant(0));
    return layer;
}

int channelsAt(const NetworkSection& config, int level) {
    return std::min(config.maxChannels, config.channels << std::min(level, 16));
}

int reduced(int extent, int level) {
    return (extent + (1 << level) - 1) >> level;
}

// The first layer: of the noise, plus one of the class where there are classes. Two layers whose sum is that of both side by
// side, so that a model of other classes, or none, can be gone on from.
struct Entry {
    Linear noise, chosen;
    ParameterId table = -1;

    Entry() = default;
    Entry(ParameterArena& arena, const std::string& name, int latentDim, int classes, int out, double gain) {
        const double all = latentDim + (classes > 0 ? kClassDim : 0);
        noise = linear(arena, name, latentDim, out, gain * std::sqrt(latentDim / all));
        if (classes == 0) return;
        table = arena.add("g.class.weight", {classes + 1, kClassDim}, Init::normal(1), nn::Role::LabelTable);
        chosen = linear(arena, "g.class.in", kClassDim, out, gain * std::sqrt(kClassDim / all));
    }
    Tensor forward(const Compute& compute, const Tensor& z, const Tensor& labels) const {
        const Tensor first = noise.forward(compute, z);
        return table < 0 ? first : first + chosen.forward(compute, torch::embedding(compute.arena.weight(table), labels));
    }
};

// Features to a score, plus their inner product with the class's vector. All in fp32: small differences of scores matter.
struct Head {
    Linear features, score;
    ParameterId table = -1;

    Head() = default;
    Head(ParameterArena& arena, int in, int classes) {
        features = linear(arena, "d.features", in, kFeatures, 1);
        score = linear(arena, "d.score", kFeatures, 1, 1);
        if (classes > 0)
            table =
                arena.add("d.class.weight", {classes + 1, kFeatures}, Init::normal(1 / std::sqrt(double(kFeatures))), nn::Role::LabelTable);
    }
    Tensor forward(const Compute& compute, const Tensor& h, const Tensor& labels) const {  // h: [N, in]
        const Tensor f = features.forward(compute, h.to(torch::kFloat));
        Tensor y = score.forward(compute, leaky(f)).squeeze(1);
        if (table >= 0) y = y + (f * torch::embedding(compute.arena.weight(table), labels)).sum(1);
        return y;
    }
};

Tensor cropped(const Tensor& x, const PictureShape& shape) {
    return x.slice(2, 0, shape.height).slice(3, 0, shape.width);
}

// --------------------------------------------------------------------------------------------------------- residual

// The second convolution starts at zero, so that the whole starts as the identity.
nn::LeakyBlock residual(ParameterArena& arena, const std::string& name, int channels, int blocksInAll) {
    return {convolution(arena, name + ".conv1", channels, channels, 3, 1, kHe / std::sqrt(double(std::max(1, blocksInAll)))),
            convolution(arena, name + ".conv2", channels, channels, 3, 1, 0)};
}

class ResidualGenerator final : public Generator {
  public:
    ResidualGenerator(ParameterArena& arena, const NetworkSection& config, const PictureShape& shape)
        : m_shape(shape),
          m_levels(halvings(shape.height, shape.width)),
          m_height(reduced(shape.height, m_levels)),
          m_width(reduced(shape.width, m_levels)),
          m_channels(channelsAt(config, m_levels)) {
        m_entry = Entry(arena, "g.first", config.latentDim, shape.classes, m_channels * m_height * m_width, 1);
        const int blocks = config.blocks * (m_levels + 1);
        for (int level = m_levels; level >= 0; --level) {
            const std::string name = "g.level." + std::to_string(level);
            Level l;
            if (level < m_levels)
                l.enter = convolution(arena, name + ".enter", channelsAt(config, level + 1), channelsAt(config, level), 3, 1, kHe);
            for (int b = 0; b < config.blocks; ++b)
                l.blocks.push_back(residual(arena, name + "." + std::to_string(b), channelsAt(config, level), blocks));
            m_stages.push_back(std::move(l));
        }
        m_last = convolution(arena, "g.last", channelsAt(config, 0), shape.channels, 3, 1, 0.5);
    }

    Tensor forward(const Compute& compute, const Tensor& z, const Tensor& labels) const override {
        const Tensor first = m_entry.forward(compute, z, labels);
        // Features lie channels-last in the layer's output: no reordering.
        Tensor h = first.view({z.size(0), m_height, m_width, m_channels}).to(compute.type()).permute({0, 3, 1, 2});
        for (const Level& level : m_stages) {
            h = nn::yieldPoint(h);
            if (level.enter.weight >= 0) h = nn::upsampleConv(compute, level.enter, leaky(h));
            for (const nn::LeakyBlock& block : level.blocks) h = block.forward(compute, h);
        }
        // Tanh makes white and black grounds exact; the leak lets a gradient come back from its ends, where a generator that
        // has found the ground alone would stay for ever.
        const Tensor y = cropped(m_last.forward(compute, leaky(h)), m_shape).to(torch::kFloat);
        return torch::tanh(y) + kLeak * y;
    }

  private:
    struct Level {
        Conv2d enter;
        std::vector<nn::LeakyBlock> blocks;
    };
    PictureShape m_shape;
    int m_levels, m_height, m_width, m_channels;
    Entry m_entry;
    std::vector<Level> m_stages;
    Conv2d m_last;
};

class ResidualCritic final : public Critic {
  public:
    ResidualCritic(ParameterArena& arena, const NetworkSection& config, const PictureShape& shape) {
        const int levels = halvings(shape.height, shape.width);
        m_first = convolution(arena, "d.first", shape.channels, channelsAt(config, 0), 3, 1, 1);
        const int blocks = config.blocks * (levels + 1);
        for (int level = 0; level <= levels; ++level) {
            const std::string name = "d.level." + std::to_string(level);
            Level l;
            for (int b = 0; b < config.blocks; ++b)
                l.blocks.push_back(residual(arena, name + "." + std::to_string(b), channelsAt(config, level), blocks));
            l.leave = convolution(arena, name + ".leave", channelsAt(config, level), channelsAt(config, level + 1), 3, 1, kHe);
            m_stages.push_back(std::move(l));
        }
        m_head = Head(arena, channelsAt(config, levels + 1) * reduced(shape.height, levels + 1) * reduced(shape.width, levels + 1),
                      shape.classes);
    }

    Tensor forward(const Compute& compute, const Tensor& x, const Tensor& labels) const override {
        Tensor h = m_first.forward(compute, x.to(compute.type()).contiguous(torch::MemoryFormat::ChannelsLast));
        for (const Level& level : m_stages) {
            h = nn::yieldPoint(h);
            for (const nn::LeakyBlock& block : level.blocks) h = block.forward(compute, h);
            h = level.leave.forward(compute, halved(leaky(h)));
        }
        return m_head.forward(compute, leaky(h).permute({0, 2, 3, 1}).flatten(1), labels);
    }

  private:
    struct Level {
        std::vector<nn::LeakyBlock> blocks;
        Conv2d leave;
    };
    Conv2d m_first;
    std::vector<Level> m_stages;
    Head m_head;
};

// ------------------------------------------------------------------------------------------------------------ dcgan

class ClassicalGenerator final : public Generator {
  public:
    ClassicalGenerator(ParameterArena& arena, const NetworkSection& config, const PictureShape& shape)
        : m_shape(shape),
          m_levels(halvings(shape.height, shape.width)),
          m_height(reduced(shape.height, m_levels)),
          m_width(reduced(shape.width, m_levels)),
          m_channels(channelsAt(config, m_levels)) {
        m_entry = Entry(arena, "g.first", config.latentDim, shape.classes, m_channels * m_height * m_width, 1);
        for (int level = m_levels; level >= 0; --level) {
            const std::string name = "g.level." + std::to_string(level);
            const int in = channelsAt(config, level);
            const bool last = level == 0;
            m_norms.emplace_back(arena, name + ".norm", in);
            m_convs.push_back(
                convolution(arena, name + ".conv", in, last ? shape.channels : channelsAt(config, level - 1), 3, 1, last ? 0.5 : kHe));
        }
    }

    Tensor forward(const Compute& compute, const Tensor& z, const Tensor& labels) const override {
        const Tensor first = m_entry.forward(compute, z, labels);
        Tensor h = first.view({z.size(0), m_height, m_width, m_channels}).to(compute.type()).permute({0, 3, 1, 2});
        for (std::size_t i = 0; i < m_convs.size(); ++i) {
            h = leaky(m_norms[i].forward(compute, nn::yieldPoint(h), false));
            h = i + 1 < m_convs.size() ? nn::upsampleConv(compute, m_convs[i], h) : m_convs[i].forward(compute, h);
        }
        return torch::tanh(cropped(h, m_shape).to(torch::kFloat));
    }

  private:
    PictureShape m_shape;
    int m_levels, m_height, m_width, m_channels;
    Entry m_entry;
    std::vector<GroupNorm> m_norms;
    std::vector<Conv2d> m_convs;
};

Tensor dropped(const Compute& compute, const Tensor& h, double dropout, std::uint32_t layer) {
    if (dropout <= 0 || !compute.options.training) return h;
    return h * nn::dropoutMask(h, dropout, compute.options.seed, compute.options.step, layer);
}

class ClassicalCritic final : public Critic {
  public:
    ClassicalCritic(ParameterArena& arena, const NetworkSection& config, const PictureShape& shape) : m_dropout(config.dropout) {
        const int levels = std::max(1, halvings(shape.height, shape.width));
        int in = shape.channels;
        for (int level = 1; level <= levels; ++level) {
            const int out = channelsAt(config, level);
            m_convs.push_back(convolution(arena, "d.level." + std::to_string(level) + ".conv", in, out, 3, 2, kHe));
            in = out;
        }
        m_head = Head(arena, in * reduced(shape.height, levels) * reduced(shape.width, levels), shape.classes);
    }

    Tensor forward(const Compute& compute, const Tensor& x, const Tensor& labels) const override {
        Tensor h = x.to(compute.type()).contiguous(torch::MemoryFormat::ChannelsLast);
        for (std::size_t i = 0; i < m_convs.size(); ++i)
            h = dropped(compute, leaky(m_convs[i].forward(compute, nn::yieldPoint(h))), m_dropout, std::uint32_t(i));
        return m_head.forward(compute, h.permute({0, 2, 3, 1}).flatten(1), labels);
    }

  private:
    double m_dropout;
    std::vector<Conv2d> m_convs;
    Head m_head;
};

// -------------------------------------------------------------------------------------------------------------- mlp

// Small matrices: fp32 throughout.
class PlainGenerator final : public Generator {
  public:
    PlainGenerator(ParameterArena& arena, const NetworkSection& config, const PictureShape& shape) : m_shape(shape) {
        m_entry = Entry(arena, "g.layer.0", config.latentDim, shape.classes, config.hidden, kHe);
        int in = config.hidden;
        for (int i = 1; i < 3; ++i) {
            m_layers.push_back(linear(arena, "g.layer." + std::to_string(i), in, config.hidden << i, kHe));
            in = config.hidden << i;
        }
        m_layers.push_back(linear(arena, "g.last", in, shape.channels * shape.height * shape.width, 0.5));
    }
    Tensor forward(const Compute& compute, const Tensor& z, const Tensor& labels) const override {
        Tensor h = leaky(m_entry.forward(compute, z, labels));
        for (std::size_t i = 0; i + 1 < m_layers.size(); ++i) h = leaky(m_layers[i].forward(compute, nn::yieldPoint(h)));
        return torch::tanh(m_layers.back().forward(compute, h)).view({z.size(0), m_shape.channels, m_shape.height, m_shape.width});
    }

  private:
    PictureShape m_shape;
    Entry m_entry;
    std::vector<Linear> m_layers;
};

class PlainCritic final : public Critic {
  public:
    PlainCritic(ParameterArena& arena, const NetworkSection& config, const PictureShape& shape) : m_dropout(config.dropout) {
        int in = shape.channels * shape.height * shape.width;
        for (int i = 0; i < 2; ++i) {
            m_layers.push_back(linear(arena, "d.layer." + std::to_string(i), in, config.hidden * 2 >> i, kHe));
            in = config.hidden * 2 >> i;
        }
        m_head = Head(arena, in, shape.classes);
    }
    Tensor forward(const Compute& compute, const Tensor& x, const Tensor& labels) const override {
        Tensor h = x.flatten(1);
        for (std::size_t i = 0; i < m_layers.size(); ++i) {
            h = leaky(m_layers[i].forward(compute, nn::yieldPoint(h)));
            h = dropped(compute, h.unsqueeze(-1).unsqueeze(-1), m_dropout, std::uint32_t(i)).flatten(1);
        }
        return m_head.forward(compute, h, labels);
    }

  private:
    double m_dropout;
    std::vector<Linear> m_layers;
    Head m_head;
};

}  // namespace

int halvings(int height, int width) {
    int levels = 0;
    while (reduced(std::min(height, width), levels) > 8) ++levels;
    return levels;
}

Networks makeNetworks(ParameterArena& arena, const NetworkSection& config, const PictureShape& shape) {
    if (config.kind == "mlp")
        return {std::make_unique<PlainGenerator>(arena, config, shape), std::make_unique<PlainCritic>(arena, config, shape)};
    if (config.kind == "dcgan")
        return {std::make_unique<ClassicalGenerator>(arena, config, shape), std::make_unique<ClassicalCritic>(arena, config, shape)};
    return {std::make_unique<ResidualGenerator>(arena, config, shape), std::make_unique<ResidualCritic>(arena, config, shape)};
}

}  // namespace imago::gan
