// Sliced Wasserstein distance between the patches of two sets of pictures, one figure a level of a Laplacian pyramid
// (Karras et al. 2018, section 5; Rabin et al. 2011). Needs no network. Compute thread.
#pragma once

#include <cstdint>
#include <vector>

#include "core/evaluate/features.h"

namespace imago::evaluate {

// Differs from the paper in two ways: patches of both sets are scaled by the first (real) set's mean and deviation of
// each channel, so that wrong contrast counts too; and both sets are read at the same places, so that equal sets give 0.
struct SwdOptions {
    std::int64_t patches = 65536;  // about so many a level and set
    int patchSize = 7;
    int directions = 128;
    int smallest = 14;  // pyramid levels have at least this height and width
    std::uint64_t seed = 0;
};

struct SwdLevel {
    int height = 0, width = 0;
    double distance = 0;  // times 1000, as the paper prints it
};

struct Swd {
    std::vector<SwdLevel> levels;  // finest first
    double mean = 0;               // over levels
    std::int64_t pictures = 0;     // used of each set: as many as the smaller has
};

Swd slicedWasserstein(const PictureSet& real, const PictureSet& generated, const SwdOptions& options = {});

// The parts, for tests. Mean absolute difference of the sorted projections, averaged over directions; a and b have
// equally many rows; directions: [count, dims], of length 1.
double slicedDistance(const Features& a, const Features& b, const Features& directions);
// One plane [height, width] of floats as its pyramid, finest first: the last level is the small picture itself, the
// others what blurring with [1 4 6 4 1]/16 (edges mirrored), halving, and enlarging again loses.
std::vector<std::vector<float>> laplacianPyramid(const std::vector<float>& plane, int height, int width, int levels);

}  // namespace imago::evaluate
