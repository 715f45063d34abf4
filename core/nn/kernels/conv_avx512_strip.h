// The general AVX-512 bf16 convolution over strips of rows (see its .cpp). Not for callers; include it last.
#pragma once

#include "core/nn/kernels/conv_gather.h"

#include "core/nn/kernels/conv_avx512.h"

namespace imago::nn::conv {

// Weights are packed as the gathering form packs them: [phase][panel][pair of (tap, channel)][32][2]. The number of source
// channels must be even.
void stripConvolution(const GatherPlan& plan, int images, const Source& source, const Destination& to, const uint16_t* packed,
                      const float* bias, const uint16_t* residual, ConvWorkspace& workspace);

}  // namespace imago::nn::conv
