// GanSampling: one network evaluation for a fixed, padded number of pictures, so that a picture made again alone, or in
// another place, is byte-equal. Compute thread.
#pragma once

#include <torch/types.h>

#include <memory>
#include <vector>

#include "core/models/gan/model.h"
#include "core/models/sampling.h"

namespace imago::gan {

class GanSampling final : public SamplingProcess {
  public:
    // The model must outlive it. Picture i depends on seeds[i], classes[i], the settings and the weights alone. Where the
    // model knows classes and none is asked for, the seed draws one.
    static Result<std::unique_ptr<SamplingProcess>> make(GanModel& model, const SamplingJobSpec& spec);

    int stepsDone() const override { return m_done; }
    int stepsTotal() const override { return int(m_groups.size()); }
    Result<bool> advance() override;
    at::Tensor preview() const override;
    at::Tensor result() const override { return preview(); }

  private:
    explicit GanSampling(GanModel& model) : m_model(model) {}

    struct Group {  // one padded batch
        torch::Tensor z, labels, pictures;
    };
    GanModel& m_model;
    std::vector<Group> m_groups;
    std::int64_t m_count = 0;
    int m_done = 0;
};

}  // namespace imago::gan
