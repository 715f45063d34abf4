// The residual block as one operator on bf16 channels-last rows:
//   a1 = silu(norm1([x | x2])), h = conv1(a1), a2 = silu(norm2(h) modulated), y = conv2(a2) + skip([x | x2]).
// Kept for backward: x, x2, h and the norms' statistics; a1 and a2 are made again there.
// A few images at a time go through the whole block on one thread, so that what lies between norms and convolutions
// stays in that core's cache; only the weights' gradients are summed over the batch afterwards.
#include <omp.h>

#include <algorithm>
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
    // Multiplications of both 3x3 convolutions of an image.
    double products() const { return 9.0 * pixels * out * (in + in2 + out); }
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

    // y: where image i's activation goes, [pixels, total]
    void forward(int i, Bits* y, float* work) const {
        const int c = total();
        float *mean = statistics + static_cast<std::int64_t>(i) * 2 * c, *a = work, *b = work + c, *squares = work + 2 * c;
        for (int part = 0, at = 0; part < 2; at += channels[part++]) {
            if (channels[part]) kernels.moments(row(part, i), channels[part], pixels, channels[part], mean + at, squares + at);
        }
        const float* scale = scaleShift ? scaleShift + static_cast<std::int64_t>(i) * 2 * c : nullptr;
        NormCoefficients::forward(c, groups, pixels, weight, bias, scale, scale ? scale + c : nullptr, mean, squares, mean + c, a, b);
        for (int part = 0, at = 0; part < 2; at += channels[part++]) {
            if (channels[part]) kernels.apply(row(part, i), channels[part], pixels, channels[part], a + at, b + at, true, y + at, c);
        }
    }

    // dz: the gradient of image i's activation, [pixels, total], overwritten; y: the activation again. Then dx = .. + add,
    // both for the whole batch.
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
        for (int part = 0, at = 0; part < 2; at += channels[part++]) {
            if (!channels[part]) continue;
            kernels.backwardSums(row(part, i), channels[part], dz + at, c, pixels, channels[part], a + at, b + at, mean + at, true, dz + at,
                                 c, y + at, c, sums + at, sumsX + at);
        }
        float* modulation = gradScaleShift ? gradScaleShift + image * 2 * c : nullptr;
        NormCoefficients::backward(c, groups, pixels, weight, bias, scale, mean, deviation, sums, sumsX, p, q, r, gradWeight, gradBias,
                                   modulation, modulation ? modulation + c : nullptr);
        for (int part = 0, at = 0; part < 2; at += channels[part++]) {
            if (!channels[part] || !dx[part]) continue;
            const std::int64_t first = image * pixels * channels[part];
            kernels.backwardApply(row(part, i), channels[part], dz + at, c, pixels, channels[part], p + at, q + at, r + at,
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

// A run of images that one thread takes through a block; where the batch is too small for that, the whole batch, whose
// convolutions then share themselves out to the team.
struct Chunk {
    int first, count;
};

constexpr int kChunkPixels = 256;         // 64 tiles: enough that a convolution's weights are worth loading
constexpr double kStretchProducts = 4e9;  // between two yield points: a few milliseconds on two cores

// visit(chunk) for all images of g, in any order and on any thread; yields now and then.
template <class Visit>
void forEachChunk(const Geometry& g, double productsPerImage, Visit visit) {
    const int team = omp_get_max_threads(), size = (kChunkPixels + g.pixels - 1) / g.pixels;
    if (g.n < 2 * team * size) {
        visit(Chunk{0, g.n});
        return;
    }
    const int chunks = (g.n + size - 1) / size;
    const int wave = std::max(2 * team, static_cast<int>(kStretchProducts / (productsPerImage * size)) / (2 * team) * 2 * team);
    for (int begin = 0; begin < chunks; begin += wave) {
        yieldNow();
#pragma omp parallel for schedule(dynamic)
        for (int k = begin; k < std::min(chunks, begin + wave); ++k) visit(Chunk{k * size, std::min(size, g.n - k * size)});
    }
}

// What one thread needs between norms and convolutions; grows and stays.
struct Scratch {
    std::vector<float> work;
    ConvWorkspace rows;  // bf16
    static Scratch& own() {
        static thread_local Scratch scratch;
        return scratch;
    }
    float* floats(int count) {
        if (work.size() < static_cast<std::size_t>(count)) work.resize(static_cast<std::size_t>(count));
        return work.data();
    }
    Bits* bits(std::int64_t count) { return reinterpret_cast<Bits*>(rows.reserve(static_cast<std::size_t>(count) * sizeof(Bits))); }
};

// body(i) for the images of a chunk: in turn on a team's thread, else shared out.
template <class Body>
void forImages(const Chunk& chunk, Body body) {
    if (omp_in_parallel()) {
        for (int i = chunk.first; i < chunk.first + chunk.count; ++i) body(i);
        return;
    }
#pragma omp parallel for schedule(static)
    for (int i = chunk.first; i < chunk.first + chunk.count; ++i) body(i);
}

ConvShape over(ConvShape shape, const Chunk& chunk) {
    shape.n = chunk.count;
    return shape;
}

// The parameters' part of a norm's gradient: gathered per image and added in order, so that it does not depend on the team.
struct NormGradients {
    std::size_t channels;
    std::vector<double> parts;
    NormGradients(int n, int c) : channels(static_cast<std::size_t>(c)), parts(static_cast<std::size_t>(n) * 2 * channels) {}
    double* of(int image) { return parts.data() + static_cast<std::size_t>(image) * 2 * channels; }
    void addTo(float* weight, float* bias) const {
        if (!weight) return;
        for (std::size_t k = 0; k < channels; ++k) {
            double w = 0, b = 0;
            for (std::size_t at = k; at < parts.size(); at += 2 * channels) {
                w += parts[at];
                b += parts[at + channels];
            }
            weight[k] += static_cast<float>(w);
            bias[k] += static_cast<float>(b);
        }
    }
};

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

        const auto *packed1 = packed(block->conv1, g.conv1), *packed2 = packed(block->conv2, g.conv2);
        const void* packedSkip = block->skip.weight >= 0 ? packed(block->skip, g.skip) : nullptr;
        const float *bias1 = conv1Bias.data_ptr<float>(), *bias2 = conv2Bias.data_ptr<float>(),
                    *biasSkip = packedSkip ? skipBias->data_ptr<float>() : nullptr;

        yieldNow();
        auto statistics1 = torch::empty({g.n, 2, g.in + g.in2}, torch::kFloat), statistics2 = torch::empty({g.n, 2, g.out}, torch::kFloat);
        auto h = emptyRows(x, g.out), y = emptyRows(x, g.out);
        const auto norm1 = normRows1(g, *block, x, x2, norm1Weight.data_ptr<float>(), norm1Bias.data_ptr<float>(), statistics1);
        const auto norm2 = normRows2(g, *block, h, norm2Weight.data_ptr<float>(), norm2Bias.data_ptr<float>(), scaleShift, statistics2);
        const Bits *xRows = bf16Rows(x), *x2Rows = maybeRows(x2);
        Bits *hRows = bf16Rows(h), *yRows = bf16Rows(y);
        forEachChunk(g, g.products(), [&](const Chunk& chunk) {
            const std::int64_t first = static_cast<std::int64_t>(chunk.first) * g.pixels,
                               rows = static_cast<std::int64_t>(chunk.count) * g.pixels;
            Bits* activation = Scratch::own().bits(rows * std::max(norm1.total(), g.out));
            const auto normalize = [&](const NormRows& norm) {
                forImages(chunk, [&](int i) {
                    norm.forward(i, activation + static_cast<std::int64_t>(i - chunk.first) * g.pixels * norm.total(),
                                 Scratch::own().floats(3 * norm.total()));
                });
            };
            normalize(norm1);
            timedForward(over(g.conv1, chunk), activation, nullptr, packed1, bias1, nullptr, hRows + first * g.out, convWorkspace());
            normalize(norm2);
            Bits* out = yRows + first * g.out;
            const Bits* residual = xRows + first * g.in;
            if (packedSkip) {
                timedForward(over(g.skip, chunk), residual, x2Rows ? x2Rows + first * g.in2 : nullptr, packedSkip, biasSkip, nullptr, out,
                             convWorkspace());
                residual = out;
            }
            timedForward(over(g.conv2, chunk), activation, nullptr, packed2, bias2, residual, out, convWorkspace());
        });

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
        const bool skips = block.skip.weight >= 0;
        const auto *packed1 = packed(block.conv1, g.conv1), *packed2 = packed(block.conv2, g.conv2);
        const void* packedSkip = skips ? packed(block.skip, g.skip) : nullptr;

        yieldNow();
        auto dh = emptyRows(x, g.out), a2 = emptyRows(x, g.out), a1 = emptyRows(x, g.in + g.in2);
        auto dx = emptyRows(x, g.in), dx2 = g.in2 ? emptyRows(x, g.in2) : Tensor();
        auto dScaleShift = torch::empty_like(scaleShift);
        float* dModulation = dScaleShift.data_ptr<float>();
        const auto norm1 =
            normRows1(g, block, x, x2, saved[Norm1Weight].data_ptr<float>(), saved[Norm1Bias].data_ptr<float>(), statistics1);
        const auto norm2 =
            normRows2(g, block, h, saved[Norm2Weight].data_ptr<float>(), saved[Norm2Bias].data_ptr<float>(), scaleShift, statistics2);
        NormGradients gradients1(g.n, norm1.total()), gradients2(g.n, norm2.total());
        const Bits* dyRows = bf16Rows(dy);
        Bits *dhRows = bf16Rows(dh), *a1Rows = bf16Rows(a1), *a2Rows = bf16Rows(a2), *dxRows = bf16Rows(dx),
             *dx2Rows = g.in2 ? bf16Rows(dx2) : nullptr;
        forEachChunk(g, g.products(), [&](const Chunk& chunk) {
            const std::int64_t first = static_cast<std::int64_t>(chunk.first) * g.pixels,
                               rows = static_cast<std::int64_t>(chunk.count) * g.pixels;
            const Bits* up = dyRows + first * g.out;
            timedData(over(g.conv2, chunk), up, packed2, dhRows + first * g.out, nullptr, convWorkspace());
            forImages(chunk, [&](int i) {
                const std::int64_t at = static_cast<std::int64_t>(i) * g.pixels * g.out;
                double* parts = gradients2.of(i);
                norm2.backward(i, dhRows + at, a2Rows + at, {nullptr, nullptr}, {dhRows, nullptr}, parts, parts + g.out, dModulation,
                               Scratch::own().floats(7 * g.out));
            });
            const Bits *add = dyRows, *add2 = nullptr;
            if (packedSkip) {
                timedData(over(g.skip, chunk), up, packedSkip, dxRows + first * g.in, dx2Rows ? dx2Rows + first * g.in2 : nullptr,
                          convWorkspace());
                add = dxRows;
                add2 = dx2Rows;
            }
            const int channels = norm1.total();
            Bits* da1 = Scratch::own().bits(rows * channels);
            timedData(over(g.conv1, chunk), dhRows + first * g.out, packed1, da1, nullptr, convWorkspace());
            forImages(chunk, [&](int i) {
                double* parts = gradients1.of(i);
                norm1.backward(i, da1 + static_cast<std::int64_t>(i - chunk.first) * g.pixels * channels,
                               a1Rows + static_cast<std::int64_t>(i) * g.pixels * channels, {add, add2}, {dxRows, dx2Rows}, parts,
                               parts + channels, nullptr, Scratch::own().floats(7 * channels));
            });
        });
        gradients1.addTo(gradient(block.norm1.weight), gradient(block.norm1.bias));
        gradients2.addTo(gradient(block.norm2.weight), gradient(block.norm2.bias));
        if (learns) {
            yieldNow();
            timedWeight(g.conv2, a2Rows, nullptr, dyRows, ConvWeightLayout::Ohwi, gradient(block.conv2.weight), gradient(block.conv2.bias),
                        convWorkspace());
            yieldNow();
            timedWeight(g.conv1, a1Rows, nullptr, dhRows, ConvWeightLayout::Ohwi, gradient(block.conv1.weight), gradient(block.conv1.bias),
                        convWorkspace());
            if (skips) {
                yieldNow();
                timedWeight(g.skip, bf16Rows(x), maybeRows(x2), dyRows, ConvWeightLayout::Ohwi, gradient(block.skip.weight),
                            gradient(block.skip.bias), convWorkspace());
            }
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
