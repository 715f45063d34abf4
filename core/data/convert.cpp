// Pictures made square and brought to the model's size and channels.
#include <algorithm>
#include <cstring>

#include "core/base/hash.h"
#include "core/data/sources.h"
#include "core/image/geometry.h"

namespace imago {

Image squarePicture(const ImageView& view, int side, bool pad, Rgb ground) {
    const int shorter = std::min(view.width, view.height), longer = std::max(view.width, view.height);
    const Filter filter = (pad ? longer : shorter) >= side ? Filter::Area : Filter::Bicubic;
    if (!pad || view.width == view.height) return fitSquare(view, side, filter);
    // Made small before it is laid on its ground: a panorama never becomes a square of its own length.
    const auto scaled = [&](int length) { return std::max(1, static_cast<int>((2LL * length * side + longer) / (2LL * longer))); };
    const Image small = resize(view, scaled(view.width), scaled(view.height), filter);
    Image paint(1, 1, 3);
    paint.data()[0] = ground.red, paint.data()[1] = ground.green, paint.data()[2] = ground.blue;
    Image square = upscaleNearest(withType(withChannels(paint, view.channels), view.type), side);
    const int x = (side - small.width()) / 2, y = (side - small.height()) / 2;
    const std::size_t pixel = static_cast<std::size_t>(view.channels) * bytesOfSample(view.type);
    for (int row = 0; row < small.height(); ++row)
        std::memcpy(square.row<std::uint8_t>(y + row) + pixel * static_cast<std::size_t>(x), small.row<std::uint8_t>(row), small.stride());
    return square;
}

std::size_t bytesOfItem(const DataShape& shape) {
    return static_cast<std::size_t>(shape.channels) * static_cast<std::size_t>(shape.height) * static_cast<std::size_t>(shape.width);
}

DataShape convertedShape(DataShape shape, const DatasetOptions& options) {
    if (options.channels > 0) shape.channels = options.channels;
    if (options.resolution > 0) shape.height = shape.width = options.resolution;
    return shape;
}

Image convertedPicture(const std::uint8_t* pixels, const DataShape& from, const DatasetOptions& options) {
    const DataShape to = convertedShape(from, options);
    const ImageView view{pixels,        from.width,    from.height,
                         from.channels, PixelType::U8, static_cast<std::size_t>(from.width) * static_cast<std::size_t>(from.channels)};
    Image image = withChannels(view, to.channels);
    if (to.height == from.height && to.width == from.width) return image;
    return squarePicture(image, options.resolution, options.pad, {options.ground[0], options.ground[1], options.ground[2]});
}

Result<void> convertContents(DatasetContents& contents, const DatasetOptions& options) {
    const DataShape from = contents.shape;
    const std::size_t itemBytes = bytesOfItem(from), count = contents.pixels.size() / itemBytes;
    const bool hashed = contents.hashes.size() == count;
    contents.hashes.resize(count);
    for (std::size_t i = 0; i < count && !hashed; ++i) {
        Sha256 hash;
        hash.update({contents.pixels.data() + i * itemBytes, itemBytes});
        contents.hashes[i] = hash.finish();
    }
    contents.shape = convertedShape(from, options);
    if (contents.shape.channels == from.channels && contents.shape.height == from.height && contents.shape.width == from.width) return {};
    const std::size_t newBytes = bytesOfItem(contents.shape);
    IMAGO_TRY(checkFitsInMemory(count, newBytes));
    std::vector<std::uint8_t> pixels;
    pixels.reserve(count * newBytes);
    for (std::size_t i = 0; i < count; ++i) {
        const Image image = convertedPicture(contents.pixels.data() + i * itemBytes, from, options);
        pixels.insert(pixels.end(), image.data(), image.data() + image.byteCount());
        if (options.progress && i % 4096 == 0 && !options.progress(i, count))
            return Error{ErrorCode::Cancelled, IMAGO_TR("Reading the pictures was cancelled.")};
    }
    contents.pixels = std::move(pixels);
    return {};
}

}  // namespace imago
