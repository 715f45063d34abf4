#include "core/models/augment.h"

#include <cmath>
#include <numbers>

#include "core/models/batch_tensor.h"
#include "core/nn/torch_pch.h"
#include "core/tensor/random_tensor.h"

namespace imago {

namespace {

using at::Tensor;

// Draws of the purpose Augment: mirroring counts from 0, these from far above it.
constexpr std::uint64_t kVaryDraws = std::uint64_t(1) << 40, kLabelDraws = std::uint64_t(1) << 41;
constexpr std::int64_t kDraws = 16;  // a picture

Device deviceOf(const Tensor& x) {
    return {x.is_cuda() ? Device::Kind::Cuda : Device::Kind::Cpu, x.is_cuda() ? int(x.device().index()) : 0};
}

// x as seen through a matrix for each picture, in coordinates from -1 to 1: output place (u, v) shows input place M (u, v, 1).
// matrix: [N, 2, 3]. Beyond the edge the pixels of the edge are repeated.
Tensor warped(const Tensor& x, const Tensor& matrix) {
    constexpr int kBilinear = 0, kBorder = 1;
    const Tensor grid = at::affine_grid_generator(matrix, x.sizes(), /*align_corners=*/false);
    return at::grid_sampler(x.contiguous(), grid, kBilinear, kBorder, /*align_corners=*/false);
}

Tensor rows2x3(const std::vector<Tensor>& six) {
    return at::stack(six, 1).view({-1, 2, 3});
}

// Brightness, contrast, saturation and hue. u: [N, 4] in [-1, 1].
Tensor recoloured(const Tensor& x, const Tensor& u, double strength) {
    const std::int64_t n = x.size(0);
    const Tensor brightness = u.select(1, 0).mul(0.4 * strength).view({n, 1, 1, 1}),
                 contrast = (u.select(1, 1) * (0.6 * strength)).exp2().view({n, 1, 1, 1});
    Tensor y = x;
    if (x.size(1) == 3) {
        // Colours stretch and turn around the grey axis.
        const Tensor saturation = (u.select(1, 2) * strength).exp2().view({n, 1, 1}), hue = u.select(1, 3) * (0.5 * strength);
        const Tensor grey = at::full({3, 3}, 1.0 / 3, x.options()), rest = at::eye(3, x.options()) - grey;
        const double k = 1 / std::numbers::sqrt3;
        const Tensor cross = at::tensor({0.0, -k, k, k, 0.0, -k, -k, k, 0.0}, at::kDouble).to(x.options()).view({3, 3});
        const Tensor turn = rest * hue.cos().view({n, 1, 1}) + cross * hue.sin().view({n, 1, 1});  // [N, 3, 3]
        y = at::bmm(grey + saturation * turn, x.reshape({n, 3, -1})).view(x.sizes());
    }
    return (y * contrast + brightness).clamp(-1, 1);
}

}  // namespace

bool varies(const DataSection& section) {
    return section.shift > 0 || section.zoom > 0 || section.colour > 0;
}

Tensor variedPixels(const Batch& batch, const StepInfo& info, const DataSection& section) {
    const torch::NoGradGuard noGradients;
    Tensor x = networkPixels(batch, info, false);  // [N, C, H, W]
    const std::int64_t n = x.size(0);
    const Tensor draws = uniformTensor({info.seed, Purpose::Augment, std::uint64_t(info.step)}, kVaryDraws, {n, kDraws}, deviceOf(x));
    const auto draw = [&](std::int64_t i) { return draws.select(1, i); };
    if (section.shift > 0 || section.zoom > 0) {
        const Tensor size = 1 - draw(0) * section.zoom, zero = at::zeros({n}, x.options());
        // Where the part lies, and whole pixels of moving: nothing is blurred by it.
        const auto moved = [&](std::int64_t i, std::int64_t extent) {
            const double most = std::round(section.shift * static_cast<double>(extent));
            return (draw(i) * (2 * most + 1)).floor().sub(most).clamp(-most, most) * (2.0 / static_cast<double>(extent));
        };
        const Tensor across = (draw(1) * 2 - 1) * (1 - size) - moved(3, x.size(3)),
                     down = (draw(2) * 2 - 1) * (1 - size) - moved(4, x.size(2));
        x = warped(x, rows2x3({size, zero, across, zero, size, down}));
    }
    if (section.colour > 0) x = recoloured(x, draws.narrow(1, 8, 4) * 2 - 1, section.colour);
    return x.contiguous(at::MemoryFormat::ChannelsLast);
}

// Karras et al. 2022, appendix F.2: deviations 0.2 (size and stretch, in octaves) and 1/8 of a side, turns by any angle.
std::vector<Tensor> augmentedWithLabels(const Tensor& x, const StepInfo& info, double probability) {
    const torch::NoGradGuard noGradients;
    const std::int64_t n = x.size(0);
    const RandomKey key{info.seed, Purpose::Augment, std::uint64_t(info.step)};
    const Tensor u = uniformTensor(key, kLabelDraws, {n, kDraws}, deviceOf(x));
    const Tensor g = normalTensor(key, 2 * kLabelDraws, {n, kDraws}, deviceOf(x));
    const auto on = [&](std::int64_t i) { return (u.select(1, i) < probability).to(at::kFloat); };
    const Tensor mirrored = on(0) * (u.select(1, 6) < 0.5), upside = on(1) * (u.select(1, 7) < 0.5);
    const Tensor size = on(2) * g.select(1, 0) * 0.2;
    const Tensor angle = on(3) * (u.select(1, 8) * 2 - 1) * std::numbers::pi;
    const Tensor stretch = on(4) * g.select(1, 1) * 0.2, direction = (u.select(1, 9) * 2 - 1) * std::numbers::pi;
    const Tensor moves = on(5), right = moves * g.select(1, 2) * 0.125, down = moves * g.select(1, 3) * 0.125;

    // From the output back to the input, last change first: moved, stretched, turned, sized, turned over.
    const Tensor flipX = 1 - 2 * mirrored, flipY = 1 - 2 * upside, grow = (-size).exp2();
    const Tensor ca = angle.cos(), sa = angle.sin(), cd = direction.cos(), sd = direction.sin();
    const Tensor a = (-stretch).exp2(), b = stretch.exp2();  // along the direction and across it
    const Tensor sxx = a * cd * cd + b * sd * sd, sxy = (a - b) * cd * sd, syy = a * sd * sd + b * cd * cd;
    const Tensor mxx = flipX * grow * (ca * sxx + sa * sxy), mxy = flipX * grow * (ca * sxy + sa * syy);
    const Tensor myx = flipY * grow * (ca * sxy - sa * sxx), myy = flipY * grow * (ca * syy - sa * sxy);
    const Tensor tx = -2 * right, ty = -2 * down;
    const Tensor seen = warped(x, rows2x3({mxx, mxy, mxx * tx + mxy * ty, myx, myy, myx * tx + myy * ty}));
    const Tensor labels = at::stack({mirrored, upside, size, ca - 1, sa, stretch * cd, stretch * sd, 8 * right, 8 * down}, 1);
    return {seen.contiguous(at::MemoryFormat::ChannelsLast), labels};
}

}  // namespace imago
