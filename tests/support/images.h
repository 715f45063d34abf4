// Pictures for tests: by chance, smooth or flat, and what there is to compare.
#pragma once

#include <cmath>
#include <cstdlib>
#include <initializer_list>
#include <random>
#include <vector>

#include "core/image/image.h"

namespace imago::test {

using File = std::vector<std::uint8_t>;

inline Image randomImage(int width, int height, int channels, PixelType type, unsigned seed) {
    std::mt19937 rng(seed);
    Image out(width, height, channels, type);
    for (int y = 0; y < height; ++y)
        for (int i = 0; i < width * channels; ++i) {
            if (type == PixelType::U8) out.row<std::uint8_t>(y)[i] = std::uint8_t(rng());
            if (type == PixelType::U16) out.row<std::uint16_t>(y)[i] = std::uint16_t(rng());
            if (type == PixelType::F32) out.row<float>(y)[i] = float(rng() >> 8) * 0x1p-24F;
        }
    return out;
}

// Smooth, as photographs are.
inline Image smoothImage(int width, int height, int channels) {
    Image out(width, height, channels);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < channels; ++c)
                out.row<std::uint8_t>(y)[x * channels + c] = std::uint8_t(128 + 100 * std::sin(x * 0.05 + c) * std::cos(y * 0.04 + 2 * c));
    return out;
}

inline Image filled(int width, int height, std::initializer_list<int> pixel) {
    Image out(width, height, int(pixel.size()));
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) std::copy(pixel.begin(), pixel.end(), out.row<std::uint8_t>(y) + x * int(pixel.size()));
    return out;
}

inline int largestDifference(const Image& a, const Image& b) {
    if (a.width() != b.width() || a.height() != b.height() || a.channels() != b.channels()) return 1000;
    int worst = 0;
    for (std::size_t i = 0; i < a.byteCount(); ++i) worst = std::max(worst, std::abs(int(a.data()[i]) - int(b.data()[i])));
    return worst;
}

inline std::vector<int> samples(const Image& image) {
    std::vector<int> out;
    for (int y = 0; y < image.height(); ++y)
        for (int i = 0; i < image.width() * image.channels(); ++i)
            out.push_back(image.type() == PixelType::U16 ? image.row<std::uint16_t>(y)[i] : image.row<std::uint8_t>(y)[i]);
    return out;
}

}  // namespace imago::test
