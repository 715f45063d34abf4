// GanObjective: two phases a step. First the critic learns from real pictures and from made ones; then the generator, through
// the critic, from the same made pictures. Compute thread.
#pragma once

#include <torch/types.h>

#include "core/models/gan/losses.h"
#include "core/models/gan/model.h"
#include "core/models/objective.h"

namespace imago::gan {

class GanObjective final : public Objective {
  public:
    static Result<std::unique_ptr<Objective>> make(const Json& config, GenerativeModel& model);

    int phases() const override { return 2; }
    std::string parameterPrefix(int phase) const override { return phase == 0 ? "d." : "g."; }
    int period(int phase) const override;
    double rateFactor(int phase) const override { return phase == 0 ? m_config.loss.criticRate : 1; }
    bool averaged(int phase) const override { return phase == 1; }
    std::vector<std::string> lossNames() const override;
    std::unique_ptr<HealthMonitor> makeHealthMonitor() const override;
    void accumulate(int phase, const Batch& batch, const StepInfo& info, at::Tensor& losses) override;

  private:
    GanObjective(GanModel& model, GanConfig config, Game game) : m_model(model), m_config(std::move(config)), m_game(game) {}

    nn::Compute compute(nn::Precision precision, const StepInfo& info) const;
    torch::Tensor labelsOf(const Batch& batch) const;
    torch::Tensor make(const Batch& batch, const StepInfo& info) const;  // pictures, with a graph to the generator
    void criticPhase(const Batch& batch, const StepInfo& info, at::Tensor& losses);
    void generatorPhase(const Batch& batch, const StepInfo& info, at::Tensor& losses);
    torch::Tensor exactPenalty(const torch::Tensor& real, const torch::Tensor& fake, const torch::Tensor& labels,
                               const StepInfo& info) const;

    GanModel& m_model;
    GanConfig m_config;
    Game m_game;
    // From the critic's phase to the generator's of the same step.
    std::int64_t m_step = -1;
    torch::Tensor m_fake, m_realScores;
};

}  // namespace imago::gan
