#include "core/train/finite_guard.h"

namespace imago {

GuardAction FiniteGuard::note(bool applied) {
    if (applied) {
        m_skippedInRow = 0;
        if (++m_goodSince >= kForgetAfter) m_rollBacks = 0;
        return GuardAction::None;
    }
    ++m_skippedTotal;
    if (++m_skippedInRow <= kSkipsInRow) return GuardAction::Skip;
    m_skippedInRow = 0;
    if (m_rollBacks > 0) return GuardAction::Stop;
    ++m_rollBacks;
    m_goodSince = 0;
    m_rateScale /= 2;
    return GuardAction::RollBack;
}

Json FiniteGuard::toJson() const {
    return {{"skipped_in_row", m_skippedInRow},
            {"skipped_total", m_skippedTotal},
            {"good_since", m_goodSince},
            {"roll_backs", m_rollBacks},
            {"rate_scale", m_rateScale}};
}

void FiniteGuard::fromJson(const Json& json) {
    m_skippedInRow = json.value("skipped_in_row", 0);
    m_skippedTotal = json.value("skipped_total", std::int64_t{0});
    m_goodSince = json.value("good_since", std::int64_t{0});
    m_rollBacks = json.value("roll_backs", 0);
    m_rateScale = json.value("rate_scale", 1.0);
}

}  // namespace imago
