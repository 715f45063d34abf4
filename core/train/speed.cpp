#include "core/train/speed.h"

namespace imago {

void Speed::add(double now, std::int64_t pictures) {
    constexpr double kWindow = 3;                      // seconds that it looks back over
    if (m_since < 0 || now - m_since > 4 * kWindow) {  // the beginning, or after a pause
        m_since = now;
        m_pictures = 0;
        return;
    }
    m_pictures += pictures;
    const double span = now - m_since;
    if (span < kWindow && (m_imagesPerSecond > 0 || span <= 0)) return;
    m_imagesPerSecond = static_cast<double>(m_pictures) / span;
    if (span < kWindow) return;
    m_since = now;
    m_pictures = 0;
}

}  // namespace imago
