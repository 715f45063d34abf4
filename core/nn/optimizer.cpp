// The step in two sweeps over the arena: sum of squares (which also finds non-finite values), then everything else.
#include "core/nn/optimizer.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/nn/kernels/row_kernels.h"

#ifdef IMAGO_CUDA
#include <cstddef>
#include <cstring>

#include "core/nn/device_kernels.h"
#endif

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

void FusedOptimizer::stepOnCpu() {
    using Buffer = ParameterArena::Buffer;
    const auto& kernels = stepKernels(bestRowIsa());
    auto pointer = [&](Buffer b) { return m_arena.flat(b).data_ptr<float>() + m_range.offset; };
    float* gradient = pointer(Buffer::Gradient);
    const std::int64_t size = m_range.size;

    m_last.gradNorm = gradientNorm(kernels, gradient, size);
    m_last.applied = std::isfinite(m_last.gradNorm);
    if (!m_last.applied) {
        m_arena.flat(Buffer::Gradient).narrow(0, m_range.offset, size).zero_();
        return;
    }

    ++m_steps;
    const double t = static_cast<double>(m_steps);
    AdamChunk chunk{};
    chunk.rate = static_cast<float>(m_rate / (1 - std::pow(config.beta1, t)));
    chunk.beta1 = static_cast<float>(config.beta1);
    chunk.beta2 = static_cast<float>(config.beta2);
    chunk.epsilon = static_cast<float>(config.epsilon);
    chunk.rootCorrection = static_cast<float>(1 / std::sqrt(1 - std::pow(config.beta2, t)));
    // As torch's clip_grad_norm_, with its 1e-6 in the denominator.
    chunk.gradScale = config.clipNorm > 0 ? static_cast<float>(std::min(1.0, config.clipNorm / (m_last.gradNorm + 1e-6))) : 1.0F;
    chunk.averageMove = static_cast<float>(1 - m_averageDecay);

    float* master = pointer(Buffer::Master);
    float* moment1 = pointer(Buffer::Moment1);
    float* moment2 = pointer(Buffer::Moment2);
    float* average = pointer(Buffer::Average);
    auto* copy = static_cast<std::uint16_t*>(m_arena.flatBf16().data_ptr()) + m_range.offset;
    for (bool decayed : {true, false}) {
        const std::int64_t begin = decayed ? 0 : m_range.decayed;
        const std::int64_t end = decayed ? m_range.decayed : size;
        const double decay = decayed ? config.weightDecay : 0;
        chunk.decoupled = config.coupledDecay ? 1.0F : static_cast<float>(1 - m_rate * decay);
        chunk.coupled = config.coupledDecay ? static_cast<float>(decay) : 0.0F;
#pragma omp parallel for schedule(static)
        for (std::int64_t i = begin; i < end; i += kChunk) {
            kernels.adam(master + i, gradient + i, moment1 + i, moment2 + i, average + i, copy + i, std::min(kChunk, end - i), chunk);
        }
    }
    m_arena.optimizerChanged(m_part);
}

#ifdef IMAGO_CUDA

// One state on the device, read back through a pinned copy that is asked for after each step and looked at later.
struct FusedOptimizer::DeviceState {
    torch::Tensor state, parts, seen;
    cuda::StepState host{};

    explicit DeviceState(const Device& device) {
        const auto where = torchDevice(device);
        state =
            torch::zeros({static_cast<std::int64_t>(sizeof(cuda::StepState))}, torch::TensorOptions().dtype(torch::kByte).device(where));
        parts = torch::zeros({cuda::kStepParts}, torch::TensorOptions().dtype(torch::kDouble).device(where));
        seen = torch::zeros({static_cast<std::int64_t>(sizeof(cuda::StepState))},
                            torch::TensorOptions().dtype(torch::kByte).pinned_memory(true));
        host.applied = 1;
        std::memcpy(seen.data_ptr(), &host, sizeof host);  // nothing known yet: as if applied
    }
    // Through fresh pinned memory each time: the copy waits for nothing, and the memory is not used again before it is done.
    void write(std::size_t bytes) {
        const auto count = static_cast<std::int64_t>(bytes);
        auto staged = torch::empty({count}, torch::TensorOptions().dtype(torch::kByte).pinned_memory(true));
        std::memcpy(staged.data_ptr(), &host, bytes);
        state.narrow(0, 0, count).copy_(staged, true);
    }
    void read() { std::memcpy(&host, seen.data_ptr(), sizeof host); }
};

void FusedOptimizer::prepare(double learningRate, double averageDecay) {
    m_rate = learningRate;
    m_averageDecay = averageDecay;
    if (!m_arena.device().isCuda()) return;
    if (!m_device) {
        m_device = std::make_unique<DeviceState>(m_arena.device());
        m_device->host.steps = m_steps;
        m_device->write(sizeof(cuda::StepState));
    }
    auto& h = m_device->host;
    h.rate = learningRate, h.averageDecay = averageDecay, h.beta1 = config.beta1, h.beta2 = config.beta2, h.epsilon = config.epsilon;
    h.weightDecay = config.weightDecay, h.clipNorm = config.clipNorm, h.coupledDecay = config.coupledDecay;
    m_device->write(offsetof(cuda::StepState, applied));  // the host's part only
    m_arena.optimizerChanged(m_part);
}

StepResult FusedOptimizer::enqueue() {
    if (!m_arena.device().isCuda()) {
        stepOnCpu();
        return m_last;
    }
    using Buffer = ParameterArena::Buffer;
    auto pointer = [&](Buffer b) { return m_arena.flat(b).data_ptr<float>() + m_range.offset; };
    auto* copy = static_cast<std::uint16_t*>(m_arena.flatBf16().data_ptr()) + m_range.offset;
    cuda::step(static_cast<cuda::StepState*>(m_device->state.data_ptr()), m_device->parts.data_ptr<double>(), pointer(Buffer::Master),
               pointer(Buffer::Gradient), pointer(Buffer::Moment1), pointer(Buffer::Moment2), pointer(Buffer::Average), copy, m_range.size,
               m_range.decayed);
    m_device->seen.copy_(m_device->state, true);
    return latest();
}

StepResult FusedOptimizer::latest() const {
    if (!m_device) return m_last;
    cuda::StepState known{};
    std::memcpy(&known, m_device->seen.data_ptr(), sizeof known);
    return {known.applied != 0, known.norm};
}

StepResult FusedOptimizer::result() {
    if (!m_device) return m_last;
    synchronize(m_arena.device());
    m_device->read();
    m_steps = m_device->host.steps;
    return {m_device->host.applied != 0, m_device->host.norm};
}

std::int64_t FusedOptimizer::stepCount() {
    if (m_device) result();
    return m_steps;
}

void FusedOptimizer::setStepCount(std::int64_t count) {
    m_steps = count;
    if (!m_device) return;
    m_device->host.steps = count;  // in place: a recorded graph knows this memory
    m_device->write(sizeof(cuda::StepState));
}

#else

struct FusedOptimizer::DeviceState {};

void FusedOptimizer::prepare(double learningRate, double averageDecay) {
    m_rate = learningRate;
    m_averageDecay = averageDecay;
}

StepResult FusedOptimizer::enqueue() {
    stepOnCpu();
    return m_last;
}

StepResult FusedOptimizer::latest() const {
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

#endif

FusedOptimizer::FusedOptimizer(ParameterArena& arena, const OptimizerConfig& settings, const std::string& prefix)
    : config(settings), m_arena(arena), m_range(arena.range(prefix)), m_part(arena.partOf(prefix)) {}
FusedOptimizer::~FusedOptimizer() = default;

}  // namespace imago::nn
