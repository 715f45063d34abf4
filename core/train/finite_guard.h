// FiniteGuard: what to do about steps whose gradients are not finite. The optimizer has already refused such a step
// (nothing changed); the guard decides when skipping is no longer enough. Pure values, any thread.
#pragma once

#include <cstdint>

#include "core/base/json.h"

namespace imago {

enum class GuardAction {
    None,      // a good step
    Skip,      // refused; go on
    RollBack,  // too many in a row: back to the last good checkpoint with half the rate
    Stop       // rolled back already and it happened again: ErrorCode::Numerical
};

class FiniteGuard {
  public:
    static constexpr int kSkipsInRow = 3;               // this many are forgiven
    static constexpr std::int64_t kForgetAfter = 1000;  // good steps after which an earlier roll-back is forgotten

    // Takes note of one step, in order. After RollBack the caller restores the checkpoint; the guard's own state stays.
    GuardAction note(bool applied);

    double rateScale() const { return m_rateScale; }  // 1, halved by every roll-back
    int skippedInRow() const { return m_skippedInRow; }
    std::int64_t skippedTotal() const { return m_skippedTotal; }

    Json toJson() const;
    void fromJson(const Json& json);
    bool operator==(const FiniteGuard&) const = default;

  private:
    int m_skippedInRow = 0;
    std::int64_t m_skippedTotal = 0;
    std::int64_t m_goodSince = 0;  // good steps since the last roll-back
    int m_rollBacks = 0;           // not yet forgotten
    double m_rateScale = 1;
};

}  // namespace imago
