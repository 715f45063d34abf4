// VaeObjective: one phase. Numbers: the evidence lower bound with a Gaussian output of learned variance (Kingma & Welling
// 2014, eq. 10; Rybkin et al. 2021), beta with warm-up, free bits, and a step of EM for the mixture. Codes: VQ-VAE's loss (van
// den Oord et al. 2017, eq. 3) with a moving-average dictionary, and the masked-token prior beside it. Compute thread.
#pragma once

#include <torch/types.h>

#include <memory>
#include <vector>

#include "core/models/objective.h"
#include "core/models/vae/model.h"

namespace imago::vae {

class VaeObjective final : public Objective {
  public:
    static Result<std::unique_ptr<Objective>> make(const Json& config, GenerativeModel& model);

    int phases() const override { return 1; }
    void setConfig(const Json& config) override;
    std::vector<std::string> lossNames() const override;
    std::unique_ptr<HealthMonitor> makeHealthMonitor() const override;
    void accumulate(int phase, const Batch& batch, const StepInfo& info, at::Tensor& losses) override;

  private:
    VaeObjective(VaeModel& model, VaeConfig config) : m_model(model), m_config(std::move(config)) {}
    void numbers(const torch::Tensor& x, const Batch& batch, const StepInfo& info, at::Tensor& losses);
    void codes(const torch::Tensor& x, const Batch& batch, const StepInfo& info, at::Tensor& losses);

    VaeModel& m_model;
    VaeConfig m_config;
};

// Beta after so many pictures: rises evenly from 0 to beta over the first `warmupKimg` thousand.
double betaAt(double beta, double warmupKimg, std::int64_t imagesSeen);
// KL(N(mean, exp(logVariance)) || N(0, 1)) of each number: [N, dims] (Kingma & Welling 2014, appendix B).
torch::Tensor divergence(const torch::Tensor& mean, const torch::Tensor& logVariance);
// What a batch is charged for: each number's divergence, averaged over the batch, but at least `freeNats`; summed.
torch::Tensor charged(const torch::Tensor& divergence, double freeNats);
// z in the forward direction, the gradient of z to rows unchanged (straight through).
torch::Tensor straightThrough(const torch::Tensor& rows, const torch::Tensor& chosen);

}  // namespace imago::vae
