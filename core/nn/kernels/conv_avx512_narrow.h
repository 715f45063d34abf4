// 3x3 convolutions between a picture of one to three channels and many channels: a network's first and last layer
// (see the .cpp); arguments as in conv_bf16.h. Not for callers.
#pragma once

#include "core/nn/kernels/conv_internal.h"

namespace imago::nn::conv::narrow {

// Whether it serves this shape; depends on channels, kernel, stride only.
bool fits(const ConvShape&);

std::size_t packedForwardBytes(const ConvShape&);
std::size_t packedBackwardBytes(const ConvShape&);
void packForward(const ConvShape&, const float*, ConvWeightLayout, void*);
void packBackward(const ConvShape&, const float*, ConvWeightLayout, void*);
void forward(const ConvShape&, const std::uint16_t*, const std::uint16_t*, const void*, const float*, const std::uint16_t*, std::uint16_t*,
             ConvWorkspace&);
void backwardData(const ConvShape&, const std::uint16_t*, const void*, std::uint16_t*, std::uint16_t*, ConvWorkspace&);
void backwardWeight(const ConvShape&, const std::uint16_t*, const std::uint16_t*, const std::uint16_t*, ConvWeightLayout, float*, float*,
                    ConvWorkspace&);

}  // namespace imago::nn::conv::narrow
