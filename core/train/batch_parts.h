// BatchParts: a step's batch taken in equal parts whose gradients are averaged: the same step, in less memory. Automatic
// ones become smaller when memory runs out; others never change. Compute thread.
#pragma once

#include <cstdint>
#include <functional>

namespace at {
class Tensor;
}

namespace imago {

namespace nn {
class ParameterArena;
}

class BatchParts {
  public:
    BatchParts(int batch, bool automatic) : m_batch(batch), m_automatic(automatic) {}

    int parts() const { return m_parts; }
    int pictures() const { return m_batch / m_parts; }  // at a time
    bool automatic() const { return m_automatic; }
    void setAutomatic(bool automatic) { m_automatic = automatic; }
    void setParts(int parts);  // of a resumed run; one that does not divide the batch is passed over

    // work: forward and backward of pictures [first, first + count), adding gradients and writing its losses. backwards: the
    // last part first. Afterwards gradients and losses are those of the whole batch (a loss that a part leaves as NaN is not
    // measured there). When memory runs out, gradients are zeroed and it begins again with smaller parts; what was thrown
    // goes on when that is not allowed or no longer possible.
    using Work = std::function<void(int part, std::int64_t first, std::int64_t count, at::Tensor& losses)>;
    void run(nn::ParameterArena& arena, at::Tensor& losses, bool backwards, const Work& work);

  private:
    bool halve();

    int m_batch;
    int m_parts = 1;
    bool m_automatic;
};

}  // namespace imago
