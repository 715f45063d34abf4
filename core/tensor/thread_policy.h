// ThreadPolicy: how many threads the compute thread's team should have while other programs use the machine.
// It watches what /proc/stat counts busy beyond this process. poll() is called by the compute thread between steps.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace imago {

struct CpuTimes {
    double seconds = 0;  // clock
    double busy = 0;     // CPU seconds spent by the whole machine
    double own = 0;      // CPU seconds spent by this process
};
CpuTimes readCpuTimes();  // Linux; zeros elsewhere

class ThreadPolicy {
  public:
    struct Change {
        int from = 0;
        int to = 0;
        double othersBusy = 0;  // processors that others kept busy
    };

    // threads: 0 is auto (as many as processors are free), else fixed. The clock and the times come from `read`.
    explicit ThreadPolicy(int threads, std::function<void(const Change&)> changed = {}, std::function<CpuTimes()> read = readCpuTimes,
                          int processors = 0);

    // Applies a change of the team when one is due; cheap enough for every step (reads at most four times a second).
    // Returns the present number of threads. Only the compute thread may call it.
    int poll();
    int threads() const { return m_threads; }
    bool automatic() const { return m_automatic; }

  private:
    bool m_automatic;
    int m_maximum;
    int m_threads;
    double m_above = 0;  // seconds that fewer (or more) threads have been called for
    double m_below = 0;
    CpuTimes m_last;
    std::function<void(const Change&)> m_changed;
    std::function<CpuTimes()> m_read;
};

}  // namespace imago
