// A few images at a time go through the whole block on one thread, so that what lies between the convolutions stays in that
// core's cache; the weights' gradients are summed over the batch afterwards. Kept for backward: both activations, whose signs
// are those of what went into the leaky ReLUs.
#include "core/nn/leaky_block.h"

#include <omp.h>

#include <algorithm>

#include "core/nn/conv_cpu.h"
#include "core/nn/differentiate_again.h"
#include "core/nn/kernels/leaky_rows.h"
#include "core/nn/yield_point.h"
#include "core/tensor/torch_compat.h"

namespace imago::nn {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

using Bits = std::uint16_t;

constexpr int kChunkPixels = 256;
constexpr double kStretchProducts = 4e9;  // between two yield points: a few milliseconds on two cores

ConvShape shapeOf(const Tensor& x) {
    ConvShape s;
    s.n = static_cast<int>(x.size(0)), s.h = static_cast<int>(x.size(2)), s.w = static_cast<int>(x.size(3));
    s.cin = s.cout = static_cast<int>(x.size(1));
    return s;
}

// visit(shape of so many images, first row): on a team's threads, or, when the batch is too small for that, once for all of
// it, whose convolutions then share themselves out.
template <class Visit>
void forEachChunk(const ConvShape& shape, Visit visit) {
    const int pixels = shape.h * shape.w, team = omp_get_max_threads(), size = (kChunkPixels + pixels - 1) / pixels;
    const auto part = [&](int first, int count) {
        ConvShape s = shape;
        s.n = count;
        visit(s, static_cast<std::int64_t>(first) * pixels);
    };
    if (shape.n < 2 * team * size) return part(0, shape.n);
    const double products = 18.0 * pixels * shape.cin * shape.cout * size;
    const int chunks = (shape.n + size - 1) / size;
    const int wave = std::max(2 * team, static_cast<int>(kStretchProducts / products) / (2 * team) * 2 * team);
    for (int begin = 0; begin < chunks; begin += wave) {
        yieldNow();
#pragma omp parallel for schedule(dynamic)
        for (int k = begin; k < std::min(chunks, begin + wave); ++k) part(k * size, std::min(size, shape.n - k * size));
    }
}

Bits* scratch(std::int64_t count) {
    static thread_local ConvWorkspace rows;
    return reinterpret_cast<Bits*>(rows.reserve(static_cast<std::size_t>(count) * sizeof(Bits)));
}

enum Input { X, Weight1, Bias1, Weight2, Bias2, InputCount };

Tensor plainBlock(const variable_list& in) {
    const auto type = in[X].scalar_type();
    const auto h = torch::conv2d(torch::leaky_relu(in[X], kLeakySlope), in[Weight1].to(type), in[Bias1].to(type), 1, 1);
    return in[X] + torch::conv2d(torch::leaky_relu(h, kLeakySlope), in[Weight2].to(type), in[Bias2].to(type), 1, 1);
}

struct LeakyFunction : torch::autograd::Function<LeakyFunction> {
    static Tensor forward(AutogradContext* ctx, const Tensor& xIn, const Tensor& weight1, const Tensor& bias1, const Tensor& weight2,
                          const Tensor& bias2, const LeakyBlock* block, const ParameterArena* arena) {
        yieldNow();
        const auto x = xIn.contiguous(torch::MemoryFormat::ChannelsLast);
        const auto shape = shapeOf(x);
        const int c = shape.cin;
        const auto source = arena->source();
        const void* packed1 = block->conv1.packed->forward(shape, *arena, block->conv1.weight, source);
        const void* packed2 = block->conv2.packed->forward(shape, *arena, block->conv2.weight, source);
        auto a = emptyRows(x, c), b = emptyRows(x, c), y = emptyRows(x, c);
        const Bits* xRows = bf16Rows(x);
        Bits *aRows = bf16Rows(a), *bRows = bf16Rows(b), *yRows = bf16Rows(y);
        const float *one = bias1.data_ptr<float>(), *two = bias2.data_ptr<float>();
        forEachChunk(shape, [&](const ConvShape& s, std::int64_t row) {
            const std::int64_t at = row * c, count = std::int64_t{s.n} * s.h * s.w * c;
            leakyRows(xRows + at, aRows + at, count);
            timedForward(s, aRows + at, nullptr, packed1, one, nullptr, bRows + at, convWorkspace());
            leakyRows(bRows + at, bRows + at, count);
            timedForward(s, bRows + at, nullptr, packed2, two, xRows + at, yRows + at, convWorkspace());
        });
        ctx->save_for_backward({xIn, weight1, bias1, weight2, bias2});
        ctx->saved_data["a"] = a;
        ctx->saved_data["b"] = b;
        ctx->saved_data["block"] = reinterpret_cast<std::int64_t>(block);
        ctx->saved_data["arena"] = reinterpret_cast<std::int64_t>(arena);
        ctx->saved_data["source"] = static_cast<std::int64_t>(source);
        return y;
    }

    static variable_list backward(AutogradContext* ctx, variable_list grads) {
        const auto saved = ctx->get_saved_variables();
        variable_list result(InputCount + 2);
        if (torch::GradMode::is_enabled()) {
            const auto found = differentiateAgain(plainBlock, saved, grads[0]);
            std::copy(found.begin(), found.end(), result.begin());
            return result;
        }
        yieldNow();
        const auto& block = *reinterpret_cast<const LeakyBlock*>(ctx->saved_data["block"].toInt());
        const auto& arena = *reinterpret_cast<const ParameterArena*>(ctx->saved_data["arena"].toInt());
        const auto source = static_cast<ParameterArena::Source>(ctx->saved_data["source"].toInt());
        const auto a = ctx->saved_data["a"].toTensor(), b = ctx->saved_data["b"].toTensor();
        const auto dy = grads[0].contiguous(torch::MemoryFormat::ChannelsLast);
        const auto shape = shapeOf(a);
        const int c = shape.cin;
        const void* packed1 = block.conv1.packed->backward(shape, arena, block.conv1.weight, source);
        const void* packed2 = block.conv2.packed->backward(shape, arena, block.conv2.weight, source);
        auto dh = emptyRows(a, c), dx = emptyRows(a, c);
        const Bits *aRows = bf16Rows(a), *bRows = bf16Rows(b), *dyRows = bf16Rows(dy);
        Bits *dhRows = bf16Rows(dh), *dxRows = bf16Rows(dx);
        forEachChunk(shape, [&](const ConvShape& s, std::int64_t row) {
            const std::int64_t at = row * c, count = std::int64_t{s.n} * s.h * s.w * c;
            timedData(s, dyRows + at, packed2, dhRows + at, nullptr, convWorkspace());
            leakyGradientRows(bRows + at, dhRows + at, nullptr, dhRows + at, count);
            Bits* da = scratch(count);
            timedData(s, dhRows + at, packed1, da, nullptr, convWorkspace());
            leakyGradientRows(aRows + at, da, dyRows + at, dxRows + at, count);
        });
        if (ctx->needs_input_grad(Weight1)) {
            yieldNow();
            timedWeight(shape, bRows, nullptr, dyRows, ConvWeightLayout::Ohwi, arena.gradient(block.conv2.weight),
                        arena.gradient(block.conv2.bias), convWorkspace());
            yieldNow();
            timedWeight(shape, aRows, nullptr, dhRows, ConvWeightLayout::Ohwi, arena.gradient(block.conv1.weight),
                        arena.gradient(block.conv1.bias), convWorkspace());
        }
        result[X] = dx;
        return result;
    }
};

}  // namespace

Tensor LeakyBlock::forward(const Compute& compute, const Tensor& x) const {
    if (usesConvKernels(compute, x)) {
        auto p = [&](ParameterId id) { return compute.arena.weight(id); };
        return LeakyFunction::apply(x, p(conv1.weight), p(conv1.bias), p(conv2.weight), p(conv2.bias), this, &compute.arena);
    }
    const auto h = conv1.forward(compute, torch::leaky_relu(x, kLeakySlope));
    return x + conv2.forward(compute, torch::leaky_relu(yieldPoint(h), kLeakySlope));
}

}  // namespace imago::nn
