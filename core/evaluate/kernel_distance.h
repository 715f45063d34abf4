// Kernel distance: unbiased squared maximum mean discrepancy with the kernel (x.y / dims + 1)^3 (Gretton et al. 2012,
// eq. 3; Binkowski et al. 2018). Its expectation does not depend on the number of pictures. Compute thread.
#pragma once

#include <cstdint>
#include <vector>

#include "core/evaluate/features.h"

namespace imago::evaluate {

struct KernelDistanceOptions {
    int subsets = 100;
    std::int64_t subsetSize = 1000;  // less where a set is smaller
    std::uint64_t seed = 0;          // of the subsets
};

struct KernelDistance {
    double mean = 0;
    double deviation = 0;  // between the subsets
    int subsets = 0;       // 1 where both sets are no larger than a subset
    std::int64_t subsetSize = 0;
};

// Of the given rows (at least two of each).
double unbiasedDiscrepancy(const Features& a, const std::vector<std::int64_t>& rowsOfA, const Features& b,
                           const std::vector<std::int64_t>& rowsOfB);

// The mean over random subsets, drawn without replacement.
KernelDistance kernelDistance(const Features& a, const Features& b, const KernelDistanceOptions& options = {});

}  // namespace imago::evaluate
