// StepClock: how much of this thread's time went into convolutions since the last reset; what the benchmark reports.
#pragma once

#include <chrono>

namespace imago::nn {

class StepClock {
  public:
    static void reset() { t_seconds = 0; }
    static double convolutionSeconds() { return t_seconds; }

    // Counts its own lifetime.
    class Convolution {
      public:
        Convolution() : m_start(std::chrono::steady_clock::now()) {}
        ~Convolution() { t_seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - m_start).count(); }
        Convolution(const Convolution&) = delete;
        Convolution& operator=(const Convolution&) = delete;

      private:
        std::chrono::steady_clock::time_point m_start;
    };

  private:
    static inline thread_local double t_seconds = 0;
};

}  // namespace imago::nn
