// HealthMonitor: says in plain words how a training goes, from its metrics alone. Which one fits is the objective's to say.
// Counts steps, never reads a clock, so the same run says the same things. Pure values, any thread.
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
    virtual ~HealthMonitor() = default;
    // One step's metrics, the objective's losses first and in its order (NaN: not measured). Returns the new verdict when it
    // changed.
    virtual std::optional<Health> add(std::int64_t step, const std::vector<float>& metrics, bool applied) = 0;
    virtual Health verdict() const = 0;
    // After a roll-back: forgets rows at or after this step.
    virtual void truncate(std::int64_t step) = 0;
};

// Of one network: its first loss should fall.
class FallingLoss final : public HealthMonitor {
  public:
    // task: the metric that says what is asked of the network, if that changes. Losses from before a change do not count
    // against those after it.
    explicit FallingLoss(std::optional<std::size_t> task = std::nullopt) : m_task(task) {}
    std::optional<Health> add(std::int64_t step, const std::vector<float>& metrics, bool applied) override;
    Health verdict() const override { return m_verdict; }
    void truncate(std::int64_t step) override;

  private:
    // Losses are averaged over blocks of kBlock steps: single steps of a diffusion model say little.
    struct Block {
        std::int64_t firstStep = 0;
        double sum = 0;
        int count = 0, skipped = 0;
        double mean() const { return count ? sum / count : 0; }
    };
    Health judge() const;

    std::optional<std::size_t> m_task;
    std::optional<float> m_asked;  // the newest value of that metric
    std::vector<Block> m_blocks;
    Health m_verdict = Health::Unknown;
};

// The sentence of the "health" notice.
Error healthText(Health verdict);
const char* toString(Health verdict);

}  // namespace imago
