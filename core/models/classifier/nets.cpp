#include "core/models/classifier/nets.h"

#include <algorithm>

#include "core/nn/torch_pch.h"
#include "core/nn/yield_point.h"

namespace imago::classifier {

using torch::Tensor;

ClassifierNet::ClassifierNet(nn::ParameterArena& arena, const NetworkSection& config, int imageChannels, int classes) : m_arena(arena) {
    int in = imageChannels;
    for (int l = 0; l < config.levels; ++l) {
        const int out = config.channels * std::min(1 << l, 4);
        const std::string name = "level." + std::to_string(l);
        Level level;
        level.first = l == 0;
        if (!level.first) level.enterNorm = nn::GroupNorm(arena, name + ".enter_norm", in);
        level.enter = nn::Conv2d(arena, name + ".enter", in, out, 3, level.first ? 1 : 2);
        // At full resolution residual steps would cost more than all the rest.
        for (int i = 0; i < config.blocks && !level.first; ++i) {
            const std::string step = name + "." + std::to_string(i);
            level.steps.push_back({nn::GroupNorm(arena, step + ".norm", out), nn::Conv2d(arena, step + ".conv", out, out, 3, 1, true)});
        }
        m_levels.push_back(level);
        in = out;
    }
    m_lastNorm = nn::GroupNorm(arena, "last_norm", in);
    m_head = nn::Linear(arena, "head", in, classes, true);
    m_featureDims = in;
}

ClassifierOutput ClassifierNet::forward(const Tensor& pixels, nn::Precision precision) const {
    const nn::Compute compute{m_arena, precision};
    Tensor h = pixels.to(compute.type()).contiguous(torch::MemoryFormat::ChannelsLast);
    for (const Level& level : m_levels) {
        h = nn::yieldPoint(h);
        h = level.enter.forward(compute, level.first ? h : level.enterNorm.forward(compute, h, true));
        for (const Step& step : level.steps) {
            h = nn::yieldPoint(h);
            h = h + step.conv.forward(compute, step.norm.forward(compute, h, true));
        }
    }
    h = m_lastNorm.forward(compute, h, true);
    const Tensor features = h.to(torch::kFloat).mean(at::IntArrayRef{2, 3});
    return {features, m_head.forward(compute, features)};
}

}  // namespace imago::classifier
