// The one place that knows both pictures (HWC, sRGB) and network tensors (float NCHW in [-1, 1]). Compute thread.
#pragma once

#include <span>
#include <vector>

#include "core/image/image.h"

namespace at {
class Tensor;
}

namespace imago {

// x: float [N, C, H, W] in [-1, 1] (clamped), C 1-4, any device. NaN becomes black.
std::vector<Image> imagesOf(const at::Tensor& x, PixelType type = PixelType::U8);

// Pictures of one size and kind, or rectangles of them (image/geometry.h: part()), as float [N, C, H, W] in [-1, 1] on the CPU.
at::Tensor tensorOf(std::span<const ImageView> views);

// Many pictures as they lie in datasets: uint8 [N, H, W, C], any device. float [N, C, H, W] in [-1, 1] on that device,
// channels last in memory.
at::Tensor floatPixels(const at::Tensor& bytes);

}  // namespace imago
