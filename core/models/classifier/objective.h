// ClassifierObjective: cross entropy with smoothed labels (Szegedy et al. 2016, section 7) on pictures that are shifted
// and mirrored at random; the draws are keyed by (seed, step, picture). Compute thread.
#pragma once

#include <torch/types.h>

#include <memory>
#include <vector>

#include "core/models/classifier/classifier.h"
#include "core/models/objective.h"
#include "core/nn/precision.h"

namespace imago::classifier {

class ClassifierObjective : public Objective {
  public:
    static Result<std::unique_ptr<Objective>> make(const Json& config, GenerativeModel& model);

    int phases() const override { return 1; }
    std::vector<std::string> lossNames() const override { return {"loss", "accuracy"}; }
    void accumulate(int phase, const Batch& batch, const StepInfo& info, at::Tensor& losses) override;

  private:
    ClassifierObjective(Classifier& model, ClassifierConfig config);

    Classifier& m_model;
    ClassifierConfig m_config;
    nn::Precision m_precision;
};

// x: [N, C, H, W], channels last; each picture is moved by up to `most` places each way, what comes in is mirrored at the
// border. Draws follow those that networkPixels() makes for the same step.
torch::Tensor shifted(const torch::Tensor& x, int most, std::uint64_t seed, std::int64_t step);

}  // namespace imago::classifier
