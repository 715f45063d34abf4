// Frechet distance between the Gaussians fitted to two sets of features (Dowson & Landau 1982; on features of a network:
// Heusel et al. 2017). In double precision. Compute thread.
#pragma once

#include <cstdint>
#include <vector>

#include "core/evaluate/features.h"

namespace imago::evaluate {

struct GaussianFit {
    std::int64_t rows = 0;
    std::int64_t dims = 0;
    std::vector<double> mean;        // [dims]
    std::vector<double> covariance;  // [dims, dims], divided by rows - 1
};

// Needs at least two rows.
GaussianFit fitGaussian(const Features& features);

// |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)). Not negative; 0 for equal fits up to rounding.
double frechetDistance(const GaussianFit& a, const GaussianFit& b);

}  // namespace imago::evaluate
