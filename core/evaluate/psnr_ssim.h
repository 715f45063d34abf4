// PSNR and SSIM (Wang et al. 2004: 11 x 11 Gaussian window of deviation 1.5, K1 0.01, K2 0.03, whole windows only)
// between two pictures of the same size. Any thread.
#pragma once

#include <cstdint>
#include <span>

namespace imago::evaluate {

struct PictureShape {
    int height = 0, width = 0, channels = 1;
};

// Pixels [height, width, channels] in 0 .. peak. Equal pictures give infinity.
double psnr(std::span<const float> a, std::span<const float> b, double peak = 255);

// Mean over channels and windows; 1 for equal pictures. Height and width must be at least 11.
double ssim(std::span<const float> a, std::span<const float> b, const PictureShape& shape, double peak = 255);

}  // namespace imago::evaluate
