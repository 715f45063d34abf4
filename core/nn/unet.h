// UNet: the convolutional denoiser network of the diffusion families: residual blocks with GroupNorm + SiLU and a
// scale and shift from the noise level, skip connections, attention at low resolutions. Compute thread.
// After Ho et al. 2020 (DDPM), Dhariwal & Nichol 2021 (scale and shift), Karras et al. 2022 (EDM).
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/nn/blocks.h"
#include "core/nn/parameters.h"
#include "core/nn/precision.h"

namespace imago::nn {

struct UNetConfig {
    int imageChannels = 1;
    int channels = 32;                      // at full resolution
    std::vector<int> multipliers{1, 2, 2};  // a level each; the picture halves between levels
    int blocksPerLevel = 1;                 // on the way down; one more on the way up
    std::vector<int> attentionDivisors{
        4};  // attention where the picture is divided by these (4: 8x8 of 32x32), and in the middle if not empty
    int headChannels = 32;
    int classes = 0;  // 0: unconditional. Label `classes` means "no class" (for guidance)
    double dropout = 0;
    int augmentLabels = 0;  // numbers that say how a picture was augmented; 0: it is not told
};

class UNet {
  public:
    // Registers its parameters in the arena, names starting with prefix ("" or "unet."). Allocate the arena afterwards.
    UNet(ParameterArena& arena, const UNetConfig& config, const std::string& prefix = "");
    ~UNet();

    const UNetConfig& config() const;
    void setPrecision(Precision precision);  // Auto at first
    Precision precision() const;             // resolved
    int sizeMultiple() const;                // inputs of other sizes are padded inside and the result cropped

    // x: [N, imageChannels, H, W] fp32 (channels-last is fastest); noise: [N] (EDM's c_noise, ln(sigma)/4, or time in 0..1
    // scaled by the caller to order 1); labels: [N] int64 in 0..classes when classes > 0 (absent: no class).
    // augment: [N, augmentLabels] fp32 (absent: not augmented, the same as zeros). Gives F: [N, imageChannels, H, W] fp32. Uses the average
    // inside an AverageScope.
    torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& noise, const std::optional<torch::Tensor>& labels = std::nullopt,
                          const ForwardOptions& options = {}, const std::optional<torch::Tensor>& augment = std::nullopt);

  private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace imago::nn
