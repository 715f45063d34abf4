// Features: one row of numbers a picture, what the distances of this room compare. Plain values, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace imago::evaluate {

struct Features {
    std::int64_t rows = 0;      // pictures
    std::int64_t dims = 0;      // numbers a picture
    std::vector<float> values;  // [rows, dims]

    const float* row(std::int64_t i) const { return values.data() + i * dims; }
};

// Pictures of one size, 8 bits a channel as a file would hold them.
struct PictureSet {
    std::int64_t count = 0;
    int channels = 1, height = 28, width = 28;
    std::vector<std::uint8_t> pixels;  // [count, height, width, channels]
    std::vector<int> classes;          // one a picture, -1 = none; may be empty

    std::int64_t bytesEach() const { return std::int64_t{channels} * height * width; }
    std::uint8_t* picture(std::int64_t i) { return pixels.data() + i * bytesEach(); }
    const std::uint8_t* picture(std::int64_t i) const { return pixels.data() + i * bytesEach(); }
    bool sameShape(const PictureSet& o) const { return channels == o.channels && height == o.height && width == o.width; }
};

}  // namespace imago::evaluate
