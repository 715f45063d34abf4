#include "ui/widgets/preview_frame.h"

#include <algorithm>

namespace imago {

int PreviewFrame::tiles() const {
    const int cells = std::max(1, columns) * std::max(1, rows);
    return seeds.empty() ? cells : std::min(cells, int(seeds.size()));
}

QSize PreviewFrame::tileSize() const {
    return {image.width() / std::max(1, columns), image.height() / std::max(1, rows)};
}

QRect PreviewFrame::tileRect(int tile) const {
    const QSize size = tileSize();
    const int c = std::max(1, columns);
    return {QPoint((tile % c) * size.width(), (tile / c) * size.height()), size};
}

int frameAt(const PreviewFrames& frames, double step) {
    const auto after =
        std::upper_bound(frames.begin(), frames.end(), step, [](double s, const PreviewFrame& frame) { return s < double(frame.step); });
    return int(after - frames.begin()) - 1;
}

}  // namespace imago
