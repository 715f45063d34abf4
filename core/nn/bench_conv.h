// The convolution benchmark behind `imago bench conv`: our bf16 kernels beside LibTorch's convolutions (oneDNN), in bf16
// channels-last and in fp32 as stock modules run them. Compute thread (the command line's main thread).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/nn/bench_train.h"

namespace imago::nn {

// A row for every shape, operation (forward, data gradient, weight gradient) and baseline; values are GFLOP/s of the plain
// sum, the best of alternated rounds. `threads` sizes both teams. `progress` gets a line per shape, may be empty.
std::vector<BenchRow> benchConvKernels(int threads = 2, const std::function<void(const std::string&)>& progress = {});

}  // namespace imago::nn
