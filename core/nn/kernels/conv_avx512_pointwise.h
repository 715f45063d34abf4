// 1x1 convolutions of stride 1: products of what lies in memory as it is (see the .cpp). Not for callers; include it last.
#pragma once

#include "core/nn/kernels/conv_avx512.h"

namespace imago::nn::conv {

// Weights are packed as the gathering form packs them: [panel][pair of channels][32][2]. Either source has an even number of
// channels.
void pointwiseConvolution(int pixels, const Source& source, const Destination& to, const uint16_t* packed, const float* bias,
                          const uint16_t* residual);

// Pairs of neighbouring pixels, [pair][channel][2] with `stride` values from pair to pair; a last single pixel is paired
// with zeros. channels is a multiple of 32. `sums`, if any, gets the sum of all pixels added.
void interleavePixels(const uint16_t* data, int channels, int count, uint16_t* out, size_t stride, float* sums);

}  // namespace imago::nn::conv
