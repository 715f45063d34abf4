// DiffAugment (Zhao et al. 2020): brightness, saturation and contrast, shift, a hole. Differentiable by the pictures, twice
// too; draws are keyed by (seed, step, picture). Compute thread.
#pragma once

#include <torch/types.h>

#include "core/models/gan/config.h"
#include "core/models/objective.h"

namespace imago::gan {

// x: [N, C, H, W] in [-1, 1]. `stream` separates the draws of the pictures shown in one step (real, made, ...).
torch::Tensor diffAugment(const torch::Tensor& x, const AugmentSection& config, const StepInfo& info, int stream);

}  // namespace imago::gan
