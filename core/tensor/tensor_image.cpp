#include "core/tensor/tensor_image.h"

#include <torch/types.h>

#include <cassert>
#include <cstring>

namespace imago {

std::vector<Image> imagesOf(const at::Tensor& x) {
    const at::Tensor pixels = at::nan_to_num(x.detach().to(at::kCPU, at::kFloat), -1)
                                  .clamp(-1, 1)
                                  .add(1)
                                  .mul(127.5)
                                  .round()
                                  .to(at::kByte)
                                  .permute({0, 2, 3, 1})
                                  .contiguous();
    std::vector<Image> images;
    for (std::int64_t i = 0; i < pixels.size(0); ++i) {
        Image image(int(pixels.size(2)), int(pixels.size(1)), int(pixels.size(3)));
        std::memcpy(image.data(), pixels.data_ptr<std::uint8_t>() + i * std::int64_t(image.byteCount()), image.byteCount());
        images.push_back(std::move(image));
    }
    return images;
}

at::Tensor tensorOf(const std::vector<Image>& images) {
    assert(!images.empty());
    const Image& first = images.front();
    at::Tensor pixels = at::empty({std::int64_t(images.size()), first.height(), first.width(), first.channels()}, at::kByte);
    for (std::size_t i = 0; i < images.size(); ++i) {
        assert(images[i].type() == PixelType::U8 && images[i].byteCount() == first.byteCount());
        std::memcpy(pixels.data_ptr<std::uint8_t>() + i * first.byteCount(), images[i].data(), first.byteCount());
    }
    return pixels.permute({0, 3, 1, 2}).to(at::kFloat).div_(127.5).sub_(1).contiguous();
}

}  // namespace imago
