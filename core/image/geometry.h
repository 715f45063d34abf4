// Geometry: crop, resize, square, grid. The same input gives the same bytes. Any thread.
#pragma once

#include <span>

#include "core/image/image.h"
#include "core/image/pixel_rect.h"

namespace imago {

// A rectangle of it without copying; it must lie inside.
ImageView part(const ImageView& view, const PixelRect& rect);

// The part inside the picture; may be empty.
Image crop(const ImageView& view, int x, int y, int width, int height);

// Area: exact averages, best for making smaller. Bicubic (Catmull-Rom) and Lanczos (three lobes): also for making larger.
enum class Filter { Nearest, Area, Bicubic, Lanczos };
// linearLight: averages light, not sRGB codes (8 and 16 bit only; floats are taken as they are). Alpha is premultiplied meanwhile.
Image resize(const ImageView& view, int width, int height, Filter filter, bool linearLight = false);

// The largest centred square, made size x size.
Image fitSquare(const ImageView& view, int size, Filter filter = Filter::Area, bool linearLight = false);

// Every pixel becomes factor x factor.
Image upscaleNearest(const ImageView& view, int factor);

// Equal tiles, row by row, `gap` pixels between them and no border; missing tiles show the background. Tiles must have
// the same shape and type; the grid has their channels, its background is opaque.
Image makeGrid(std::span<const Image> tiles, int columns, int gap = 0, Rgb background = {});

}  // namespace imago
