// The VAE's networks: an encoder of strided convolutions and residual blocks, a decoder of residual blocks, nearest-neighbour
// doubling and convolutions (no transposed ones), and the small network that learns how codes follow each other.
// Register their parameters in an arena, allocate it afterwards. Compute thread.
#pragma once

#include <torch/types.h>

#include <optional>
#include <string>
#include <vector>

#include "core/models/vae/config.h"
#include "core/nn/blocks.h"
#include "core/nn/parameters.h"

namespace imago::vae {

// Pictures -> features at the lowest level.
class Encoder {
  public:
    Encoder(nn::ParameterArena& arena, const NetworkShape& shape);
    // x: [N, C, H, W] fp32 -> [N, lowest, h, w] in the compute type, through norm and SiLU. Other sizes are padded with black.
    torch::Tensor forward(const nn::Compute& compute, const torch::Tensor& x) const;

  private:
    struct Level {
        nn::Conv2d enter;
        std::vector<nn::ResidualBlock> blocks;
    };
    NetworkShape m_shape;
    std::vector<Level> m_levels;
    nn::GroupNorm m_norm;
};

// Features at the lowest level -> pictures.
class Decoder {
  public:
    Decoder(nn::ParameterArena& arena, const NetworkShape& shape, int embedding);
    // h: [N, lowest, h, w]; embedding: [N, embedding] fp32, through its SiLU; steers every block. -> [N, C, height, width] fp32
    torch::Tensor forward(const nn::Compute& compute, const torch::Tensor& h, const torch::Tensor& embedding, int height, int width) const;

  private:
    struct Level {
        std::vector<nn::ResidualBlock> blocks;
        nn::Conv2d leave;  // doubles; all but the first level
    };
    std::vector<Level> m_levels;
    nn::GroupNorm m_norm;
    nn::Conv2d m_out;
};

// Masked-token prior (Chang et al. 2022 without the confidence heuristics; its loss is the bound of order-agnostic
// autoregressive models, Hoogeboom et al. 2022): sees some codes of a picture, gives scores for the others.
class TokenPrior {
  public:
    TokenPrior(nn::ParameterArena& arena, const LatentSection& config, int classes, int height, int width);
    // tokens: int64 [N, h * w], `codes` where hidden; labels: int64 [N] in 0..classes (classes = none), ignored without classes.
    // -> scores [N, h * w, codes] fp32
    torch::Tensor forward(const nn::Compute& compute, const torch::Tensor& tokens, const torch::Tensor& labels) const;

  private:
    int m_codes, m_channels, m_height, m_width;
    nn::ParameterId m_token = -1, m_place = -1, m_label = -1;
    std::vector<nn::ResidualBlock> m_blocks;
    std::vector<nn::AttentionBlock> m_attention;  // after each block; empty where there are too many places
    nn::GroupNorm m_norm;
    nn::Conv2d m_out;
};

}  // namespace imago::vae
