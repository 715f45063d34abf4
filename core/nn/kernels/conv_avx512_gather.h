// The general AVX-512 bf16 convolution (see its .cpp); arguments as in conv_bf16.h. Not for callers.
#pragma once

#include "core/nn/kernels/conv_gather.h"

namespace imago::nn::conv::gather {

std::size_t packedForwardBytes(const ConvShape&);
std::size_t packedBackwardBytes(const ConvShape&);
void packForward(const ConvShape&, const float*, ConvWeightLayout, void*);
void packBackward(const ConvShape&, const float*, ConvWeightLayout, void*);
void forward(const ConvShape&, const std::uint16_t*, const std::uint16_t*, const void*, const float*, const std::uint16_t*, std::uint16_t*,
             ConvWorkspace&);
void backwardData(const ConvShape&, const std::uint16_t*, const void*, std::uint16_t*, std::uint16_t*, ConvWorkspace&);
void backwardWeight(const ConvShape&, const std::uint16_t*, const std::uint16_t*, const std::uint16_t*, ConvWeightLayout, float*, float*,
                    ConvWorkspace&);

}  // namespace imago::nn::conv::gather
