// The VAE case of `imago bench train`: our step, with the fitting of its mixture, beside the same networks and loss written
// plainly with stock modules and without a mixture. Compute thread (the command line's main thread).
#pragma once

#include <vector>

#include "core/nn/bench_train.h"

namespace imago::vae {

std::vector<nn::BenchRow> benchVae(const nn::BenchOptions& options);

}  // namespace imago::vae
