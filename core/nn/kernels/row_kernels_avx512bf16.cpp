// Row kernels in AVX-512 code with bf16 conversions; called only where the processor has it.
#include <cmath>
#include <cstdint>
#include <cstring>

#include "core/nn/kernels/row_kernels.h"

#pragma GCC diagnostic ignored "-Wpsabi"  // vectors wider than the target's registers stay inside this file
#pragma GCC optimize("O3")
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma,prefer-vector-width=512")

#define IMAGO_ROWS_AVX512
#define IMAGO_ROWS_BF16
#include "core/nn/kernels/row_kernels.inc.h"

namespace imago::nn {
IMAGO_ROW_TABLES(Avx512Bf16)
}
