// Chooses between the two AVX-512 convolutions; the choice depends on channels and kernel only, because packed
// weights must not depend on the size of the picture.
#include "core/nn/kernels/conv_avx512_gather.h"

namespace imago::nn::conv {

const ConvKernels* avx512Kernels() {
#if defined(__x86_64__)
    static const ConvKernels kernels{
        gather::packedForwardBytes, gather::packedBackwardBytes, gather::packForward, gather::packBackward, gather::forward,
        gather::backwardData,       gather::backwardWeight};
    return &kernels;
#else
    return nullptr;
#endif
}

}  // namespace imago::nn::conv
