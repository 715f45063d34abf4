#include "core/image/mask.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace imago {

Mask::Mask(int width, int height) : m_pixels(width, height, 1) {}

Mask::Mask(const ImageView& picture)
    : m_pixels(withChannels(withType(picture, PixelType::U8), 1, Rgb{0, 0, 0})), m_dirty{0, 0, picture.width, picture.height} {}

PixelRect Mask::bounds() const {
    PixelRect out;
    const auto selected = [](std::uint8_t value) { return value > 0; };
    for (int y = 0; y < height(); ++y) {
        const auto *begin = m_pixels.row<std::uint8_t>(y), *end = begin + width();
        const auto* first = std::find_if(begin, end, selected);
        if (first == end) continue;
        const auto last = std::find_if(std::reverse_iterator(end), std::reverse_iterator(first), selected);
        out = united(out, {static_cast<int>(first - begin), y, static_cast<int>(last.base() - first), 1});
    }
    return out;
}

std::span<std::uint8_t> Mask::edit(int x, int y, int count) {
    assert(x >= 0 && y >= 0 && count >= 0 && y < height() && count <= width() - x);
    m_dirty = united(m_dirty, {x, y, count, 1});
    return {m_pixels.row<std::uint8_t>(y) + x, static_cast<std::size_t>(count)};
}

void Mask::fill(const PixelRect& rect, std::uint8_t value) {
    const PixelRect inside = intersected(rect, {0, 0, width(), height()});
    for (int y = inside.y; y < inside.bottom(); ++y) std::ranges::fill(edit(inside.x, y, inside.width), value);
}

PixelRect Mask::takeDirty() {
    return std::exchange(m_dirty, {});
}

Mask copyOf(const Mask& mask) {
    Mask out;
    out.m_pixels = copyOf(mask.m_pixels);
    out.m_dirty = mask.m_dirty;
    return out;
}

}  // namespace imago
