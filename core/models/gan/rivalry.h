// RivalryMonitor: says how a training of two networks against each other goes, from its metrics alone: whether the pictures
// made still differ, and whether the critic leaves the generator a chance. Counts steps, never reads a clock. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/models/health.h"

namespace imago::gan {

class RivalryMonitor final : public HealthMonitor {
  public:
    // The metrics that it reads, by name; others are passed over, and one that is not there says nothing:
    // told_apart (share of real-made pairs that the critic puts in order; 0.5 is guessing), variety (mean distance of two made
    // pictures, relative to real ones), twins (share of nearly equal pairs among the made).
    explicit RivalryMonitor(const std::vector<std::string>& columns);

    std::optional<Health> add(std::int64_t step, const std::vector<float>& metrics, bool applied) override;
    Health verdict() const override { return m_verdict; }
    void truncate(std::int64_t step) override;

  private:
    struct Mean {
        double sum = 0;
        int count = 0;
        void add(double value);
        double value(double none) const { return count ? sum / count : none; }
    };
    struct Block {
        std::int64_t firstStep = 0;
        int steps = 0, skipped = 0;
        Mean toldApart, variety, twins;
    };
    Health judge() const;

    int m_toldApart = -1, m_variety = -1, m_twins = -1;  // columns
    std::vector<Block> m_blocks;
    Health m_verdict = Health::Unknown;
};

}  // namespace imago::gan
