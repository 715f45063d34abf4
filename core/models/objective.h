// Objective: one family's training phases on a batch (a GAN has two). Compute thread only.
// Everything it draws is keyed by (seed, purpose, step, index): no generator state.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/models/health.h"

namespace at {
class Tensor;
}

namespace imago {

struct Batch {
    const at::Tensor* pixels = nullptr;  // uint8 [N, H, W, C] (as stored) or float [N, C, H, W] in [-1, 1], on the device
    const at::Tensor* labels = nullptr;  // int64 [N], -1 = none; may be null
};

struct StepInfo {
    std::uint64_t seed = 0;
    std::int64_t step = 0;  // optimizer steps done so far
    std::int64_t imagesSeen = 0;
    double progress = 0;  // 0..1 of the planned training
    double share = 1;     // of the batch, where it is taken in parts
};

// A single phase in two halves, so that a card can record the second once and replay it: draw() makes everything that
// changes from step to step, in tensors of fixed shapes; learn() does the same work on the same tensors every time and reads
// nothing back.
class RecordableStep {
  public:
    virtual ~RecordableStep() = default;
    virtual std::vector<at::Tensor> draw(const Batch& batch, const StepInfo& info) = 0;
    virtual void learn(const std::vector<at::Tensor>& drawn, at::Tensor& losses) = 0;  // as Objective::accumulate
};

class Objective {
  public:
    virtual ~Objective() = default;
    virtual int phases() const = 0;  // per step
    // A live field has changed, between steps: the family's complete config.
    virtual void setConfig(const Json& config) { (void)config; }
    // Which parameters the phase updates ("" = all; else a part that the model's arena was separated by, no two phases the same).
    virtual std::string parameterPrefix(int phase) const {
        (void)phase;
        return {};
    }
    virtual int period(int phase) const {
        (void)phase;
        return 1;
    }  // the phase runs every so many steps, at the last of them
    virtual double rateFactor(int phase) const {
        (void)phase;
        return 1;
    }  // of the learning rate
    virtual bool averaged(int phase) const {
        (void)phase;
        return true;
    }                                                        // false: its average is always the present weights
    virtual std::vector<std::string> lossNames() const = 0;  // "loss", "loss_low_noise", ...
    // What "it goes well" means: a loss that falls, two networks in balance, ...
    virtual std::unique_ptr<HealthMonitor> makeHealthMonitor() const { return std::make_unique<FallingLoss>(); }
    // Forward and backward of one phase: adds gradients into the arena, writes its losses into the device tensor
    // `losses` [lossNames().size()] (float; untouched entries stay). No host read.
    virtual void accumulate(int phase, const Batch& batch, const StepInfo& info, at::Tensor& losses) = 0;
    // The same in two halves, where the objective has one phase and can be split; else null.
    virtual RecordableStep* recordable() { return nullptr; }
};

}  // namespace imago
