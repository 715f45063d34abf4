// The optimizer step on a card in three kernels: partial sums, one block that judges and prepares, one elementwise pass.
// The finite flag stays on the device: nothing waits.
#include <c10/cuda/CUDAStream.h>
#include <c10/util/BFloat16.h>

#include "core/nn/device_kernels.h"

namespace imago::nn::cuda {

namespace {

constexpr int kThreads = 256;

// Sum over the block in a fixed order; valid in thread 0.
__device__ double blockSum(double value) {
    __shared__ double shared[kThreads];
    shared[threadIdx.x] = value;
    __syncthreads();
    for (int half = kThreads / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) shared[threadIdx.x] += shared[threadIdx.x + half];
        __syncthreads();
    }
    return shared[0];
}

__global__ void sumSquares(const float* gradient, std::int64_t size, double* parts) {
    double sum = 0;
    for (std::int64_t i = blockIdx.x * static_cast<std::int64_t>(kThreads) + threadIdx.x; i < size;
         i += static_cast<std::int64_t>(kStepParts) * kThreads) {
        const double g = gradient[i];
        sum += g * g;
    }
    sum = blockSum(sum);
    if (threadIdx.x == 0) parts[blockIdx.x] = sum;
}

__global__ void judge(StepState* state, const double* parts) {
    double sum = 0;
    for (int i = threadIdx.x; i < kStepParts; i += kThreads) sum += parts[i];
    sum = blockSum(sum);
    if (threadIdx.x != 0) return;
    state->norm = sqrt(sum);
    state->applied = isfinite(state->norm) ? 1 : 0;
    if (!state->applied) return;
    state->steps += 1;
    const double t = static_cast<double>(state->steps);
    state->scaledRate = static_cast<float>(state->rate / (1 - pow(state->beta1, t)));
    state->rootCorrection = static_cast<float>(1 / sqrt(1 - pow(state->beta2, t)));
    state->gradScale = state->clipNorm > 0 ? static_cast<float>(fmin(1.0, state->clipNorm / (state->norm + 1e-6))) : 1.0F;
}

__global__ void update(const StepState* state, float* master, float* gradient, float* moment1, float* moment2, float* average,
                       c10::BFloat16* copy, std::int64_t size, std::int64_t decayedSize) {
    const std::int64_t i = blockIdx.x * static_cast<std::int64_t>(kThreads) + threadIdx.x;
    if (i >= size) return;
    if (!state->applied) {
        gradient[i] = 0;
        return;
    }
    const double decay = i < decayedSize ? state->weightDecay : 0;
    const float coupled = state->coupledDecay ? static_cast<float>(decay) : 0.0F;
    const float decoupled = state->coupledDecay ? 1.0F : static_cast<float>(1 - state->rate * decay);
    const float beta1 = static_cast<float>(state->beta1), beta2 = static_cast<float>(state->beta2);
    float w = master[i];
    const float g = gradient[i] * state->gradScale + w * coupled;
    const float m = moment1[i] * beta1 + g * (1 - beta1);
    const float v = moment2[i] * beta2 + g * g * (1 - beta2);
    w = w * decoupled - state->scaledRate * m / (sqrtf(v) * state->rootCorrection + static_cast<float>(state->epsilon));
    const float e = average[i];
    master[i] = w;
    moment1[i] = m;
    moment2[i] = v;
    average[i] = e + (w - e) * static_cast<float>(1 - state->averageDecay);
    copy[i] = w;
    gradient[i] = 0;
}

}  // namespace

void step(StepState* state, double* parts, float* master, float* gradient, float* moment1, float* moment2, float* average, void* copyBf16,
          std::int64_t size, std::int64_t decayedSize) {
    const auto stream = c10::cuda::getCurrentCUDAStream().stream();
    sumSquares<<<kStepParts, kThreads, 0, stream>>>(gradient, size, parts);
    judge<<<1, kThreads, 0, stream>>>(state, parts);
    const auto blocks = static_cast<unsigned>((size + kThreads - 1) / kThreads);
    update<<<blocks, kThreads, 0, stream>>>(state, master, gradient, moment1, moment2, average, static_cast<c10::BFloat16*>(copyBf16), size,
                                            decayedSize);
}

}  // namespace imago::nn::cuda
