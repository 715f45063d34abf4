#include "core/image/image.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

namespace imago {

std::size_t bytesOfSample(PixelType type) {
    return type == PixelType::U8 ? 1 : type == PixelType::U16 ? 2 : 4;
}

Result<void> checkImageSize(std::int64_t width, std::int64_t height, int channels, std::size_t sampleBytes, const std::string& name,
                            const ImageLimits& limits) {
    const auto size = std::to_string(width) + " x " + std::to_string(height);
    if (width < 1 || height < 1)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("{file} has no pixels: its header says {size}."),
                     {{"file", name}, {"size", size}},
                     IMAGO_TR("The file is damaged; export the picture again.")};
    if (width > limits.side || height > limits.side || std::uint64_t(width) * std::uint64_t(height) > limits.pixels ||
        std::uint64_t(width) * std::uint64_t(height) * std::uint64_t(channels) * sampleBytes > limits.decodedBytes)
        return Error{
            ErrorCode::BadInput,
            IMAGO_TR("{file} is too large: {size} pixels; at most {side} a side and {pixels} million in all are read."),
            {{"file", name}, {"size", size}, {"side", std::to_string(limits.side)}, {"pixels", std::to_string(limits.pixels / 1'000'000)}},
            IMAGO_TR("Make it smaller in another program first.")};
    return {};
}

Image::Image(int width, int height, int channels, PixelType type) : m_width(width), m_height(height), m_channels(channels), m_type(type) {
    assert(width >= 0 && height >= 0 && channels >= 1 && channels <= 4);
    m_stride = static_cast<std::size_t>(width) * static_cast<std::size_t>(channels) * bytesOfSample(type);
    m_pixels.resize(m_stride * static_cast<std::size_t>(height));
}

Image copyOf(const ImageView& view) {
    Image out(view.width, view.height, view.channels, view.type);
    for (int y = 0; y < view.height; ++y) std::memcpy(out.row<std::uint8_t>(y), view.row<std::uint8_t>(y), out.stride());
    return out;
}

std::vector<ImageView> viewsOf(std::span<const Image> images) {
    return {images.begin(), images.end()};
}

namespace {

template <class To, class From>
To convertSample(From value) {
    if constexpr (std::is_same_v<To, From>) {
        return value;
    } else if constexpr (std::is_same_v<From, std::uint8_t> && std::is_same_v<To, std::uint16_t>) {
        return static_cast<To>(value * 257U);
    } else if constexpr (std::is_same_v<From, std::uint16_t> && std::is_same_v<To, std::uint8_t>) {
        return static_cast<To>((value + 128U) / 257U);
    } else if constexpr (std::is_same_v<To, float>) {
        return static_cast<float>(value) / kFull<From>;
    } else {
        const float scaled = value * kFull<To>;
        if (!(scaled > 0.0F)) return 0;  // also NaN
        return static_cast<To>(std::min(scaled, kFull<To>) + 0.5F);
    }
}

template <class To, class From>
void convertRows(Image& out, const ImageView& view) {
    const std::size_t samples = static_cast<std::size_t>(view.width) * static_cast<std::size_t>(view.channels);
    for (int y = 0; y < view.height; ++y) {
        const From* from = view.row<From>(y);
        To* to = out.row<To>(y);
        for (std::size_t i = 0; i < samples; ++i) to[i] = convertSample<To>(from[i]);
    }
}

template <class S>
S rounded(float value) {
    if constexpr (std::is_same_v<S, float>)
        return value;
    else
        return static_cast<S>(std::clamp(value, 0.0F, kFull<S>) + 0.5F);
}

template <class S>
void mixChannels(Image& out, const ImageView& view, Rgb ground) {
    const bool colourIn = view.channels >= 3, alphaIn = view.hasAlpha(), colourOut = out.channels() >= 3, alphaOut = out.hasAlpha();
    const float full = kFull<S>;
    const float under[3] = {ground.red / 255.0F * full, ground.green / 255.0F * full, ground.blue / 255.0F * full};
    for (int y = 0; y < view.height; ++y) {
        const S* from = view.row<S>(y);
        S* to = out.row<S>(y);
        for (int x = 0; x < view.width; ++x, from += view.channels, to += out.channels()) {
            float rgb[3];
            for (int c = 0; c < 3; ++c) rgb[c] = static_cast<float>(from[colourIn ? c : 0]);
            const S alpha = alphaIn ? from[view.channels - 1] : static_cast<S>(full);
            const bool composite = alphaIn && !alphaOut;
            if (composite) {
                const float a = static_cast<float>(alpha) / full;
                for (int c = 0; c < 3; ++c) rgb[c] = rgb[c] * a + under[c] * (1.0F - a);
            }
            if (colourOut) {
                for (int c = 0; c < 3; ++c) to[c] = rounded<S>(rgb[c]);
            } else if (rgb[0] == rgb[1] && rgb[1] == rgb[2]) {
                to[0] = rounded<S>(rgb[0]);
            } else {
                to[0] = rounded<S>(0.2126F * rgb[0] + 0.7152F * rgb[1] + 0.0722F * rgb[2]);
            }
            if (alphaOut) to[out.channels() - 1] = alpha;
        }
    }
}

}  // namespace

Image withType(const ImageView& view, PixelType type) {
    if (type == view.type) return copyOf(view);
    Image out(view.width, view.height, view.channels, type);
    withSampleType(view.type, [&]<class From>(From*) { withSampleType(type, [&]<class To>(To*) { convertRows<To, From>(out, view); }); });
    return out;
}

Image withChannels(const ImageView& view, int channels, Rgb ground) {
    if (channels == view.channels) return copyOf(view);
    Image out(view.width, view.height, channels, view.type);
    withSampleType(view.type, [&]<class S>(S*) { mixChannels<S>(out, view, ground); });
    return out;
}

}  // namespace imago
