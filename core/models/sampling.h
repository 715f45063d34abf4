// SamplingProcess: resumable sampling. One step for GAN and VAE, N for diffusion. Compute thread only.
#pragma once

#include "core/base/result.h"

namespace at { class Tensor; }

namespace imago {

class SamplingProcess {
  public:
    virtual ~SamplingProcess() = default;
    virtual int stepsDone() const = 0;
    virtual int stepsTotal() const = 0;
    virtual Result<bool> advance() = 0;          // one network evaluation; true: there is more to do
    virtual at::Tensor preview() const = 0;      // current estimate, [N, C, H, W] float in [-1, 1]
    virtual at::Tensor result() const = 0;       // [N, C, H, W] float in [-1, 1]
};

}  // namespace imago
