// FairShare: says whether more urgent work may run beside a training, so that the training keeps at least half of the time
// of every second. Not thread-safe: the worker holds its lock.
#pragma once

#include <deque>

namespace imago {

class FairShare {
  public:
    // Work other than training held the lane from start to end while a training could have run.
    void add(double start, double end);
    // May more of it start now? A slice is expected to last as long as the longest of the last
    // ten seconds. The window is a second, or
    // twice the longest slice when that does not fit half a second (a slice cannot be interrupted).
    bool allows(double now);

  private:
    struct Interval {
        double start, end;
    };
    void renew(double now);

    std::deque<Interval> m_intervals;           // in order, not overlapping
    double m_longest = 0, m_longestBefore = 0;  // of this period and of the one before it
    double m_period = 0;                        // when this period began
};

}  // namespace imago
