// PreviewFrame: one picture of a run as the window shows it: a grid of equal tiles at one step. GUI thread.
#pragma once

#include <QImage>
#include <QString>
#include <QStringList>
#include <cstdint>
#include <vector>

namespace imago {

struct PreviewFrame {
    std::int64_t step = 0;
    int columns = 1, rows = 1;
    std::vector<std::uint64_t> seeds;  // one a tile; may be empty
    QStringList labels;                // one a tile; may be empty
    QImage image;
    bool pairs = false;  // rows belong together (pictures over their copies): tiles stay in their columns

    int tiles() const;
    QSize tileSize() const;
    QRect tileRect(int tile) const;  // inside image
};

using PreviewFrames = std::vector<PreviewFrame>;  // ascending steps

// Index of the last frame at or before step; -1 if there is none.
int frameAt(const PreviewFrames& frames, double step);

}  // namespace imago
