// The GAN case of `imago bench train`: our step of both networks beside the same step written plainly with stock modules.
// Compute thread (the command line's main thread).
#pragma once

#include <vector>

#include "core/nn/bench_train.h"

namespace imago::gan {

std::vector<nn::BenchRow> benchGan(const nn::BenchOptions& options);

}  // namespace imago::gan
