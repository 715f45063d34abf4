// The one place that knows both pictures (uint8 HWC, sRGB) and network tensors (float NCHW in [-1, 1]). Compute thread.
#pragma once

#include <vector>

#include "core/image/image.h"

namespace at {
class Tensor;
}

namespace imago {

// x: float [N, C, H, W] in [-1, 1] (clamped), C 1 or 3, any device. Grey or RGB of 8 bits. NaN becomes black.
std::vector<Image> imagesOf(const at::Tensor& x);

// Pictures of one size and kind (8 bits) as float [N, C, H, W] in [-1, 1] on the CPU.
at::Tensor tensorOf(const std::vector<Image>& images);

}  // namespace imago
