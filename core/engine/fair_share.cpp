#include "core/engine/fair_share.h"

#include <algorithm>

namespace imago {
namespace {

constexpr double kWindow = 1.0;
constexpr double kMemory = 10.0;
constexpr double kTolerance = 1e-9;  // sums of times are not exact

}  // namespace

void FairShare::renew(double now) {
    if (now < m_period + kMemory) return;
    m_longestBefore = now < m_period + 2 * kMemory ? m_longest : 0;
    m_longest = 0;
    m_period = now;
}

void FairShare::add(double start, double end) {
    if (end <= start) return;
    renew(start);
    m_intervals.push_back({start, end});
    m_longest = std::max(m_longest, end - start);
}

bool FairShare::allows(double now) {
    renew(now);
    const double longest = std::max(m_longest, m_longestBefore);
    const double window = std::max(kWindow, 2 * longest);
    while (!m_intervals.empty() && m_intervals.front().end <= now - window) m_intervals.pop_front();
    // The window that matters is the one at whose end the next slice would end.
    const double from = now + longest - window;
    double used = 0;
    for (const Interval& interval : m_intervals) used += std::max(0.0, interval.end - std::max(interval.start, from));
    return used + longest <= window / 2 + kTolerance;
}

}  // namespace imago
