// Mask: a soft selection over a picture, 0 (not selected) to 255 (all), with the rectangle that has changed since somebody
// last looked. Moved, or copied in words. Belongs to one thread.
#pragma once

#include <span>

#include "core/image/image.h"
#include "core/image/pixel_rect.h"

namespace imago {

class Mask {
  public:
    Mask() = default;
    Mask(int width, int height);  // nothing is selected
    // White is selected. Colour counts by its luma, what is transparent is not selected. All of it is dirty.
    explicit Mask(const ImageView& picture);

    int width() const { return m_pixels.width(); }
    int height() const { return m_pixels.height(); }
    std::uint8_t at(int x, int y) const { return m_pixels.row<std::uint8_t>(y)[x]; }
    ImageView view() const { return m_pixels; }  // one channel, 8 bit: also how it is written into a file

    PixelRect bounds() const;  // the smallest rectangle outside of which nothing is selected; empty: nothing is

    // The way in for whoever paints: pixels [x, x + count) of a row, which are dirty from now on.
    std::span<std::uint8_t> edit(int x, int y, int count);
    void fill(const PixelRect& rect, std::uint8_t value);  // what of it lies inside

    PixelRect dirty() const { return m_dirty; }
    PixelRect takeDirty();  // and nothing is dirty any more

    friend Mask copyOf(const Mask& mask);  // with its dirty rectangle

  private:
    Image m_pixels;
    PixelRect m_dirty;
};

}  // namespace imago
