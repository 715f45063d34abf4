// The counter-based draws of core/base/random.h as tensors: element e of a tensor is draw firstIndex + e, counted in the
// tensor's logical (row-major) order, the same numbers on every device. Compute thread; nothing waits for the device.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/random.h"
#include "core/tensor/device.h"

namespace at {
class Tensor;
}

namespace imago {

at::Tensor normalTensor(const RandomKey& key, std::uint64_t firstIndex, const std::vector<std::int64_t>& shape, const Device& device);
at::Tensor uniformTensor(const RandomKey& key, std::uint64_t firstIndex, const std::vector<std::int64_t>& shape, const Device& device);

// One tensor [seeds.size(), shape...]: row i holds draws 0.. of key {seeds[i], purpose, step}, so that a picture depends on
// its own seed alone, wherever it stands.
at::Tensor normalPerSeed(const std::vector<std::uint64_t>& seeds, Purpose purpose, std::uint64_t step,
                         const std::vector<std::int64_t>& shape, const Device& device);

}  // namespace imago
