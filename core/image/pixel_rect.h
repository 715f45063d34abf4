// PixelRect: a rectangle of whole pixels, from its left top corner. Any thread.
#pragma once

#include <algorithm>

namespace imago {

struct PixelRect {
    int x = 0, y = 0, width = 0, height = 0;

    bool isEmpty() const { return width <= 0 || height <= 0; }
    int right() const { return x + width; }  // the first column and row beyond it
    int bottom() const { return y + height; }
    bool operator==(const PixelRect&) const = default;
};

// What both cover; may be empty.
inline PixelRect intersected(const PixelRect& a, const PixelRect& b) {
    const int x = std::max(a.x, b.x), y = std::max(a.y, b.y);
    const int width = std::min(a.right(), b.right()) - x, height = std::min(a.bottom(), b.bottom()) - y;
    return width > 0 && height > 0 ? PixelRect{x, y, width, height} : PixelRect{};
}

// The smallest that holds both; an empty one adds nothing.
inline PixelRect united(const PixelRect& a, const PixelRect& b) {
    if (a.isEmpty()) return b;
    if (b.isEmpty()) return a;
    const int x = std::min(a.x, b.x), y = std::min(a.y, b.y);
    return {x, y, std::max(a.right(), b.right()) - x, std::max(a.bottom(), b.bottom()) - y};
}

}  // namespace imago
