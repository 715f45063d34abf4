// Image: pixels in rows, channels interleaved (HWC), 1-4 channels (grey, grey + alpha, RGB, RGB + alpha), sRGB unless said
// otherwise. Owner and borrowed view. An Image is moved, or copied in words: copyOf(). A shared_ptr<const Image> may cross
// threads; an Image belongs to one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace imago {

enum class PixelType { U8, U16, F32 };
std::size_t bytesOfSample(PixelType type);

template <class S>
inline constexpr PixelType kPixelTypeOf = sizeof(S) == 1   ? PixelType::U8
                                          : sizeof(S) == 2 ? PixelType::U16
                                                           : PixelType::F32;

// White (and opaque): 255, 65535, 1.
template <class S>
inline constexpr float kFull = sizeof(S) == 1   ? 255.0F
                               : sizeof(S) == 2 ? 65535.0F
                                                : 1.0F;

// Calls f with a null pointer of the sample type.
template <class F>
void withSampleType(PixelType type, F&& f) {
    if (type == PixelType::U8) f(static_cast<std::uint8_t*>(nullptr));
    if (type == PixelType::U16) f(static_cast<std::uint16_t*>(nullptr));
    if (type == PixelType::F32) f(static_cast<float*>(nullptr));
}

// Limits of every reader, checked before anything is decoded.
struct ImageLimits {
    int side = 32768;
    std::uint64_t pixels = 268'435'456;
    std::uint64_t decodedBytes = std::uint64_t(4) << 30;
    std::uint64_t fileBytes = std::uint64_t(2) << 30;
};
// name: what the picture is called in the error.
Result<void> checkImageSize(std::int64_t width, std::int64_t height, int channels, std::size_t sampleBytes, const std::string& name,
                            const ImageLimits& limits = {});

// What a file's header says of its picture: its size as seen (turned as the EXIF orientation says).
struct ImageHead {
    int width = 0, height = 0;
    int channels = 3;
};

// Someone else's pixels.
struct ImageView {
    const std::uint8_t* data = nullptr;
    int width = 0, height = 0, channels = 0;
    PixelType type = PixelType::U8;
    std::size_t stride = 0;  // bytes from row to row

    bool hasAlpha() const { return channels == 2 || channels == 4; }
    template <class S>
    const S* row(int y) const {
        return reinterpret_cast<const S*>(data + stride * static_cast<std::size_t>(y));
    }
};

class Image {
  public:
    Image() = default;
    // Black (and transparent). Sizes are a programmer's business: check foreign ones with checkImageSize().
    Image(int width, int height, int channels, PixelType type = PixelType::U8);
    Image(Image&&) noexcept = default;
    Image& operator=(Image&&) noexcept = default;

    int width() const { return m_width; }
    int height() const { return m_height; }
    int channels() const { return m_channels; }
    PixelType type() const { return m_type; }
    bool isNull() const { return m_width == 0 || m_height == 0; }
    bool hasAlpha() const { return m_channels == 2 || m_channels == 4; }
    std::size_t stride() const { return m_stride; }  // bytes; rows follow each other without gaps
    std::size_t byteCount() const { return m_pixels.size(); }

    std::uint8_t* data() { return m_pixels.data(); }
    const std::uint8_t* data() const { return m_pixels.data(); }
    template <class S>
    S* row(int y) {
        return reinterpret_cast<S*>(m_pixels.data() + m_stride * static_cast<std::size_t>(y));
    }
    template <class S>
    const S* row(int y) const {
        return reinterpret_cast<const S*>(m_pixels.data() + m_stride * static_cast<std::size_t>(y));
    }

    ImageView view() const { return {m_pixels.data(), m_width, m_height, m_channels, m_type, m_stride}; }
    operator ImageView() const { return view(); }   // NOLINT: implicit on purpose
    bool operator==(const Image&) const = default;  // same shape, same bytes

  private:
    int m_width = 0, m_height = 0, m_channels = 0;
    PixelType m_type = PixelType::U8;
    std::size_t m_stride = 0;
    std::vector<std::uint8_t> m_pixels;
};

Image copyOf(const ImageView& view);
std::vector<ImageView> viewsOf(std::span<const Image> images);

// Same picture, other samples: full range maps to full range (255 <-> 65535 <-> 1.0), rounded, clamped; NaN becomes 0.
Image withType(const ImageView& view, PixelType type);

struct Rgb {
    std::uint8_t red = 255, green = 255, blue = 255;
    bool operator==(const Rgb&) const = default;
};
// 1 grey, 2 grey + alpha, 3 RGB, 4 RGBA. Alpha that has to go is composited on the ground; alpha that is new is opaque.
// Grey from colour is the luma of Rec. 709.
Image withChannels(const ImageView& view, int channels, Rgb ground = {});

}  // namespace imago
