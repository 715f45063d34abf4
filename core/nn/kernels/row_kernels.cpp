// Chooses among the instruction sets.
#include "core/nn/kernels/row_kernels.h"

#include "core/tensor/device.h"

namespace imago::nn {

#define IMAGO_TABLES(isa)                                   \
    extern const NormKernels<float> kNormFloat##isa;        \
    extern const NormKernels<std::uint16_t> kNormBf16##isa; \
    extern const StepKernels kStep##isa;
IMAGO_TABLES(Portable)
IMAGO_TABLES(Avx2)
IMAGO_TABLES(Avx512)
IMAGO_TABLES(Avx512Bf16)
#undef IMAGO_TABLES

#define IMAGO_CHOOSE(table)           \
    switch (isa) {                    \
        case RowIsa::Avx512Bf16:      \
            return table##Avx512Bf16; \
        case RowIsa::Avx512:          \
            return table##Avx512;     \
        case RowIsa::Avx2:            \
            return table##Avx2;       \
        case RowIsa::Portable:        \
            break;                    \
    }                                 \
    return table##Portable;

bool rowIsaAvailable(RowIsa isa) {
    const auto& cpu = cpuFeatures();
    switch (isa) {
        case RowIsa::Avx512Bf16:
            return cpu.avx512 && cpu.avx512Bf16;
        case RowIsa::Avx512:
            return cpu.avx512;
        case RowIsa::Avx2:
            return cpu.avx2;
        case RowIsa::Portable:
            break;
    }
    return true;
}

RowIsa bestRowIsa() {
    static const RowIsa best = [] {
        for (auto isa : {RowIsa::Avx512Bf16, RowIsa::Avx512, RowIsa::Avx2})
            if (rowIsaAvailable(isa)) return isa;
        return RowIsa::Portable;
    }();
    return best;
}

template <>
const NormKernels<float>& normKernels<float>(RowIsa isa) {
    IMAGO_CHOOSE(kNormFloat)
}

template <>
const NormKernels<std::uint16_t>& normKernels<std::uint16_t>(RowIsa isa) {
    IMAGO_CHOOSE(kNormBf16)
}

const StepKernels& stepKernels(RowIsa isa) {
    IMAGO_CHOOSE(kStep)
}

#undef IMAGO_CHOOSE

}  // namespace imago::nn
