#include "core/tensor/random_tensor.h"

#include <torch/types.h>

#include <numeric>
#include <span>

namespace imago {

namespace {

std::size_t count(const std::vector<std::int64_t>& shape) {
    return std::size_t(std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()));
}

// Drawn on the host; a card gets them from pinned memory by a copy that waits for nothing.
at::Tensor host(const std::vector<std::int64_t>& shape, const Device& device) {
    return at::empty(shape, at::TensorOptions().dtype(at::kFloat).pinned_memory(device.isCuda()));
}

at::Tensor onDevice(const at::Tensor& values, const Device& device) {
    return device.isCuda() ? values.to(torchDevice(device), /*non_blocking=*/true) : values;
}

}  // namespace

at::Tensor normalTensor(const RandomKey& key, std::uint64_t firstIndex, const std::vector<std::int64_t>& shape, const Device& device) {
    const at::Tensor out = host(shape, device);
    fillNormal(key, firstIndex, std::span(out.data_ptr<float>(), count(shape)));
    return onDevice(out, device);
}

at::Tensor uniformTensor(const RandomKey& key, std::uint64_t firstIndex, const std::vector<std::int64_t>& shape, const Device& device) {
    const at::Tensor out = host(shape, device);
    fillUniform(key, firstIndex, std::span(out.data_ptr<float>(), count(shape)));
    return onDevice(out, device);
}

at::Tensor normalPerSeed(const std::vector<std::uint64_t>& seeds, Purpose purpose, std::uint64_t step,
                         const std::vector<std::int64_t>& shape, const Device& device) {
    std::vector<std::int64_t> whole{std::int64_t(seeds.size())};
    whole.insert(whole.end(), shape.begin(), shape.end());
    const at::Tensor out = host(whole, device);
    const std::size_t each = count(shape);
    for (std::size_t i = 0; i < seeds.size(); ++i)
        fillNormal({seeds[i], purpose, step}, 0, std::span(out.data_ptr<float>() + i * each, each));
    return onDevice(out, device);
}

}  // namespace imago
