// How far two pictures of the same size and kind are apart: PSNR and SSIM (Wang et al. 2004: 11 x 11 Gaussian window of
// deviation 1.5, K1 0.01, K2 0.03, whole windows only). Any thread.
#pragma once

#include "core/image/image.h"

namespace imago {

// dB over all samples, against the full range of their type. Equal pictures give infinity.
double psnr(const ImageView& a, const ImageView& b);

// Mean over channels and windows; 1 for equal pictures. Height and width must be at least 11.
double ssim(const ImageView& a, const ImageView& b);

}  // namespace imago
