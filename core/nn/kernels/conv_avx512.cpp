// Chooses between the three AVX-512 convolutions; the choice depends on channels and kernel only, because packed
// weights must not depend on the size of the picture.
#include "core/nn/kernels/conv_avx512_gather.h"
#include "core/nn/kernels/conv_avx512_narrow.h"
#include "core/nn/kernels/conv_avx512_winograd.h"

namespace imago::nn::conv {

#if defined(__x86_64__)
namespace {

const ConvKernels kGather{
    gather::packedForwardBytes, gather::packedBackwardBytes, gather::packForward, gather::packBackward, gather::forward,
    gather::backwardData,       gather::backwardWeight};
const ConvKernels kNarrow{
    narrow::packedForwardBytes, narrow::packedBackwardBytes, narrow::packForward, narrow::packBackward, narrow::forward,
    narrow::backwardData,       narrow::backwardWeight};
const ConvKernels kWinograd{
    winograd::packedForwardBytes, winograd::packedBackwardBytes, winograd::packForward, winograd::packBackward, winograd::forward,
    winograd::backwardData,       winograd::backwardWeight};

}  // namespace
#endif

const ConvKernels* avx512Kernels(const ConvShape& shape) {
#if defined(__x86_64__)
    if (winograd::fits(shape)) return &kWinograd;
    if (narrow::fits(shape)) return &kNarrow;
    return &kGather;
#else
    static_cast<void>(shape);
    return nullptr;
#endif
}

}  // namespace imago::nn::conv
