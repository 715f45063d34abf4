// VaeSampling: many pictures at once in padded batches of one fixed size, so that a picture made again alone, or in another
// place, is byte-equal. Numbers take one evaluation a batch; codes are chosen in rounds, then decoded. Compute thread.
#pragma once

#include <torch/types.h>

#include <memory>
#include <vector>

#include "core/models/sampling.h"
#include "core/models/vae/model.h"

namespace imago::vae {

class VaeSampling final : public SamplingProcess {
  public:
    // The model must outlive it. Picture i depends on seeds[i], classes[i], the settings and the weights alone.
    static Result<std::unique_ptr<SamplingProcess>> make(VaeModel& model, const SamplingJobSpec& spec);

    int stepsDone() const override { return m_done; }
    int stepsTotal() const override { return m_rounds * static_cast<int>(m_groups.size()); }
    Result<bool> advance() override;
    at::Tensor preview() const override { return result(); }
    at::Tensor result() const override;

    static constexpr std::size_t kBatchCpu = 16, kBatchCuda = 256;

  private:
    explicit VaeSampling(VaeModel& model) : m_model(model) {}

    struct Group {  // one padded batch
        std::vector<std::uint64_t> seeds;
        torch::Tensor labels;    // int64
        torch::Tensor z;         // numbers
        torch::Tensor tokens;    // codes: int64 [n, places], `codes` where not chosen yet
        torch::Tensor turn;      // codes: int64 [n, places], the order in which they are chosen
        torch::Tensor pictures;  // [n, C, H, W] once there are any
    };
    void drawNumbers(Group& group, const std::vector<int>& classes, const Mixture::Host& host) const;
    void beginCodes(Group& group) const;
    void chooseCodes(Group& group, int round) const;

    VaeModel& m_model;
    SamplingConfig m_settings;
    std::vector<Group> m_groups;
    std::int64_t m_count = 0;
    int m_rounds = 1, m_done = 0;
};

}  // namespace imago::vae
