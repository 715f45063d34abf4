// GraphCapture: runs a training step; on CUDA it records the whole step once (forward, backward, optimizer) and replays it,
// on the CPU it simply calls it. Compute thread.
#pragma once

#include <functional>
#include <memory>

#include "core/tensor/device.h"

namespace imago::nn {

// The body must do the same work on the same tensors every time: inputs are copied into fixed tensors beforehand, what
// changes from step to step lies in device memory (FusedOptimizer::prepare), nothing is read back inside.
class GraphCapture {
  public:
    explicit GraphCapture(const Device& device);
    ~GraphCapture();

    void run(const std::function<void()>& body);
    void reset();  // the shapes or the body changed: record again

  private:
    struct Recording;
    std::unique_ptr<Recording> m_recording;  // null on the CPU
};

}  // namespace imago::nn
