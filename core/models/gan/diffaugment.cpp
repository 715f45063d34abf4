#include "core/models/gan/diffaugment.h"

#include <cmath>

#include "core/nn/torch_pch.h"
#include "core/tensor/random_tensor.h"

namespace imago::gan {

using torch::Tensor;

namespace {

constexpr int kDraws = 10;  // of a picture

// [N, extent, extent], row y of picture n has its 1 in column y - shift[n]: what comes from outside is 0, as in the paper.
// As a matrix, so that its derivatives of every order are matrix products.
Tensor shiftMatrix(const Tensor& shift, std::int64_t extent) {
    const Tensor at = torch::arange(extent, shift.options());
    return (at.view({1, extent, 1}) - shift.view({-1, 1, 1})).eq(at.view({1, 1, extent})).to(torch::kFloat);
}

// [N, extent]: 1 inside the hole, which is `size` wide around `middle`.
Tensor within(const Tensor& middle, std::int64_t size, std::int64_t extent) {
    const Tensor distance = torch::arange(extent, middle.options()).view({1, extent}) - middle.view({-1, 1});
    return distance.ge(double(-(size / 2))) & distance.lt(double(size - size / 2));
}

}  // namespace

Tensor diffAugment(const Tensor& x, const AugmentSection& config, const StepInfo& info, int stream) {
    if (config.chance <= 0) return x;
    const std::int64_t n = x.size(0), height = x.size(2), width = x.size(3);
    const bool cuda = x.is_cuda();
    const Device device{cuda ? Device::Kind::Cuda : Device::Kind::Cpu, cuda ? int(x.device().index()) : 0};
    const RandomKey key{info.seed, Purpose::Augment, std::uint64_t(info.step)};
    const std::uint64_t first = (std::uint64_t(stream) + 1) << 34;  // draws before them mirror
    const Tensor u = uniformTensor(key, first, {n, kDraws}, device).to(x.scalar_type());
    const auto draw = [&](int i) { return u.select(1, i).view({n, 1, 1, 1}); };
    const auto done = [&](int i) { return draw(i).lt(config.chance); };
    const auto or_ = [&](const Tensor& whether, const Tensor& value, double neutral) {
        return torch::where(whether, value, torch::full_like(value, neutral));
    };

    Tensor y = x;
    if (config.colour) {
        const Tensor colours = done(0);
        y = y + or_(colours, draw(1) - 0.5, 0);
        if (x.size(1) > 1) {
            const Tensor grey = y.mean(1, true);
            y = (y - grey) * or_(colours, draw(2) * 2, 1) + grey;
        }
        const Tensor mean = y.mean({1, 2, 3}, true);
        y = (y - mean) * or_(colours, draw(3) + 0.5, 1) + mean;
    }
    if (config.shift > 0) {
        const Tensor moved = done(4).flatten();
        const auto amount = [&](int i, std::int64_t extent) {
            const double most = std::floor(double(extent) * config.shift + 0.5);
            return torch::where(moved, torch::floor(u.select(1, i) * (2 * most + 1)) - most, torch::zeros_like(u.select(1, i)));
        };
        const Tensor rows = shiftMatrix(amount(5, height), height).to(x.scalar_type()).unsqueeze(1);  // [N, 1, H, H]
        const Tensor columns = shiftMatrix(amount(6, width), width).to(x.scalar_type()).unsqueeze(1);
        y = torch::matmul(torch::matmul(rows, y), columns.transpose(2, 3));
    }
    if (config.cutout > 0) {
        const auto size = [&](std::int64_t extent) { return std::int64_t(std::floor(double(extent) * config.cutout + 0.5)); };
        const Tensor row = within(torch::floor(u.select(1, 8) * double(height)), size(height), height);
        const Tensor column = within(torch::floor(u.select(1, 9) * double(width)), size(width), width);
        const Tensor hole = row.unsqueeze(2) & column.unsqueeze(1) & done(7).view({n, 1, 1});  // [N, H, W]
        y = y * hole.logical_not().unsqueeze(1).to(x.scalar_type());
    }
    return y;
}

}  // namespace imago::gan
