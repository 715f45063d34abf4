// Tiles: a picture that is larger than a model's own size goes through it in pieces. Cut with overlap, blended back. Any thread.
#pragma once

#include <cstddef>

#include "core/image/image.h"
#include "core/image/pixel_rect.h"

namespace imago {

// Tiles of one size, row by row. The last column and row may reach beyond the picture.
struct TileGrid {
    int width = 0, height = 0;          // of the picture
    int tileWidth = 0, tileHeight = 0;  // of a tile
    int overlap = 0;                    // pixels that neighbours share; at most half of a side

    int columns() const;
    int rows() const;
    std::size_t count() const { return static_cast<std::size_t>(columns()) * static_cast<std::size_t>(rows()); }
    PixelRect rect(std::size_t tile) const;    // may reach beyond the picture
    PixelRect inside(std::size_t tile) const;  // what of it lies in the picture
};

// Beyond the border the last row and column are repeated.
Image cutTile(const ImageView& picture, const TileGrid& grid, std::size_t tile);

// Puts a tile in its place. Tiles come in the order of the grid, each once: where one overlaps those before it, it fades in
// with weights that grow in a straight line over the overlap, such that all weights of a pixel sum to one. Tiles as they
// were cut give the picture back exactly. `pixels` and `picture` are of one kind.
void placeTile(Image& picture, const TileGrid& grid, std::size_t tile, const ImageView& pixels);

}  // namespace imago
