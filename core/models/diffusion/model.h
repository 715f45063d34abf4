// DiffusionModel: a U-Net, its config, and sampling with it. Compute thread.
#pragma once

#include <memory>

#include "core/diffusion/denoiser.h"
#include "core/models/diffusion/config.h"
#include "core/models/generative_model.h"
#include "core/nn/unet.h"

namespace imago::diffusion {

class DiffusionModel final : public GenerativeModel {
  public:
    static Result<std::unique_ptr<GenerativeModel>> make(const Json& config, const DataShape& shape, std::uint64_t seed,
                                                         const Device& device);
    ~DiffusionModel() override;

    const std::string& familyId() const override;
    const DataShape& shape() const override { return m_shape; }
    const Json& config() const override { return m_json; }
    nn::ParameterArena& parameters() override { return *m_arena; }
    Result<std::unique_ptr<SamplingProcess>> beginSampling(const SamplingJobSpec& spec) override;

    const DiffusionConfig& settings() const { return m_config; }
    Target target() const { return m_target; }
    nn::UNet& network() { return *m_net; }
    int classes() const { return m_classes; }  // 0: unconditional; label classes() means "no class"

    // D(x, sigma) without gradients, from the averaged or the present weights. x: [N, C, H, W].
    at::Tensor denoise(const at::Tensor& x, double sigma, const at::Tensor& labels);

  private:
    DiffusionModel() = default;

    DiffusionConfig m_config;
    Json m_json;
    DataShape m_shape;
    Target m_target = Target::Edm;
    int m_classes = 0;
    std::unique_ptr<nn::ParameterArena> m_arena;
    std::unique_ptr<nn::UNet> m_net;
};

}  // namespace imago::diffusion
