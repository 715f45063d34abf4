// Row kernels in portable code.
#include <cmath>
#include <cstdint>
#include <cstring>

#include "core/nn/kernels/row_kernels.h"

#pragma GCC diagnostic ignored "-Wpsabi"  // vectors wider than the target's registers stay inside this file
#pragma GCC optimize("O3")

#include "core/nn/kernels/row_kernels.inc.h"

namespace imago::nn {
IMAGO_ROW_TABLES(Portable)
}
