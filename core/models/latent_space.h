// LatentSpace: the numbers behind pictures, the same for every family that has them. Works with the averaged weights, without
// gradients, in padded batches of one size, so that a picture is the same bytes wherever it stands. Compute thread.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/result.h"

namespace at {
class Tensor;
}

namespace imago {

class LatentSpace {
  public:
    virtual ~LatentSpace() = default;
    virtual int dimension() const = 0;

    struct Statistics {
        std::vector<float> mean, deviation;  // [dimension]
    };
    virtual Statistics statistics() const;  // of where pictures lie; zeros and ones unless the model knows better

    // z: float [N, dimension] -> [N, C, H, W] in [-1, 1]. classes: one a row, -1 = none; empty = all -1.
    virtual Result<at::Tensor> decode(const at::Tensor& z, const std::vector<int>& classes = {});
    // pixels: float [N, C, H, W] in [-1, 1], of the model's own size -> [N, dimension].
    virtual bool encodes() const { return false; }
    virtual Result<at::Tensor> encode(const at::Tensor& pixels);

    // Spaces of codes: pictures as places() words out of a dictionary of codeCount(); 0: a space of numbers.
    virtual int codeCount() const { return 0; }
    virtual int places() const { return 0; }
    virtual std::vector<double> codeFrequencies() const;               // [codeCount], sums to 1; even unless the model knows better
    virtual Result<at::Tensor> encodeCodes(const at::Tensor& pixels);  // -> int64 [N, places]
    virtual Result<at::Tensor> decodeCodes(const at::Tensor& codes);   // -> [N, C, H, W] in [-1, 1]
};

}  // namespace imago
