// DiffusionObjective: one phase. Practises noise levels sigma with ln sigma ~ N(mean, deviation^2) and asks the network for
// its target; with EDM's target this is the loss of Karras et al. 2022, eq. 8 with lambda = 1 / out^2. Compute thread.
#pragma once

#include "core/models/diffusion/model.h"
#include "core/models/objective.h"

namespace imago::diffusion {

class DiffusionObjective final : public Objective, private RecordableStep {
  public:
    static Result<std::unique_ptr<Objective>> make(const Json& config, GenerativeModel& model);

    int phases() const override { return 1; }
    std::vector<std::string> lossNames() const override;
    void accumulate(int phase, const Batch& batch, const StepInfo& info, at::Tensor& losses) override;
    // Masks of dropout differ from step to step in the middle of the work: then it cannot be replayed.
    RecordableStep* recordable() override { return m_config.network.dropout > 0 ? nullptr : this; }

  private:
    DiffusionObjective(DiffusionModel& model, DiffusionConfig config) : m_model(model), m_config(std::move(config)) {}

    std::vector<at::Tensor> draw(const Batch& batch, const StepInfo& info) override;
    void learn(const std::vector<at::Tensor>& drawn, at::Tensor& losses) override { learn(drawn, {}, losses); }
    void learn(const std::vector<at::Tensor>& drawn, const StepInfo& info, at::Tensor& losses);

    DiffusionModel& m_model;
    DiffusionConfig m_config;
};

}  // namespace imago::diffusion
