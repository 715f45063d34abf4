// ClassifierNet: a small residual network from pictures to class scores; the layer before the scores (features, one row
// a picture) is what `imago evaluate` compares pictures by. Compute thread.
#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "core/models/classifier/config.h"
#include "core/nn/blocks.h"
#include "core/nn/parameters.h"

namespace imago::classifier {

struct ClassifierOutput {
    torch::Tensor features;  // [N, featureDims] fp32
    torch::Tensor logits;    // [N, classes] fp32
};

class ClassifierNet {
  public:
    // Registers its parameters in the arena; allocate the arena afterwards.
    ClassifierNet(nn::ParameterArena& arena, const NetworkSection& config, int imageChannels, int classes);

    int featureDims() const { return m_featureDims; }
    // pixels: [N, imageChannels, H, W] fp32 in [-1, 1]; H and W at least 8. precision: resolved.
    ClassifierOutput forward(const torch::Tensor& pixels, nn::Precision precision) const;

  private:
    // h = enter(silu(norm(h))), which halves; then some residual steps h += conv(silu(norm(h))).
    struct Step {
        nn::GroupNorm norm;
        nn::Conv2d conv;
    };
    struct Level {
        nn::GroupNorm enterNorm;
        nn::Conv2d enter;
        bool first = false;  // the picture itself comes in: no norm before `enter`, no halving
        std::vector<Step> steps;
    };

    nn::ParameterArena& m_arena;
    std::vector<Level> m_levels;
    nn::GroupNorm m_lastNorm;
    nn::Linear m_head;
    int m_featureDims = 0;
};

}  // namespace imago::classifier
