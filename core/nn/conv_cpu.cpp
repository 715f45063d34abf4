#include "core/nn/conv_cpu.h"

#include "core/nn/differentiate_again.h"
#include "core/nn/yield_point.h"
#include "core/tensor/device.h"
#include "core/tensor/torch_compat.h"

namespace imago::nn {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

ConvShape shapeOf(const Conv2d& conv, const Tensor& x, bool upsample) {
    ConvShape shape;
    shape.n = static_cast<int>(x.size(0));
    shape.h = static_cast<int>(x.size(2));
    shape.w = static_cast<int>(x.size(3));
    shape.cin = conv.in;
    shape.cout = conv.out;
    shape.kernel = conv.kernel;
    shape.stride = conv.stride;
    shape.upsample = upsample;
    return shape;
}

Tensor plainConv(const Conv2d& conv, bool upsample, const variable_list& in) {
    auto x = in[0];
    if (upsample) x = torch::upsample_nearest2d(x, {x.size(2) * 2, x.size(3) * 2});
    return torch::conv2d(x, in[1].to(x.scalar_type()), in[2].to(x.scalar_type()), conv.stride, conv.kernel / 2);
}

struct ConvFunction : torch::autograd::Function<ConvFunction> {
    static Tensor forward(AutogradContext* ctx, const Tensor& xIn, const Tensor& weight, const Tensor& bias, const Conv2d* conv,
                          const ParameterArena* arena, bool upsample) {
        yieldNow();
        const auto x = xIn.contiguous(torch::MemoryFormat::ChannelsLast);
        const auto shape = shapeOf(*conv, x, upsample);
        auto y = torch::empty({shape.n, shape.cout, shape.outHeight(), shape.outWidth()}, x.options(), torch::MemoryFormat::ChannelsLast);
        timedForward(shape, bf16Rows(x), nullptr, conv->packed->forward(shape, *arena, conv->weight, arena->source()),
                     bias.data_ptr<float>(), nullptr, bf16Rows(y), convWorkspace());
        ctx->save_for_backward({xIn, weight, bias});
        ctx->saved_data["conv"] = reinterpret_cast<std::int64_t>(conv);
        ctx->saved_data["arena"] = reinterpret_cast<std::int64_t>(arena);
        ctx->saved_data["upsample"] = upsample;
        ctx->saved_data["source"] = static_cast<std::int64_t>(arena->source());
        return y;
    }

    static variable_list backward(AutogradContext* ctx, variable_list grads) {
        const auto saved = ctx->get_saved_variables();
        const auto& conv = *reinterpret_cast<const Conv2d*>(ctx->saved_data["conv"].toInt());
        const auto& arena = *reinterpret_cast<const ParameterArena*>(ctx->saved_data["arena"].toInt());
        const bool upsample = ctx->saved_data["upsample"].toBool();
        variable_list result(6);
        if (torch::GradMode::is_enabled()) {
            const auto found = differentiateAgain([&](const variable_list& in) { return plainConv(conv, upsample, in); }, saved, grads[0]);
            std::copy(found.begin(), found.end(), result.begin());
            return result;
        }
        yieldNow();
        const auto x = saved[0].contiguous(torch::MemoryFormat::ChannelsLast);
        const auto dy = grads[0].contiguous(torch::MemoryFormat::ChannelsLast);
        const auto shape = shapeOf(conv, x, upsample);
        if (ctx->needs_input_grad(1)) {
            timedWeight(shape, bf16Rows(x), nullptr, bf16Rows(dy), ConvWeightLayout::Ohwi, arena.gradient(conv.weight),
                        arena.gradient(conv.bias), convWorkspace());
        }
        if (ctx->needs_input_grad(0)) {
            yieldNow();
            auto dx = torch::empty_like(x, torch::MemoryFormat::ChannelsLast);
            const auto source = static_cast<ParameterArena::Source>(ctx->saved_data["source"].toInt());
            timedData(shape, bf16Rows(dy), conv.packed->backward(shape, arena, conv.weight, source), bf16Rows(dx), nullptr,
                      convWorkspace());
            result[0] = dx;
        }
        return result;
    }
};

}  // namespace

bool usesConvKernels(const Compute& compute, const Tensor& x) {
    static const bool wanted = cpuFeatures().avx512Bf16 && !cpuFeatures().amxBf16 && bestConvIsa() == ConvIsa::Avx512Bf16;
    return wanted && compute.precision == Precision::Bf16 && x.device().is_cpu();
}

ConvWorkspace& convWorkspace() {
    static thread_local ConvWorkspace workspace;
    return workspace;
}

Tensor emptyRows(const Tensor& like, std::int64_t channels) {
    return torch::empty({like.size(0), channels, like.size(2), like.size(3)}, torch::TensorOptions().dtype(torch::kBFloat16),
                        torch::MemoryFormat::ChannelsLast);
}

const void* PackedConv::forward(const ConvShape& shape, const ParameterArena& arena, ParameterId weight, ParameterArena::Source source) {
    return packed(m_packings[static_cast<int>(source)][0], true, shape, arena, weight, source);
}

const void* PackedConv::backward(const ConvShape& shape, const ParameterArena& arena, ParameterId weight, ParameterArena::Source source) {
    return packed(m_packings[static_cast<int>(source)][1], false, shape, arena, weight, source);
}

const void* PackedConv::packed(Packing& packing, bool isForward, const ConvShape& shape, const ParameterArena& arena, ParameterId weight,
                               ParameterArena::Source source) {
    const auto stamp = arena.stamp(source, weight);
    if (packing.stamp == stamp) return packing.memory.data_ptr();
    if (!packing.memory.defined()) {
        const auto bytes = static_cast<std::int64_t>(isForward ? convPackedForwardBytes(shape) : convPackedBackwardBytes(shape));
        packing.memory = torch::empty({bytes}, torch::kByte);  // LibTorch aligns to 64 bytes
    }
    const bool master = source == ParameterArena::Source::Master;
    const auto values = arena.view(master ? ParameterArena::Buffer::Master : ParameterArena::Buffer::Average, weight);
    (isForward ? convPackForward : convPackBackward)(shape, values.data_ptr<float>(), ConvWeightLayout::Ohwi, packing.memory.data_ptr());
    packing.stamp = stamp;
    return packing.memory.data_ptr();
}

Tensor convKernel(const Compute& compute, const Conv2d& conv, const Tensor& x, bool upsample) {
    return ConvFunction::apply(x, compute.arena.weight(conv.weight), compute.arena.weight(conv.bias), &conv, &compute.arena, upsample);
}

}  // namespace imago::nn
