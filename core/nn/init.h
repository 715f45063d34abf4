// Initial values of parameters: counter-based draws, equal on every device and for every layout. Any thread.
#pragma once

#include <cstdint>

#include "core/nn/parameters.h"

namespace imago::nn {

// Fills n values as `init` says. Draws are keyed by (seed, parameter's index, element).
void fillInitial(float* values, std::int64_t n, const Init& init, std::uint64_t seed, std::uint32_t parameter);

// Dropout's factors for one image: 0 with probability p, else `keep`. Draws are keyed by (seed, step, layer, image, element).
void fillDropout(float* values, std::int64_t n, double p, float keep, std::uint64_t seed, std::uint64_t step, std::uint32_t layer,
                 std::uint32_t image);

}  // namespace imago::nn
