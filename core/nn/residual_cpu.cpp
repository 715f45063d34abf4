// The residual block as one operator on bf16 channels-last rows:
//   a1 = silu(norm1([x | x2])), h = conv1(a1), a2 = silu(norm2(h) modulated), y = conv2(a2) + skip([x | x2]).
// Kept for backward: x, x2, h and the norms' statistics; a1 and a2 are made again there.
#include <vector>

#include "core/nn/conv_cpu.h"
#include "core/nn/differentiate_again.h"
#include "core/nn/fused_norm.h"
#include "core/nn/yield_point.h"
#include "core/tensor/torch_compat.h"

namespace imago::nn {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

using Bits = std::uint16_t;

// Inputs of the operator in this order.
enum Input {
    X,
    X2,
    ScaleShift,
    Norm1Weight,
    Norm1Bias,
    Conv1Weight,
    Conv1Bias,
    Norm2Weight,
    Norm2Bias,
    Conv2Weight,
    Conv2Bias,
    SkipWeight,
    SkipBias,
    InputCount
};

// Everything of one call that does not change from image to image.
struct Geometry {
    int n, h, w, pixels, in, in2, out;
    ConvShape conv1, conv2, skip;

    Geometry(const ResidualBlock& block, const Tensor& x)
        : n(static_cast<int>(x.size(0))),
          h(static_cast<int>(x.size(2))),
          w(static_cast<int>(x.size(3))),
          pixels(h * w),
          in(block.in),
          in2(block.in2),
          out(block.out) {
        conv1 = shape(in + in2, 0, 3);
        conv2 = shape(out, 0, 3);
        skip = shape(in, in2, 1);
    }
    ConvShape shape(int cin, int cin2, int kernel) const {
        ConvShape s;
        s.n = n, s.h = h, s.w = w;
        s.cin = cin, s.cin2 = cin2, s.cout = out;
        s.kernel = kernel;
        return s;
    }
};

// One norm over the concatenation of up to two inputs, modulated or not; rows of image i.
struct NormRows {
    const NormKernels<Bits>& kernels = normKernels<Bits>(bestRowIsa());
    int channels[2];
    const Bits* inputs[2];
    int pixels, groups;
    const float *weight, *bias;
    const float* scaleShift;  // [N, 2 * total] or null
    float* statistics;        // [N, 2, total]: mean, 1/sigma

    int total() const { return channels[0] + channels[1]; }

    void forward(int i, Bits* y, float* work) const {
        const int c = total();
        float *mean = statistics + static_cast<std::int64_t>(i) * 2 * c, *a = work, *b = work + c, *squares = work + 2 * c;
        for (int part = 0, at = 0; part < 2; at += channels[part++]) {
            if (channels[part]) kernels.moments(row(part, i), channels[part], pixels, channels[part], mean + at, squares + at);
        }
        const float* scale = scaleShift ? scaleShift + static_cast<std::int64_t>(i) * 2 * c : nullptr;
        NormCoefficients::forward(c, groups, pixels, weight, bias, scale, scale ? scale + c : nullptr, mean, squares, mean + c, a, b);
        Bits* out = y + static_cast<std::int64_t>(i) * pixels * c;
        for (int part = 0, at = 0; part < 2; at += channels[part++]) {
            if (channels[part]) kernels.apply(row(part, i), channels[part], pixels, channels[part], a + at, b + at, true, out + at, c);
        }
    }

    // dz: the gradient of the activation, [N, pixels, total], overwritten; y: the activation again. Then dx = .. + add.
    void backward(int i, Bits* dz, Bits* y, const Bits* const (&add)[2], Bits* const (&dx)[2], double* gradWeight, double* gradBias,
                  float* gradScaleShift, float* work) const {
        const int c = total();
        const std::int64_t image = i;
        const float *mean = statistics + image * 2 * c, *deviation = mean + c;
        const float* scale = scaleShift ? scaleShift + image * 2 * c : nullptr;
        float *a = work, *b = a + c, *sums = b + c, *sumsX = sums + c, *p = sumsX + c, *q = p + c, *r = q + c;
        for (int k = 0; k < c; ++k) {
            const float s = scale ? 1 + scale[k] : 1.0F;
            a[k] = deviation[k] * weight[k] * s;
            b[k] = bias[k] * s + (scale ? scale[c + k] : 0.0F) - mean[k] * a[k];
        }
        Bits *up = dz + image * pixels * c, *again = y + image * pixels * c;
        for (int part = 0, at = 0; part < 2; at += channels[part++]) {
            if (!channels[part]) continue;
            kernels.backwardSums(row(part, i), channels[part], up + at, c, pixels, channels[part], a + at, b + at, mean + at, true, up + at,
                                 c, again + at, c, sums + at, sumsX + at);
        }
        float* modulation = gradScaleShift ? gradScaleShift + image * 2 * c : nullptr;
        NormCoefficients::backward(c, groups, pixels, weight, bias, scale, mean, deviation, sums, sumsX, p, q, r, gradWeight, gradBias,
                                   modulation, modulation ? modulation + c : nullptr);
        for (int part = 0, at = 0; part < 2; at += channels[part++]) {
            if (!channels[part] || !dx[part]) continue;
            const std::int64_t first = image * pixels * channels[part];
            kernels.backwardApply(row(part, i), channels[part], up + at, c, pixels, channels[part], p + at, q + at, r + at,
                                  add[part] ? add[part] + first : nullptr, dx[part] + first, channels[part]);
        }
    }

  private:
    const Bits* row(int part, int i) const { return inputs[part] + static_cast<std::int64_t>(i) * pixels * channels[part]; }
};

const Bits* maybeRows(const Tensor& t) {
    return t.defined() ? bf16Rows(t) : nullptr;
}

NormRows normRows1(const Geometry& g, const ResidualBlock& block, const Tensor& x, const Tensor& x2, const float* weight, const float* bias,
                   Tensor& statistics) {
    return {.channels = {g.in, g.in2},
            .inputs = {bf16Rows(x), maybeRows(x2)},
            .pixels = g.pixels,
            .groups = block.norm1.groups,
            .weight = weight,
            .bias = bias,
            .scaleShift = nullptr,
            .statistics = statistics.data_ptr<float>()};
}

NormRows normRows2(const Geometry& g, const ResidualBlock& block, const Tensor& h, const float* weight, const float* bias,
                   const Tensor& scaleShift, Tensor& statistics) {
    return {.channels = {g.out, 0},
            .inputs = {bf16Rows(h), nullptr},
            .pixels = g.pixels,
            .groups = block.norm2.groups,
            .weight = weight,
            .bias = bias,
            .scaleShift = scaleShift.data_ptr<float>(),
            .statistics = statistics.data_ptr<float>()};
}

void forwardImages(const Geometry& g, const NormRows& norm, Tensor& y) {
    Bits* rows = bf16Rows(y);
#pragma omp parallel
    {
        std::vector<float> work(static_cast<std::size_t>(norm.total()) * 3);
#pragma omp for schedule(static)
        for (int i = 0; i < g.n; ++i) norm.forward(i, rows, work.data());
    }
}

// Gradients of weight and bias are gathered per image and added to the arena in order: independent of the team.
void backwardImages(const Geometry& g, const NormRows& norm, Tensor& dz, Tensor& y, const Bits* const (&add)[2], Bits* const (&dx)[2],
                    float* gradWeight, float* gradBias, float* gradScaleShift) {
    const auto c = static_cast<std::size_t>(norm.total());
    std::vector<double> parts(static_cast<std::size_t>(g.n) * 2 * c);
    Bits *up = bf16Rows(dz), *again = bf16Rows(y);
#pragma omp parallel
    {
        std::vector<float> work(c * 7);
#pragma omp for schedule(static)
        for (int i = 0; i < g.n; ++i) {
            double* part = parts.data() + static_cast<std::size_t>(i) * 2 * c;
            norm.backward(i, up, again, add, dx, part, part + c, gradScaleShift, work.data());
        }
    }
    if (!gradWeight) return;
    for (std::size_t k = 0; k < c; ++k) {
        double weight = 0, bias = 0;
        for (std::size_t i = 0; i < static_cast<std::size_t>(g.n); ++i) {
            weight += parts[i * 2 * c + k];
            bias += parts[i * 2 * c + c + k];
        }
        gradWeight[k] += static_cast<float>(weight);
        gradBias[k] += static_cast<float>(bias);
    }
}

Tensor plainResidual(const ResidualBlock& block, const variable_list& in) {
    const auto x = in[X2].defined() ? torch::cat({in[X], in[X2]}, 1) : in[X];
    const auto type = x.scalar_type();
    auto h = groupNormPlain(x, in[Norm1Weight], in[Norm1Bias], block.norm1.groups, true);
    h = torch::conv2d(h, in[Conv1Weight].to(type), in[Conv1Bias].to(type), 1, 1);
    h = groupNormPlain(h, in[Norm2Weight], in[Norm2Bias], block.norm2.groups, true, in[ScaleShift]);
    h = torch::conv2d(h, in[Conv2Weight].to(type), in[Conv2Bias].to(type), 1, 1);
    return h + (in[SkipWeight].defined() ? torch::conv2d(x, in[SkipWeight].to(type), in[SkipBias].to(type)) : x);
}

struct ResidualFunction : torch::autograd::Function<ResidualFunction> {
    static Tensor forward(AutogradContext* ctx, const Tensor& xIn, const MaybeTensor& x2In, const Tensor& scaleShiftIn,
                          const Tensor& norm1Weight, const Tensor& norm1Bias, const Tensor& conv1Weight, const Tensor& conv1Bias,
                          const Tensor& norm2Weight, const Tensor& norm2Bias, const Tensor& conv2Weight, const Tensor& conv2Bias,
                          const MaybeTensor& skipWeight, const MaybeTensor& skipBias, const ResidualBlock* block,
                          const ParameterArena* arena) {
        const auto x = xIn.contiguous(torch::MemoryFormat::ChannelsLast);
        const auto x2 = x2In.has_value() ? x2In->contiguous(torch::MemoryFormat::ChannelsLast) : Tensor();
        const auto scaleShift = scaleShiftIn.contiguous();
        const Geometry g(*block, x);
        const auto source = arena->source();
        auto packed = [&](const Conv2d& conv, const ConvShape& shape) { return conv.packed->forward(shape, *arena, conv.weight, source); };

        yieldNow();
        auto statistics1 = torch::empty({g.n, 2, g.in + g.in2}, torch::kFloat), statistics2 = torch::empty({g.n, 2, g.out}, torch::kFloat);
        auto a1 = emptyRows(x, g.in + g.in2);
        forwardImages(g, normRows1(g, *block, x, x2, norm1Weight.data_ptr<float>(), norm1Bias.data_ptr<float>(), statistics1), a1);
        auto h = emptyRows(x, g.out);
        timedForward(g.conv1, bf16Rows(a1), nullptr, packed(block->conv1, g.conv1), conv1Bias.data_ptr<float>(), nullptr, bf16Rows(h),
                     convWorkspace());
        yieldNow();
        auto a2 = g.out == g.in + g.in2 ? a1 : emptyRows(x, g.out);
        forwardImages(g, normRows2(g, *block, h, norm2Weight.data_ptr<float>(), norm2Bias.data_ptr<float>(), scaleShift, statistics2), a2);
        auto y = emptyRows(x, g.out);
        const Bits* residual = bf16Rows(x);
        if (block->skip.weight >= 0) {
            timedForward(g.skip, bf16Rows(x), maybeRows(x2), packed(block->skip, g.skip), skipBias->data_ptr<float>(), nullptr, bf16Rows(y),
                         convWorkspace());
            residual = bf16Rows(y);
        }
        timedForward(g.conv2, bf16Rows(a2), nullptr, packed(block->conv2, g.conv2), conv2Bias.data_ptr<float>(), residual, bf16Rows(y),
                     convWorkspace());

        ctx->save_for_backward({xIn, x2In.has_value() ? *x2In : Tensor(), scaleShiftIn, norm1Weight, norm1Bias, conv1Weight, conv1Bias,
                                norm2Weight, norm2Bias, conv2Weight, conv2Bias, skipWeight.has_value() ? *skipWeight : Tensor(),
                                skipBias.has_value() ? *skipBias : Tensor()});
        ctx->saved_data["middle"] = h;
        ctx->saved_data["statistics1"] = statistics1;
        ctx->saved_data["statistics2"] = statistics2;
        ctx->saved_data["block"] = reinterpret_cast<std::int64_t>(block);
        ctx->saved_data["arena"] = reinterpret_cast<std::int64_t>(arena);
        ctx->saved_data["source"] = static_cast<std::int64_t>(source);
        return y;
    }

    static variable_list backward(AutogradContext* ctx, variable_list grads) {
        const auto saved = ctx->get_saved_variables();
        const auto& block = *reinterpret_cast<const ResidualBlock*>(ctx->saved_data["block"].toInt());
        const auto& arena = *reinterpret_cast<const ParameterArena*>(ctx->saved_data["arena"].toInt());
        variable_list result(InputCount + 2);
        if (torch::GradMode::is_enabled()) {
            const auto found = differentiateAgain([&](const variable_list& in) { return plainResidual(block, in); }, saved, grads[0]);
            std::copy(found.begin(), found.end(), result.begin());
            return result;
        }
        const auto x = saved[X].contiguous(torch::MemoryFormat::ChannelsLast);
        const auto x2 = saved[X2].defined() ? saved[X2].contiguous(torch::MemoryFormat::ChannelsLast) : Tensor();
        const auto dy = grads[0].contiguous(torch::MemoryFormat::ChannelsLast);
        const auto scaleShift = saved[ScaleShift].contiguous();
        const auto h = ctx->saved_data["middle"].toTensor();
        auto statistics1 = ctx->saved_data["statistics1"].toTensor(), statistics2 = ctx->saved_data["statistics2"].toTensor();
        const Geometry g(block, x);
        const auto source = static_cast<ParameterArena::Source>(ctx->saved_data["source"].toInt());
        const bool learns = saved[Conv1Weight].requires_grad() && wantsWeights(ctx, saved);
        auto gradient = [&](ParameterId id) { return learns ? arena.gradient(id) : nullptr; };
        auto packed = [&](const Conv2d& conv, const ConvShape& shape) { return conv.packed->backward(shape, arena, conv.weight, source); };
        auto& workspace = convWorkspace();

        yieldNow();
        auto dh = emptyRows(x, g.out), a2 = emptyRows(x, g.out);
        timedData(g.conv2, bf16Rows(dy), packed(block.conv2, g.conv2), bf16Rows(dh), nullptr, workspace);
        auto dScaleShift = torch::empty_like(scaleShift);
        backwardImages(
            g, normRows2(g, block, h, saved[Norm2Weight].data_ptr<float>(), saved[Norm2Bias].data_ptr<float>(), scaleShift, statistics2),
            dh, a2, {nullptr, nullptr}, {bf16Rows(dh), nullptr}, gradient(block.norm2.weight), gradient(block.norm2.bias),
            dScaleShift.data_ptr<float>());
        yieldNow();
        if (learns) {
            timedWeight(g.conv2, bf16Rows(a2), nullptr, bf16Rows(dy), ConvWeightLayout::Ohwi, gradient(block.conv2.weight),
                        gradient(block.conv2.bias), workspace);
        }
        yieldNow();
        auto dx = emptyRows(x, g.in), dx2 = g.in2 ? emptyRows(x, g.in2) : Tensor();
        Bits *dxRows = bf16Rows(dx), *dx2Rows = g.in2 ? bf16Rows(dx2) : nullptr;
        const Bits *add = bf16Rows(dy), *add2 = nullptr;
        if (block.skip.weight >= 0) {
            timedData(g.skip, bf16Rows(dy), packed(block.skip, g.skip), dxRows, dx2Rows, workspace);
            add = dxRows;
            add2 = dx2Rows;
            if (learns) {
                timedWeight(g.skip, bf16Rows(x), maybeRows(x2), bf16Rows(dy), ConvWeightLayout::Ohwi, gradient(block.skip.weight),
                            gradient(block.skip.bias), workspace);
            }
            yieldNow();
        }
        auto da1 = emptyRows(x, g.in + g.in2), a1 = emptyRows(x, g.in + g.in2);
        timedData(g.conv1, bf16Rows(dh), packed(block.conv1, g.conv1), bf16Rows(da1), nullptr, workspace);
        yieldNow();
        backwardImages(g, normRows1(g, block, x, x2, saved[Norm1Weight].data_ptr<float>(), saved[Norm1Bias].data_ptr<float>(), statistics1),
                       da1, a1, {add, add2}, {dxRows, dx2Rows}, gradient(block.norm1.weight), gradient(block.norm1.bias), nullptr);
        if (learns) {
            timedWeight(g.conv1, bf16Rows(a1), nullptr, bf16Rows(dh), ConvWeightLayout::Ohwi, gradient(block.conv1.weight),
                        gradient(block.conv1.bias), workspace);
        }
        result[X] = dx;
        result[X2] = dx2;
        result[ScaleShift] = dScaleShift;
        return result;
    }

    // Whether this backward is asked for the parameters' gradients (autograd::grad may ask for the input's alone).
    static bool wantsWeights(AutogradContext* ctx, const variable_list& saved) {
        return ctx->needs_input_grad(saved[X2].defined() ? Conv1Weight : Conv1Weight - 1);
    }
};

}  // namespace

Tensor residualKernel(const Compute& compute, const ResidualBlock& block, const Tensor& x, const Tensor& x2, const Tensor& scaleShift) {
    auto p = [&](ParameterId id) { return compute.arena.weight(id); };
    const bool skips = block.skip.weight >= 0;
    return ResidualFunction::apply(x, maybeTensor(x2), scaleShift, p(block.norm1.weight), p(block.norm1.bias), p(block.conv1.weight),
                                   p(block.conv1.bias), p(block.norm2.weight), p(block.norm2.bias), p(block.conv2.weight),
                                   p(block.conv2.bias), maybeTensor(skips ? p(block.skip.weight) : Tensor()),
                                   maybeTensor(skips ? p(block.skip.bias) : Tensor()), &block, &compute.arena);
}

}  // namespace imago::nn
