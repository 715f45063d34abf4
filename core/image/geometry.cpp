#include "core/image/geometry.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstring>
#include <vector>

namespace imago {

namespace {

std::size_t pixelBytes(const ImageView& view) {
    return static_cast<std::size_t>(view.channels) * bytesOfSample(view.type);
}

float sinc(float x) {
    if (x == 0.0F) return 1.0F;
    x *= 3.14159265358979F;
    return std::sin(x) / x;
}

float kernel(Filter filter, float x) {
    x = std::abs(x);
    if (filter == Filter::Lanczos) return x < 3.0F ? sinc(x) * sinc(x / 3.0F) : 0.0F;
    // Keys 1981 with a = -1/2 (Catmull-Rom).
    if (x < 1.0F) return (1.5F * x - 2.5F) * x * x + 1.0F;
    if (x < 2.0F) return ((-0.5F * x + 2.5F) * x - 4.0F) * x + 2.0F;
    return 0.0F;
}

// For each output position: the first input and the weights of it and its followers.
struct Taps {
    std::vector<int> first, count;
    std::vector<float> weights;  // `width` a position
    int width = 0;
};

Taps makeTaps(int from, int to, Filter filter) {
    Taps taps;
    const double ratio = static_cast<double>(from) / to, widen = std::max(1.0, ratio);
    const double radius = filter == Filter::Lanczos ? 3 * widen : filter == Filter::Bicubic ? 2 * widen : 0.5 * ratio;
    taps.width = static_cast<int>(std::ceil(2 * radius)) + 2;
    taps.first.resize(static_cast<std::size_t>(to));
    taps.count.resize(static_cast<std::size_t>(to));
    taps.weights.resize(static_cast<std::size_t>(to) * static_cast<std::size_t>(taps.width));
    for (int i = 0; i < to; ++i) {
        const double centre = (i + 0.5) * ratio, low = centre - radius, high = centre + radius;
        const int begin = std::clamp(static_cast<int>(std::floor(low)), 0, from - 1);
        const int end = std::clamp(static_cast<int>(std::ceil(high)), begin + 1, std::min(from, begin + taps.width));
        float* weights = taps.weights.data() + static_cast<std::size_t>(i) * static_cast<std::size_t>(taps.width);
        double sum = 0;
        for (int j = begin; j < end; ++j) {
            // Area: the length of the input pixel that lies under the output pixel.
            const double w = filter == Filter::Area ? std::max(0.0, std::min(high, j + 1.0) - std::max(low, static_cast<double>(j)))
                                                    : kernel(filter, static_cast<float>((j + 0.5 - centre) / widen));
            weights[j - begin] = static_cast<float>(w);
            sum += weights[j - begin];
        }
        for (int j = begin; j < end; ++j) weights[j - begin] = static_cast<float>(weights[j - begin] / sum);
        taps.first[static_cast<std::size_t>(i)] = begin;
        taps.count[static_cast<std::size_t>(i)] = end - begin;
    }
    return taps;
}

// IEC 61966-2-1.
float toLight(float code) {
    return code <= 0.04045F ? code / 12.92F : std::pow((code + 0.055F) / 1.055F, 2.4F);
}
float toCode(float light) {
    return light <= 0.0031308F ? light * 12.92F : 1.055F * std::pow(light, 1.0F / 2.4F) - 0.055F;
}

template <class S>
constexpr float kFull = sizeof(S) == 1   ? 255.0F
                        : sizeof(S) == 2 ? 65535.0F
                                         : 1.0F;

// Rows to floats in [0, 1] (premultiplied, linear if wanted) and back.
template <class S>
class RowCodec {
  public:
    RowCodec(int channels, bool linearLight) : m_channels(channels), m_alpha(channels == 2 || channels == 4) {
        m_linear = linearLight && sizeof(S) <= 2;
        if (!m_linear) return;
        m_table.resize(static_cast<std::size_t>(kFull<S>) + 1);
        for (std::size_t i = 0; i < m_table.size(); ++i) m_table[i] = toLight(static_cast<float>(i) / kFull<S>);
    }

    void read(const S* from, float* to, int width) const {
        const int colours = m_channels - (m_alpha ? 1 : 0);
        for (int x = 0; x < width; ++x, from += m_channels, to += m_channels) {
            const float alpha = m_alpha ? static_cast<float>(from[colours]) / kFull<S> : 1.0F;
            for (int c = 0; c < colours; ++c)
                to[c] = (m_linear ? m_table[static_cast<std::size_t>(from[c])] : static_cast<float>(from[c]) / kFull<S>)*alpha;
            if (m_alpha) to[colours] = alpha;
        }
    }

    void write(const float* from, S* to, int width) const {
        const int colours = m_channels - (m_alpha ? 1 : 0);
        for (int x = 0; x < width; ++x, from += m_channels, to += m_channels) {
            const float alpha = m_alpha ? from[colours] : 1.0F;
            for (int c = 0; c < colours; ++c) {
                float value = m_alpha ? (alpha > 1e-6F ? from[c] / alpha : 0.0F) : from[c];
                if (m_linear) value = toCode(std::clamp(value, 0.0F, 1.0F));
                to[c] = sample(value);
            }
            if (m_alpha) to[colours] = sample(alpha);
        }
    }

  private:
    static S sample(float value) {
        if constexpr (std::is_same_v<S, float>)
            return value;
        else
            return static_cast<S>(std::clamp(value, 0.0F, 1.0F) * kFull<S> + 0.5F);
    }

    int m_channels;
    bool m_alpha, m_linear = false;
    std::vector<float> m_table;
};

template <class S>
Image resizeAs(const ImageView& view, int width, int height, Filter filter, bool linearLight) {
    const auto channels = static_cast<std::size_t>(view.channels);
    const RowCodec<S> codec(view.channels, linearLight);
    const Taps across = makeTaps(view.width, width, filter), down = makeTaps(view.height, height, filter);
    Image out(width, height, view.channels, view.type);
    const std::size_t rowFloats = static_cast<std::size_t>(width) * channels;
    std::vector<float> wide(static_cast<std::size_t>(view.width) * channels), sum(rowFloats);
    // A ring of rows already made narrow; rows are needed in order.
    const int ringRows = down.width;
    std::vector<float> ring(rowFloats * static_cast<std::size_t>(ringRows));
    const auto ringRow = [&](int y) { return ring.data() + rowFloats * static_cast<std::size_t>(y % ringRows); };
    const auto narrow = [&](int y) {
        codec.read(view.row<S>(y), wide.data(), view.width);
        float* to = ringRow(y);
        for (int x = 0; x < width; ++x, to += channels) {
            const float* weights = across.weights.data() + static_cast<std::size_t>(x) * static_cast<std::size_t>(across.width);
            const float* from = wide.data() + static_cast<std::size_t>(across.first[static_cast<std::size_t>(x)]) * channels;
            float total[4] = {};
            for (int k = 0; k < across.count[static_cast<std::size_t>(x)]; ++k, from += channels)
                for (std::size_t c = 0; c < channels; ++c) total[c] += weights[k] * from[c];
            for (std::size_t c = 0; c < channels; ++c) to[c] = total[c];
        }
    };
    int made = 0;
    for (int y = 0; y < height; ++y) {
        const int first = down.first[static_cast<std::size_t>(y)], count = down.count[static_cast<std::size_t>(y)];
        for (made = std::max(made, first); made < first + count; ++made) narrow(made);
        const float* weights = down.weights.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(down.width);
        std::fill(sum.begin(), sum.end(), 0.0F);
        for (int k = 0; k < count; ++k) {
            const float* from = ringRow(first + k);
            for (std::size_t i = 0; i < rowFloats; ++i) sum[i] += weights[k] * from[i];
        }
        codec.write(sum.data(), out.row<S>(y), width);
    }
    return out;
}

Image resizeNearest(const ImageView& view, int width, int height) {
    Image out(width, height, view.channels, view.type);
    const std::size_t pixel = pixelBytes(view);
    for (int y = 0; y < height; ++y) {
        const auto fromY = static_cast<int>((2 * std::int64_t(y) + 1) * view.height / (2 * std::int64_t(height)));
        const std::uint8_t* from = view.row<std::uint8_t>(fromY);
        std::uint8_t* to = out.row<std::uint8_t>(y);
        for (int x = 0; x < width; ++x, to += pixel) {
            const auto fromX = static_cast<std::size_t>((2 * std::int64_t(x) + 1) * view.width / (2 * std::int64_t(width)));
            std::memcpy(to, from + fromX * pixel, pixel);
        }
    }
    return out;
}

}  // namespace

ImageView part(const ImageView& view, const PixelRect& rect) {
    assert(!rect.isEmpty() && intersected(rect, {0, 0, view.width, view.height}) == rect);
    ImageView out = view;
    out.data += view.stride * static_cast<std::size_t>(rect.y) + pixelBytes(view) * static_cast<std::size_t>(rect.x);
    out.width = rect.width;
    out.height = rect.height;
    return out;
}

Image crop(const ImageView& view, int x, int y, int width, int height) {
    const auto end = [](int from, int size, int limit) {
        return static_cast<int>(std::clamp<std::int64_t>(std::int64_t(from) + size, 0, limit));
    };
    const int left = std::max(0, x), top = std::max(0, y), right = end(x, width, view.width), bottom = end(y, height, view.height);
    if (right <= left || bottom <= top) return {};
    return copyOf(part(view, {left, top, right - left, bottom - top}));
}

Image resize(const ImageView& view, int width, int height, Filter filter, bool linearLight) {
    assert(view.width > 0 && view.height > 0 && width > 0 && height > 0);
    if (width == view.width && height == view.height) return copyOf(view);
    if (filter == Filter::Nearest) return resizeNearest(view, width, height);
    switch (view.type) {
        case PixelType::U8:
            return resizeAs<std::uint8_t>(view, width, height, filter, linearLight);
        case PixelType::U16:
            return resizeAs<std::uint16_t>(view, width, height, filter, linearLight);
        case PixelType::F32:
            return resizeAs<float>(view, width, height, filter, linearLight);
    }
    return {};
}

Image fitSquare(const ImageView& view, int size, Filter filter, bool linearLight) {
    const int side = std::min(view.width, view.height);
    return resize(part(view, {(view.width - side) / 2, (view.height - side) / 2, side, side}), size, size, filter, linearLight);
}

Image upscaleNearest(const ImageView& view, int factor) {
    assert(factor >= 1);
    return resizeNearest(view, view.width * factor, view.height * factor);
}

Image makeGrid(std::span<const Image> tiles, int columns, int gap, Rgb background) {
    assert(columns >= 1 && gap >= 0);
    if (tiles.empty()) return {};
    const Image& first = tiles.front();
    columns = std::min(columns, static_cast<int>(tiles.size()));
    const int rows = (static_cast<int>(tiles.size()) + columns - 1) / columns;
    // The background in the tiles' own channels and samples.
    Image paint(1, 1, 3);
    std::memcpy(paint.data(), std::array<std::uint8_t, 3>{background.red, background.green, background.blue}.data(), 3);
    const Image ground = withType(withChannels(paint, first.channels()), first.type());
    Image out = resizeNearest(ground, columns * first.width() + (columns - 1) * gap, rows * first.height() + (rows - 1) * gap);
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        const Image& tile = tiles[i];
        assert(tile.width() == first.width() && tile.height() == first.height() && tile.channels() == first.channels() &&
               tile.type() == first.type());
        const int x = static_cast<int>(i) % columns * (first.width() + gap), y = static_cast<int>(i) / columns * (first.height() + gap);
        for (int row = 0; row < tile.height(); ++row)
            std::memcpy(out.row<std::uint8_t>(y + row) + static_cast<std::size_t>(x) * pixelBytes(first.view()),
                        tile.row<std::uint8_t>(row), tile.stride());
    }
    return out;
}

}  // namespace imago
