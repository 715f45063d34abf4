// One image at a time: moments, coefficients, one applying pass; backward has a summing and an applying pass.
// x^ = (x - mean) / sigma over a group;  z = x^ g + h,  g = weight (1 + scale),  h = bias (1 + scale) + shift.
#include "core/nn/fused_norm.h"

#include <cmath>
#include <vector>

#include "core/nn/device_kernels.h"
#include "core/nn/differentiate_again.h"
#include "core/tensor/torch_compat.h"

namespace imago::nn {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

thread_local RowIsa t_isa = bestRowIsa();

bool fusable(const Tensor& x) {
#ifdef IMAGO_CUDA
    const bool known = x.is_cpu() || x.is_cuda();
#else
    const bool known = x.is_cpu();
#endif
    return known && x.dim() == 4 && (x.scalar_type() == torch::kFloat || x.scalar_type() == torch::kBFloat16);
}

const float* rows(const Tensor& t) {
    return t.defined() ? t.data_ptr<float>() : nullptr;
}

struct Work {
    explicit Work(int channels) : memory(static_cast<std::size_t>(channels) * 8), c(static_cast<std::size_t>(channels)) {}
    float* at(int i) { return memory.data() + static_cast<std::size_t>(i) * c; }
    std::vector<float> memory;
    std::size_t c;
};

template <class T>
void forwardImages(const Tensor& x, const Tensor& weight, const Tensor& bias, int groups, bool silu, const Tensor& scaleShift, Tensor& y,
                   Tensor& statistics) {
    const int n = static_cast<int>(x.size(0)), c = static_cast<int>(x.size(1)), pixels = static_cast<int>(x.size(2) * x.size(3));
    const auto& kernels = normKernels<T>(t_isa);
    const auto* in = static_cast<const T*>(x.data_ptr());
    auto* out = static_cast<T*>(y.data_ptr());
    const float *w = rows(weight), *b = rows(bias), *ss = rows(scaleShift);
    float* saved = statistics.data_ptr<float>();  // [N, 2, C]: mean, 1/sigma
#pragma omp parallel for schedule(static)
    for (int i = 0; i < n; ++i) {
        Work work(c);
        const std::int64_t at = static_cast<std::int64_t>(i) * pixels * c;
        float* mean = saved + static_cast<std::int64_t>(i) * 2 * c;
        kernels.moments(in + at, c, pixels, c, mean, work.at(0));
        const float* scale = ss ? ss + static_cast<std::int64_t>(i) * 2 * c : nullptr;
        NormCoefficients::forward(c, groups, pixels, w, b, scale, scale ? scale + c : nullptr, mean, work.at(0), mean + c, work.at(1),
                                  work.at(2));
        kernels.apply(in + at, c, pixels, c, work.at(1), work.at(2), silu, out + at, c);
    }
}

template <class T>
void backwardImages(const Tensor& x, const Tensor& dy, const Tensor& weight, const Tensor& bias, int groups, bool silu,
                    const Tensor& scaleShift, const Tensor& statistics, Tensor& dx, Tensor& dWeight, Tensor& dBias, Tensor& dScaleShift) {
    const int n = static_cast<int>(x.size(0)), c = static_cast<int>(x.size(1)), pixels = static_cast<int>(x.size(2) * x.size(3));
    const auto& kernels = normKernels<T>(t_isa);
    const auto *in = static_cast<const T*>(x.data_ptr()), *up = static_cast<const T*>(dy.data_ptr());
    auto* out = static_cast<T*>(dx.data_ptr());
    const float *w = rows(weight), *b = rows(bias), *ss = rows(scaleShift), *saved = rows(statistics);
    float* dss = dScaleShift.defined() ? dScaleShift.data_ptr<float>() : nullptr;
    std::vector<double> parts(static_cast<std::size_t>(n) * 2 * static_cast<std::size_t>(c));  // per image, summed in order
#pragma omp parallel for schedule(static)
    for (int i = 0; i < n; ++i) {
        Work work(c);
        const std::int64_t at = static_cast<std::int64_t>(i) * pixels * c, row = static_cast<std::int64_t>(i) * 2 * c;
        const float *mean = saved + row, *deviation = mean + c, *scale = ss ? ss + row : nullptr;
        float *a = work.at(0), *h = work.at(1), *sums = work.at(2), *sumsX = work.at(3);
        for (int k = 0; k < c; ++k) {
            const float s = scale ? 1 + scale[k] : 1.0F;
            a[k] = deviation[k] * w[k] * s;
            h[k] = b[k] * s + (scale ? scale[c + k] : 0.0F) - mean[k] * a[k];
        }
        kernels.backwardSums(in + at, c, up + at, c, pixels, c, a, h, mean, silu, out + at, c, nullptr, 0, sums, sumsX);
        double* part = parts.data() + row;
        NormCoefficients::backward(c, groups, pixels, w, b, scale, mean, deviation, sums, sumsX, work.at(4), work.at(5), work.at(6), part,
                                   part + c, dss ? dss + row : nullptr, dss ? dss + row + c : nullptr);
        kernels.backwardApply(in + at, c, out + at, c, pixels, c, work.at(4), work.at(5), work.at(6), nullptr, out + at, c);
    }
    float *gw = dWeight.data_ptr<float>(), *gb = dBias.data_ptr<float>();
    for (int k = 0; k < c; ++k) {
        double sumW = 0, sumB = 0;
        for (int i = 0; i < n; ++i) {
            const double* part = parts.data() + static_cast<std::int64_t>(i) * 2 * c;
            sumW += part[k];
            sumB += part[c + k];
        }
        gw[k] = static_cast<float>(sumW);
        gb[k] = static_cast<float>(sumB);
    }
}

struct GroupNormFunction : torch::autograd::Function<GroupNormFunction> {
    static Tensor forward(AutogradContext* ctx, const Tensor& xIn, const Tensor& weight, const Tensor& bias, const MaybeTensor& scaleShift,
                          std::int64_t groups, bool silu) {
        const auto x = xIn.contiguous(torch::MemoryFormat::ChannelsLast);
        const auto ss = scaleShift.has_value() ? scaleShift->contiguous() : Tensor();
        auto y = torch::empty_like(x, torch::MemoryFormat::ChannelsLast);
        auto statistics = torch::empty({x.size(0), 2, x.size(1)}, x.options().dtype(torch::kFloat));
#ifdef IMAGO_CUDA
        if (x.is_cuda()) {
            cuda::normForward(x, weight, bias, static_cast<int>(groups), silu, ss, y, statistics);
        } else
#endif
            if (x.scalar_type() == torch::kFloat) {
            forwardImages<float>(x, weight, bias, static_cast<int>(groups), silu, ss, y, statistics);
        } else {
            forwardImages<std::uint16_t>(x, weight, bias, static_cast<int>(groups), silu, ss, y, statistics);
        }
        ctx->save_for_backward({xIn, weight, bias, scaleShift.has_value() ? *scaleShift : Tensor()});
        ctx->saved_data["statistics"] = statistics;
        ctx->saved_data["groups"] = groups;
        ctx->saved_data["silu"] = silu;
        return y;
    }

    static variable_list backward(AutogradContext* ctx, variable_list grads) {
        const auto saved = ctx->get_saved_variables();
        const auto &xIn = saved[0], &weight = saved[1], &bias = saved[2], &scaleShift = saved[3];
        const int groups = static_cast<int>(ctx->saved_data["groups"].toInt());
        const bool silu = ctx->saved_data["silu"].toBool();
        if (torch::GradMode::is_enabled()) {
            auto plain = [&](const variable_list& in) { return groupNormPlain(in[0], in[1], in[2], groups, silu, in[3]); };
            auto result = differentiateAgain(plain, saved, grads[0]);
            result.resize(6);
            return result;
        }

        const auto x = xIn.contiguous(torch::MemoryFormat::ChannelsLast);
        const auto dy = grads[0].to(x.scalar_type()).contiguous(torch::MemoryFormat::ChannelsLast);
        const auto ss = scaleShift.defined() ? scaleShift.contiguous() : scaleShift;
        auto dx = torch::empty_like(x, torch::MemoryFormat::ChannelsLast);
        auto dWeight = torch::empty_like(weight), dBias = torch::empty_like(bias);
        auto dScaleShift = ss.defined() ? torch::empty_like(ss) : Tensor();
        const auto statistics = ctx->saved_data["statistics"].toTensor();
#ifdef IMAGO_CUDA
        if (x.is_cuda()) {
            cuda::normBackward(x, dy, weight, bias, groups, silu, ss, statistics, dx, dWeight, dBias, dScaleShift);
        } else
#endif
            if (x.scalar_type() == torch::kFloat) {
            backwardImages<float>(x, dy, weight, bias, groups, silu, ss, statistics, dx, dWeight, dBias, dScaleShift);
        } else {
            backwardImages<std::uint16_t>(x, dy, weight, bias, groups, silu, ss, statistics, dx, dWeight, dBias, dScaleShift);
        }
        return {dx, dWeight, dBias, dScaleShift, Tensor(), Tensor()};
    }
};

}  // namespace

int normGroups(int channels) {
    int groups = std::min(16, std::max(1, channels / 4));
    while (channels % groups != 0) --groups;
    return groups;
}

void setNormIsa(RowIsa isa) {
    t_isa = isa;
}

Tensor groupNorm(const Tensor& x, const Tensor& weight, const Tensor& bias, int groups, bool silu, const Tensor& scaleShift) {
    if (!fusable(x)) return groupNormPlain(x, weight, bias, groups, silu, scaleShift);
    return GroupNormFunction::apply(x, weight, bias, maybeTensor(scaleShift), static_cast<std::int64_t>(groups), silu);
}

Tensor groupNormPlain(const Tensor& xIn, const Tensor& weight, const Tensor& bias, int groups, bool silu, const Tensor& scaleShift) {
    const auto type = xIn.scalar_type();
    const auto x = type == torch::kBFloat16 ? xIn.to(torch::kFloat) : xIn;
    const std::int64_t n = x.size(0), c = x.size(1);
    auto grouped = x.reshape({n, groups, -1});
    const auto mean = grouped.mean(2, true);
    const auto centred = grouped - mean;
    auto y = (centred * torch::rsqrt(centred.square().mean(2, true) + kNormEpsilon)).view_as(x);
    y = y * weight.view({1, c, 1, 1}) + bias.view({1, c, 1, 1});
    if (scaleShift.defined()) {
        const auto parts = scaleShift.view({n, 2, c, 1, 1});
        y = y * (1 + parts.select(1, 0)) + parts.select(1, 1);
    }
    if (silu) y = y * torch::sigmoid(y);
    y = y.to(type);
    return xIn.is_contiguous(torch::MemoryFormat::ChannelsLast) ? y.contiguous(torch::MemoryFormat::ChannelsLast) : y;
}

void NormCoefficients::forward(int channels, int groups, int pixels, const float* weight, const float* bias, const float* scale,
                               const float* shift, float* mean, const float* squares, float* deviation, float* a, float* b) {
    const int size = channels / groups;
    for (int g = 0; g < groups; ++g) {
        double sum = 0, inside = 0, between = 0;
        for (int k = g * size; k < (g + 1) * size; ++k) {
            sum += mean[k];
            inside += squares[k];
        }
        const double centre = sum / size;
        for (int k = g * size; k < (g + 1) * size; ++k) between += (mean[k] - centre) * (mean[k] - centre);
        const double variance = (inside + between * pixels) / (static_cast<double>(pixels) * size);
        const auto inverse = static_cast<float>(1 / std::sqrt(variance + kNormEpsilon));
        for (int k = g * size; k < (g + 1) * size; ++k) {
            const float s = scale ? 1 + scale[k] : 1.0F;
            mean[k] = static_cast<float>(centre);
            deviation[k] = inverse;
            a[k] = inverse * weight[k] * s;
            b[k] = bias[k] * s + (shift ? shift[k] : 0.0F) - mean[k] * a[k];
        }
    }
}

void NormCoefficients::backward(int channels, int groups, int pixels, const float* weight, const float* bias, const float* scale,
                                const float* mean, const float* deviation, const float* sumDz, float* sumDzX, float* p, float* q, float* r,
                                double* gradWeight, double* gradBias, float* gradScale, float* gradShift) {
    const int size = channels / groups;
    for (int g = 0; g < groups; ++g) {
        double first = 0, second = 0;  // means over the group of dz g and dz g x^
        for (int k = g * size; k < (g + 1) * size; ++k) {
            const float s = scale ? 1 + scale[k] : 1.0F;
            sumDzX[k] *= deviation[k];  // now the sum of dz x^
            gradWeight[k] += static_cast<double>(s) * sumDzX[k];
            gradBias[k] += static_cast<double>(s) * sumDz[k];
            if (gradScale) gradScale[k] = weight[k] * sumDzX[k] + bias[k] * sumDz[k];
            if (gradShift) gradShift[k] = sumDz[k];
            first += static_cast<double>(sumDz[k]) * weight[k] * s;
            second += static_cast<double>(sumDzX[k]) * weight[k] * s;
        }
        const double count = static_cast<double>(pixels) * size;
        const double meanFirst = first / count, meanSecond = second / count;
        // dx = (dz g - meanFirst - x^ meanSecond) / sigma
        for (int k = g * size; k < (g + 1) * size; ++k) {
            const float s = scale ? 1 + scale[k] : 1.0F;
            p[k] = deviation[k] * weight[k] * s;
            q[k] = static_cast<float>(-static_cast<double>(deviation[k]) * deviation[k] * meanSecond);
            r[k] = static_cast<float>(-deviation[k] * meanFirst - static_cast<double>(q[k]) * mean[k]);
        }
    }
}

}  // namespace imago::nn
