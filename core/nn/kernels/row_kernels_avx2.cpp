// Row kernels in AVX2 code; called only where the processor has it.
#include <cmath>
#include <cstdint>
#include <cstring>

#include "core/nn/kernels/row_kernels.h"

#pragma GCC diagnostic ignored "-Wpsabi"  // vectors wider than the target's registers stay inside this file
#pragma GCC optimize("O3")
#pragma GCC target("avx2,fma")

#include "core/nn/kernels/row_kernels.inc.h"

namespace imago::nn {
IMAGO_ROW_TABLES(Avx2)
}
