// Speed: pictures a second over the last few seconds, as people are shown it. Pure values, any thread.
#pragma once

#include <cstdint>

namespace imago {

class Speed {
  public:
    void add(double now, std::int64_t pictures);                  // that were learned from since the last call
    double imagesPerSecond() const { return m_imagesPerSecond; }  // 0: not known yet

  private:
    double m_since = -1, m_imagesPerSecond = 0;
    std::int64_t m_pictures = 0;
};

}  // namespace imago
