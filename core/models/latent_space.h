// LatentSpace: what sliders act on, the same for every family that has one. Compute thread.
#pragma once

namespace imago {

class LatentSpace {
  public:
    virtual ~LatentSpace() = default;
    virtual int dimension() const = 0;
};

}  // namespace imago
