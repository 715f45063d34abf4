// How pictures are varied each time they are shown. Plain variation (the models learn it as part of the data), and the
// labelled kind of Karras et al. 2022 (the network is told, so that what it makes is not varied). Everything is a function of
// (seed, step, position): a resumed run sees the same. Compute thread.
#pragma once

#include <cstdint>
#include <vector>

#include "core/models/objective.h"
#include "core/models/training_config.h"

namespace imago {

inline constexpr int kAugmentLabels = 9;

// Moved, cut closer and recoloured as the section says: float [N, C, H, W] in [-1, 1], channels last. Mirroring is not in
// it (networkPixels does that).
bool varies(const DataSection& section);
at::Tensor variedPixels(const Batch& batch, const StepInfo& info, const DataSection& section);

// Each of the geometric changes with the given probability. x: float [N, C, H, W] in [-1, 1]. labels: float
// [N, kAugmentLabels], all zero where nothing was changed: mirrored, upside down, log2 of the size, cosine - 1 and sine of the
// turn, log2 of the stretch times cosine and sine of its direction, moved right and down in sides / 8.
// Gives {pictures, labels}.
std::vector<at::Tensor> augmentedWithLabels(const at::Tensor& x, const StepInfo& info, double probability);

}  // namespace imago
