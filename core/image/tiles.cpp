#include "core/image/tiles.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <type_traits>

namespace imago {

namespace {

int along(int picture, int tile, int overlap) {
    assert(tile > 0 && overlap >= 0 && 2 * overlap <= tile);
    const int step = tile - overlap;
    return 1 + (std::max(0, picture - tile) + step - 1) / step;
}

// The weights of one row or column of tiles, in parts of overlap + 1. At most two share a pixel; theirs sum to overlap + 1.
struct Ramp {
    int overlap, step;
    bool first, last;

    bool shared(int at) const { return !first && at < overlap; }  // with the one before
    int own(int at) const {
        if (shared(at)) return at + 1;
        return !last && at >= step ? overlap - (at - step) : overlap + 1;
    }
    int upToHere(int at) const { return shared(at) ? overlap + 1 : own(at); }  // of this one and those before
};

template <class S>
S mixed(S under, S over, double share) {
    const double value = double(under) + (double(over) - double(under)) * share;
    if constexpr (std::is_floating_point_v<S>)
        return static_cast<S>(value);
    else
        return static_cast<S>(std::lround(value));  // never outside the two
}

template <class S>
void fadeIn(Image& picture, const TileGrid& grid, std::size_t tile, const ImageView& pixels) {
    const PixelRect rect = grid.inside(tile);
    const int column = static_cast<int>(tile) % grid.columns(), row = static_cast<int>(tile) / grid.columns(), full = grid.overlap + 1;
    const Ramp across{grid.overlap, grid.tileWidth - grid.overlap, column == 0, column + 1 == grid.columns()};
    const Ramp down{grid.overlap, grid.tileHeight - grid.overlap, row == 0, row + 1 == grid.rows()};
    for (int y = 0; y < rect.height; ++y) {
        const S* from = pixels.row<S>(y);
        S* to = picture.row<S>(rect.y + y) + rect.x * picture.channels();
        const int above = down.upToHere(y) - down.own(y);  // weight of the tiles of the rows before
        for (int x = 0; x < rect.width; ++x, from += pixels.channels, to += pixels.channels) {
            // Of this tile, over that of all tiles so far. With the last tile the weights have summed to full * full.
            const int own = across.own(x) * down.own(y), soFar = above * full + across.upToHere(x) * down.own(y);
            if (own == soFar)
                std::copy_n(from, pixels.channels, to);
            else
                for (int c = 0; c < pixels.channels; ++c) to[c] = mixed(to[c], from[c], double(own) / soFar);
        }
    }
}

}  // namespace

int TileGrid::columns() const {
    return along(width, tileWidth, overlap);
}

int TileGrid::rows() const {
    return along(height, tileHeight, overlap);
}

PixelRect TileGrid::rect(std::size_t tile) const {
    const int across = columns(), at = static_cast<int>(tile);
    return {at % across * (tileWidth - overlap), at / across * (tileHeight - overlap), tileWidth, tileHeight};
}

PixelRect TileGrid::inside(std::size_t tile) const {
    return intersected(rect(tile), {0, 0, width, height});
}

Image cutTile(const ImageView& picture, const TileGrid& grid, std::size_t tile) {
    const PixelRect rect = grid.rect(tile);
    const std::size_t pixel = static_cast<std::size_t>(picture.channels) * bytesOfSample(picture.type);
    Image out(rect.width, rect.height, picture.channels, picture.type);
    for (int y = 0; y < rect.height; ++y) {
        const std::uint8_t* from = picture.row<std::uint8_t>(std::min(rect.y + y, picture.height - 1));
        std::uint8_t* to = out.row<std::uint8_t>(y);
        for (int x = 0; x < rect.width; ++x, to += pixel)
            std::memcpy(to, from + pixel * static_cast<std::size_t>(std::min(rect.x + x, picture.width - 1)), pixel);
    }
    return out;
}

void placeTile(Image& picture, const TileGrid& grid, std::size_t tile, const ImageView& pixels) {
    assert(picture.width() == grid.width && picture.height() == grid.height && pixels.width == grid.tileWidth &&
           pixels.height == grid.tileHeight && pixels.channels == picture.channels() && pixels.type == picture.type());
    withSampleType(picture.type(), [&]<class S>(S*) { fadeIn<S>(picture, grid, tile, pixels); });
}

}  // namespace imago
