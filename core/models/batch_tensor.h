// A training batch as the networks want it, shared by the families. Compute thread.
#pragma once

#include "core/models/objective.h"

namespace imago {

// float [N, C, H, W] in [-1, 1], channels last in memory, on the batch's device. With mirror, half of the pictures are
// left-right reversed, drawn by (seed, Augment, step, position).
at::Tensor networkPixels(const Batch& batch, const StepInfo& info, bool mirror);

}  // namespace imago
