// Chooses between the two AVX-512 convolutions; the choice depends on channels and kernel only, because packed
// weights must not depend on the size of the picture.
#include "core/nn/kernels/conv_avx512_gather.h"
#include "core/nn/kernels/conv_avx512_winograd.h"

namespace imago::nn::conv {

#if defined(__x86_64__)
namespace {

using std::uint16_t;

std::size_t packedForwardBytes(const ConvShape& s) {
    return winograd::fits(s) ? winograd::packedForwardBytes(s) : gather::packedForwardBytes(s);
}

std::size_t packedBackwardBytes(const ConvShape& s) {
    return winograd::fits(s) ? winograd::packedBackwardBytes(s) : gather::packedBackwardBytes(s);
}

void packForward(const ConvShape& s, const float* weight, ConvWeightLayout layout, void* packed) {
    (winograd::fits(s) ? winograd::packForward : gather::packForward)(s, weight, layout, packed);
}

void packBackward(const ConvShape& s, const float* weight, ConvWeightLayout layout, void* packed) {
    (winograd::fits(s) ? winograd::packBackward : gather::packBackward)(s, weight, layout, packed);
}

void forward(const ConvShape& s, const uint16_t* x, const uint16_t* x2, const void* packed, const float* bias, const uint16_t* residual,
             uint16_t* y, ConvWorkspace& workspace) {
    (winograd::fits(s) ? winograd::forward : gather::forward)(s, x, x2, packed, bias, residual, y, workspace);
}

void backwardData(const ConvShape& s, const uint16_t* gy, const void* packed, uint16_t* gx, uint16_t* gx2, ConvWorkspace& workspace) {
    (winograd::fits(s) ? winograd::backwardData : gather::backwardData)(s, gy, packed, gx, gx2, workspace);
}

void backwardWeight(const ConvShape& s, const uint16_t* x, const uint16_t* x2, const uint16_t* gy, ConvWeightLayout layout, float* gw,
                    float* gb, ConvWorkspace& workspace) {
    (winograd::fits(s) ? winograd::backwardWeight : gather::backwardWeight)(s, x, x2, gy, layout, gw, gb, workspace);
}

}  // namespace
#endif

const ConvKernels* avx512Kernels() {
#if defined(__x86_64__)
    static const ConvKernels kernels{packedForwardBytes, packedBackwardBytes, packForward, packBackward, forward,
                                     backwardData,       backwardWeight};
    return &kernels;
#else
    return nullptr;
#endif
}

}  // namespace imago::nn::conv
