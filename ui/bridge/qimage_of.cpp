#include "ui/bridge/qimage_of.h"

#include <algorithm>
#include <cmath>

#include "core/image/image.h"

namespace imago {

namespace {

std::uint8_t sampleAt(const ImageView& view, int y, int i) {
    switch (view.type) {
        case PixelType::U8:
            return view.row<std::uint8_t>(y)[i];
        case PixelType::U16:
            return std::uint8_t((view.row<std::uint16_t>(y)[i] + 128) / 257);
        case PixelType::F32:
            return std::uint8_t(std::lround(std::clamp(view.row<float>(y)[i], 0.0F, 1.0F) * 255));
    }
    return 0;
}

}  // namespace

QImage qimageOf(const ImageView& view) {
    if (!view.data || view.width < 1 || view.height < 1) return {};
    const QImage::Format formats[] = {QImage::Format_Grayscale8, QImage::Format_RGBA8888, QImage::Format_RGB888, QImage::Format_RGBA8888};
    QImage image(view.width, view.height, formats[std::clamp(view.channels, 1, 4) - 1]);
    for (int y = 0; y < view.height; ++y) {
        std::uint8_t* out = image.scanLine(y);
        if (view.channels == 2) {
            for (int x = 0; x < view.width; ++x) {
                const std::uint8_t grey = sampleAt(view, y, 2 * x);
                out[4 * x] = out[4 * x + 1] = out[4 * x + 2] = grey;
                out[4 * x + 3] = sampleAt(view, y, 2 * x + 1);
            }
        } else {
            for (int i = 0; i < view.width * view.channels; ++i) out[i] = sampleAt(view, y, i);
        }
    }
    return image;
}

}  // namespace imago
