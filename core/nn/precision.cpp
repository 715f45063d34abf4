#include "core/nn/precision.h"

#include "core/tensor/device.h"

namespace imago::nn {

Precision resolvePrecision(Precision wanted, bool cuda) {
    if (wanted != Precision::Auto) return wanted;
    const auto& cpu = cpuFeatures();
    return cuda || cpu.avx512Bf16 || cpu.amxBf16 ? Precision::Bf16 : Precision::Fp32;
}

}  // namespace imago::nn
