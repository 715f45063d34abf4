// Precision and recall (Kynkaanniemi et al. 2019), density and coverage (Naeem et al. 2020) of generated pictures among
// real ones, by balls around features that reach to the k-th neighbour. Compute thread.
#pragma once

#include "core/evaluate/features.h"

namespace imago::evaluate {

struct Prdc {
    double precision = 0;  // share of the generated that lie in a ball of a real one
    double recall = 0;     // share of the real that lie in a ball of a generated one
    double density = 0;    // how many balls of real ones a generated one lies in, over k: 1 is par, may exceed 1
    double coverage = 0;   // share of the real whose ball holds a generated one
};

// Each set needs more than k rows. Time and memory: n^2 and n (distances are made in blocks).
Prdc prdc(const Features& real, const Features& generated, int k = 5);

}  // namespace imago::evaluate
