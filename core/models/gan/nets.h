// The GAN family's networks: a generator from latent vectors to pictures and a critic from pictures to scores, in three
// kinds. Parameters are registered as "g...." and "d....". Compute thread.
#pragma once

#include <torch/types.h>

#include <memory>

#include "core/models/gan/config.h"
#include "core/nn/blocks.h"

namespace imago::gan {

struct PictureShape {
    int channels = 1, height = 28, width = 28;
    int classes = 0;  // 0: unconditional; label `classes` means "no class"
};

class Generator {
  public:
    virtual ~Generator() = default;
    // z: [N, latentDim] fp32, labels: [N] or undefined -> [N, C, H, W] fp32, pictures in about [-1, 1]
    virtual torch::Tensor forward(const nn::Compute& compute, const torch::Tensor& z, const torch::Tensor& labels) const = 0;
};

class Critic {
  public:
    virtual ~Critic() = default;
    // x: [N, C, H, W] fp32 -> [N] fp32: higher for what looks real. Differentiable twice in fp32.
    virtual torch::Tensor forward(const nn::Compute& compute, const torch::Tensor& x, const torch::Tensor& labels) const = 0;
};

struct Networks {
    std::unique_ptr<Generator> generator;
    std::unique_ptr<Critic> critic;
};

// Registers the parameters in the arena; allocate it afterwards.
Networks makeNetworks(nn::ParameterArena& arena, const NetworkSection& config, const PictureShape& shape);

// How often the picture halves from full size to the smallest map, which is 4 to 8 wide.
int halvings(int height, int width);

}  // namespace imago::gan
