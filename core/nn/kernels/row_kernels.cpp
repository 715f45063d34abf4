// Chooses among the instruction sets.
#include "core/nn/kernels/row_kernels.h"

#include "core/tensor/device.h"

namespace imago::nn {

extern const NormKernels<float> kNormFloatPortable, kNormFloatAvx2, kNormFloatAvx512;
extern const NormKernels<std::uint16_t> kNormBf16Portable, kNormBf16Avx2, kNormBf16Avx512;
extern const StepKernels kStepPortable, kStepAvx2, kStepAvx512;

bool rowIsaAvailable(RowIsa isa) {
    const auto& cpu = cpuFeatures();
    return isa == RowIsa::Avx512 ? cpu.avx512 : isa == RowIsa::Avx2 ? cpu.avx2 : true;
}

RowIsa bestRowIsa() {
    static const RowIsa best = rowIsaAvailable(RowIsa::Avx512) ? RowIsa::Avx512
                               : rowIsaAvailable(RowIsa::Avx2) ? RowIsa::Avx2
                                                               : RowIsa::Portable;
    return best;
}

template <>
const NormKernels<float>& normKernels<float>(RowIsa isa) {
    return isa == RowIsa::Avx512 ? kNormFloatAvx512 : isa == RowIsa::Avx2 ? kNormFloatAvx2 : kNormFloatPortable;
}

template <>
const NormKernels<std::uint16_t>& normKernels<std::uint16_t>(RowIsa isa) {
    return isa == RowIsa::Avx512 ? kNormBf16Avx512 : isa == RowIsa::Avx2 ? kNormBf16Avx2 : kNormBf16Portable;
}

const StepKernels& stepKernels(RowIsa isa) {
    return isa == RowIsa::Avx512 ? kStepAvx512 : isa == RowIsa::Avx2 ? kStepAvx2 : kStepPortable;
}

}  // namespace imago::nn
