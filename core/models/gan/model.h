// GanModel: a generator and its critic, their config, and sampling. The critic is saved with it: fine-tuning goes on with both.
// Compute thread.
#pragma once

#include <memory>

#include "core/models/gan/config.h"
#include "core/models/gan/nets.h"
#include "core/models/generative_model.h"
#include "core/nn/parameters.h"

namespace imago::gan {

class GanModel final : public GenerativeModel {
  public:
    static Result<std::unique_ptr<GenerativeModel>> make(const Json& config, const DataShape& shape, std::uint64_t seed,
                                                         const Device& device);
    ~GanModel() override;

    const std::string& familyId() const override;
    const DataShape& shape() const override { return m_shape; }
    const Json& config() const override { return m_json; }
    nn::ParameterArena& parameters() override { return *m_arena; }
    Result<std::unique_ptr<SamplingProcess>> beginSampling(const SamplingJobSpec& spec) override;

    const GanConfig& settings() const { return m_config; }
    const Generator& generator() const { return *m_networks.generator; }
    const Critic& critic() const { return *m_networks.critic; }
    nn::Precision precision() const;           // resolved
    int classes() const { return m_classes; }  // 0: unconditional; label classes() means "no class"

    // Pictures without gradients, from the averaged or the present weights. z: [N, latentDim], labels: [N].
    at::Tensor generate(const at::Tensor& z, const at::Tensor& labels);

  private:
    GanModel() = default;

    GanConfig m_config;
    Json m_json;
    DataShape m_shape;
    int m_classes = 0;
    std::unique_ptr<nn::ParameterArena> m_arena;
    Networks m_networks;
};

}  // namespace imago::gan
