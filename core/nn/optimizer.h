// FusedOptimizer: gradient norm, finite gate, clipping, Adam or AdamW, weight average, bf16 copy and zeroed gradients
// over a whole arena at once. Kingma & Ba 2015 (Adam), Loshchilov & Hutter 2019 (AdamW). Compute thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/nn/parameters.h"

namespace imago::nn {

struct OptimizerConfig {
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weightDecay = 0;     // decoupled (AdamW) unless coupledDecay
    bool coupledDecay = false;  // Adam with L2: decay is added to the gradient
    double clipNorm = 0;        // 0: no clipping; else gradients are scaled to at most this global norm
};

struct StepResult {
    bool applied = true;  // false: the gradient was not finite and nothing changed but the gradient, which is zero now
    double gradNorm = 0;  // before clipping
};

class FusedOptimizer {
  public:
    // prefix: the part of the arena that it moves; see ParameterArena::separate().
    FusedOptimizer(ParameterArena& arena, const OptimizerConfig& config, const std::string& prefix = {});
    ~FusedOptimizer();

    // One step from the arena's gradients. The average moves by average += (1 - averageDecay) (master - average).
    // The sums are taken in fixed chunks: the result does not depend on the number of threads.
    // On CUDA nothing waits: the result returned is the latest one already known; result() waits.
    StepResult step(double learningRate, double averageDecay) {
        prepare(learningRate, averageDecay);
        return enqueue();
    }
    // The two halves of step(), for a recorded graph: prepare() writes what changes from step to step and stays outside,
    // enqueue() does the work and may be recorded.
    void prepare(double learningRate, double averageDecay);
    StepResult enqueue();
    StepResult latest() const;  // of what is known without waiting
    StepResult result();

    // Applied steps so far: drives bias correction, part of the saved state.
    std::int64_t stepCount();
    void setStepCount(std::int64_t count);

    OptimizerConfig config;  // may be changed between steps

  private:
    void stepOnCpu();

    struct DeviceState;
    ParameterArena& m_arena;
    ParameterArena::Range m_range;
    int m_part = 0;
    std::unique_ptr<DeviceState> m_device;
    double m_rate = 0;
    double m_averageDecay = 0;
    std::int64_t m_steps = 0;
    StepResult m_last;
};

}  // namespace imago::nn
