// What the instruction-specific convolution files share with their dispatcher. Not for callers.
#pragma once

#include "core/nn/kernels/conv_bf16.h"

#include <bit>

namespace imago::nn::conv {

inline float fromBf16(std::uint16_t bits) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// Round to nearest even; NaN stays NaN.
inline std::uint16_t toBf16(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    if ((bits & 0x7fffffffU) > 0x7f800000U) return static_cast<std::uint16_t>((bits >> 16) | 0x40U);
    return static_cast<std::uint16_t>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
}

// Strides of a master weight [cout][channels][taps] in either layout.
struct WeightStrides {
    std::size_t out, in, tap;
    WeightStrides(const ConvShape& s, ConvWeightLayout layout)
        : out(static_cast<std::size_t>(s.channels()) * static_cast<std::size_t>(s.taps())),
          in(layout == ConvWeightLayout::Ohwi ? 1 : static_cast<std::size_t>(s.taps())),
          tap(layout == ConvWeightLayout::Ohwi ? static_cast<std::size_t>(s.channels()) : 1) {}
    std::size_t at(int o, int i, int t) const {
        return static_cast<std::size_t>(o) * out + static_cast<std::size_t>(i) * in + static_cast<std::size_t>(t) * tap;
    }
};

// One implementation of the six operations of conv_bf16.h.
struct ConvKernels {
    std::size_t (*packedForwardBytes)(const ConvShape&);
    std::size_t (*packedBackwardBytes)(const ConvShape&);
    void (*packForward)(const ConvShape&, const float*, ConvWeightLayout, void*);
    void (*packBackward)(const ConvShape&, const float*, ConvWeightLayout, void*);
    void (*forward)(const ConvShape&, const std::uint16_t*, const std::uint16_t*, const void*, const float*, const std::uint16_t*,
                    std::uint16_t*, ConvWorkspace&);
    void (*backwardData)(const ConvShape&, const std::uint16_t*, const void*, std::uint16_t*, std::uint16_t*, ConvWorkspace&);
    void (*backwardWeight)(const ConvShape&, const std::uint16_t*, const std::uint16_t*, const std::uint16_t*, ConvWeightLayout, float*,
                           float*, ConvWorkspace&);
};

const ConvKernels& portableKernels();
// Those that serve a shape best on a CPU with AVX-512 bf16; null where the program is compiled for other CPUs.
const ConvKernels* avx512Kernels(const ConvShape& shape);

}  // namespace imago::nn::conv
