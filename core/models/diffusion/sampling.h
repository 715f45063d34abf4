// DiffusionSampling: many pictures at once, one network evaluation a call. Pictures go through the network in padded batches
// of one fixed size, so that a picture made again alone, or in another place, is byte-equal. Compute thread.
#pragma once

#include <memory>
#include <vector>

#include "core/diffusion/solver.h"
#include "core/models/diffusion/model.h"
#include "core/models/sampling.h"

namespace imago::diffusion {

class DiffusionSampling final : public SamplingProcess {
  public:
    // The model must outlive it. Picture i depends on seeds[i], classes[i], the settings and the weights alone.
    static Result<std::unique_ptr<SamplingProcess>> make(DiffusionModel& model, const SamplingJobSpec& spec);

    int stepsDone() const override { return m_done; }
    int stepsTotal() const override { return m_total; }
    Result<bool> advance() override;
    at::Tensor preview() const override;
    at::Tensor result() const override;

  private:
    explicit DiffusionSampling(DiffusionModel& model) : m_model(model) {}

    struct Group {  // one padded batch
        std::unique_ptr<Solver> solver;
        Denoiser denoiser;
    };
    at::Tensor gathered(bool finished) const;

    DiffusionModel& m_model;
    std::vector<Group> m_groups;
    std::int64_t m_count = 0;
    int m_done = 0;
    int m_total = 0;
    std::size_t m_next = 0;  // the group whose turn it is
};

}  // namespace imago::diffusion
