// The step in two sweeps over the arena: sum of squares (which also finds non-finite values), then everything else.
#include "core/nn/optimizer.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/nn/kernels/row_kernels.h"

namespace imago::nn {

namespace {

constexpr std::int64_t kChunk = 16384;  // elements; sums are taken chunk by chunk in this order, whoever computes them

double gradientNorm(const StepKernels& kernels, const float* gradient, std::int64_t size) {
    const std::int64_t chunks = (size + kChunk - 1) / kChunk;
    std::vector<double> sums(static_cast<std::size_t>(chunks));
#pragma omp parallel for schedule(static)
    for (std::int64_t i = 0; i < chunks; ++i) {
        sums[static_cast<std::size_t>(i)] = kernels.sumOfSquares(gradient + i * kChunk, std::min(kChunk, size - i * kChunk));
    }
    double total = 0;
    for (double s : sums) total += s;
    return std::sqrt(total);
}

}  // namespace

#ifndef IMAGO_CUDA
struct FusedOptimizer::DeviceState {};
#endif

FusedOptimizer::FusedOptimizer(ParameterArena& arena, const OptimizerConfig& settings) : config(settings), m_arena(arena) {}
FusedOptimizer::~FusedOptimizer() = default;

StepResult FusedOptimizer::step(double learningRate, double averageDecay) {
    using Buffer = ParameterArena::Buffer;
    const auto& kernels = stepKernels(bestRowIsa());
    auto pointer = [&](Buffer b) { return m_arena.flat(b).data_ptr<float>(); };
    float* gradient = pointer(Buffer::Gradient);
    const std::int64_t size = m_arena.size();

    m_last.gradNorm = gradientNorm(kernels, gradient, size);
    m_last.applied = std::isfinite(m_last.gradNorm);
    if (!m_last.applied) {
        m_arena.zeroGrad();
        return m_last;
    }

    ++m_steps;
    const double t = static_cast<double>(m_steps);
    AdamChunk chunk{};
    chunk.rate = static_cast<float>(learningRate / (1 - std::pow(config.beta1, t)));
    chunk.beta1 = static_cast<float>(config.beta1);
    chunk.beta2 = static_cast<float>(config.beta2);
    chunk.epsilon = static_cast<float>(config.epsilon);
    chunk.rootCorrection = static_cast<float>(1 / std::sqrt(1 - std::pow(config.beta2, t)));
    // As torch's clip_grad_norm_, with its 1e-6 in the denominator.
    chunk.gradScale = config.clipNorm > 0 ? static_cast<float>(std::min(1.0, config.clipNorm / (m_last.gradNorm + 1e-6))) : 1.0F;
    chunk.averageMove = static_cast<float>(1 - averageDecay);

    float* master = pointer(Buffer::Master);
    float* moment1 = pointer(Buffer::Moment1);
    float* moment2 = pointer(Buffer::Moment2);
    float* average = pointer(Buffer::Average);
    auto* copy = static_cast<std::uint16_t*>(m_arena.flatBf16().data_ptr());
    for (bool decayed : {true, false}) {
        const std::int64_t begin = decayed ? 0 : m_arena.decayedSize();
        const std::int64_t end = decayed ? m_arena.decayedSize() : size;
        const double decay = decayed ? config.weightDecay : 0;
        chunk.decoupled = config.coupledDecay ? 1.0F : static_cast<float>(1 - learningRate * decay);
        chunk.coupled = config.coupledDecay ? static_cast<float>(decay) : 0.0F;
#pragma omp parallel for schedule(static)
        for (std::int64_t i = begin; i < end; i += kChunk) {
            kernels.adam(master + i, gradient + i, moment1 + i, moment2 + i, average + i, copy + i, std::min(kChunk, end - i), chunk);
        }
    }
    m_arena.optimizerChanged();
    return m_last;
}

StepResult FusedOptimizer::result() {
    return m_last;
}

std::int64_t FusedOptimizer::stepCount() {
    return m_steps;
}
void FusedOptimizer::setStepCount(std::int64_t count) {
    m_steps = count;
}

}  // namespace imago::nn
