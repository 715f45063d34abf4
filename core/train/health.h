// HealthMonitor: says in plain words how a training goes, from its losses alone. Counts steps, never reads a clock, so the
// same run says the same things. Pure values, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/error.h"

namespace imago {

enum class Health { Unknown, Learning, Plateau, Diverging, Unstable, Balanced, Collapsed, CriticWins };
// Whether it is a reason to do something.
bool isAlarm(Health verdict);

class HealthMonitor {
  public:
    // One step's main loss (NaN: not measured). Returns the new verdict when it changed.
    std::optional<Health> add(std::int64_t step, double loss, bool applied);
    Health verdict() const { return m_verdict; }
    // After a roll-back or resume: forgets rows at or after this step.
    void truncate(std::int64_t step);

  private:
    // Losses are averaged over blocks of kBlock steps: single steps of a diffusion model say little.
    struct Block {
        std::int64_t firstStep = 0;
        double sum = 0;
        int count = 0, skipped = 0;
        double mean() const { return count ? sum / count : 0; }
    };
    Health judge() const;

    std::vector<Block> m_blocks;
    Health m_verdict = Health::Unknown;
};

// The sentence of the "health" notice.
Error healthText(Health verdict);
const char* toString(Health verdict);

}  // namespace imago
