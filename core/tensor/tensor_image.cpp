#include "core/tensor/tensor_image.h"

#include <torch/types.h>

#include <cassert>
#include <cstring>

namespace imago {

std::vector<Image> imagesOf(const at::Tensor& x, PixelType type) {
    const at::Tensor zeroToTwo = at::nan_to_num(x.detach().to(at::kCPU, at::kFloat), -1).clamp(-1, 1).add(1);
    // [N, H, W, C]; 16 bits by way of floats, as LibTorch has no such numbers.
    const at::Tensor pixels =
        (type == PixelType::U8 ? zeroToTwo.mul(127.5).round().to(at::kByte) : zeroToTwo.div(2)).permute({0, 2, 3, 1}).contiguous();
    std::vector<Image> images;
    for (std::int64_t i = 0; i < pixels.size(0); ++i) {
        Image image(int(pixels.size(2)), int(pixels.size(1)), int(pixels.size(3)), type == PixelType::U8 ? type : PixelType::F32);
        std::memcpy(image.data(), pixels[i].data_ptr(), image.byteCount());
        images.push_back(type == PixelType::U16 ? withType(image, type) : std::move(image));
    }
    return images;
}

at::Tensor tensorOf(std::span<const ImageView> views) {
    assert(!views.empty());
    const ImageView& first = views.front();
    const bool bytes = first.type == PixelType::U8;
    at::Tensor pixels = at::empty({std::int64_t(views.size()), first.height, first.width, first.channels}, bytes ? at::kByte : at::kFloat);
    auto* to = static_cast<std::uint8_t*>(pixels.data_ptr());
    for (const ImageView& view : views) {
        assert(view.type == first.type && view.width == first.width && view.height == first.height && view.channels == first.channels);
        const Image floats = bytes ? Image() : withType(view, PixelType::F32);
        const ImageView from = bytes ? view : floats.view();
        const std::size_t row = static_cast<std::size_t>(from.width * from.channels) * bytesOfSample(from.type);
        for (int y = 0; y < from.height; ++y, to += row) std::memcpy(to, from.row<std::uint8_t>(y), row);
    }
    return (bytes ? floatPixels(pixels) : pixels.permute({0, 3, 1, 2}).mul(2).sub_(1)).contiguous();
}

at::Tensor floatPixels(const at::Tensor& bytes) {
    return bytes.permute({0, 3, 1, 2}).to(at::kFloat).div_(127.5).sub_(1);
}

}  // namespace imago
