// Preview: a picture that a training shows of its model, one network evaluation a slice, with fixed seeds and the averaged
// weights. It reads the weights and nothing else: a training with previews is the training without, bit for bit. Which ones
// there are is the family's to say (Family::makePreviews). Compute thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/engine/event.h"

namespace imago {

class Dataset;
class GenerativeModel;

class Preview {
  public:
    virtual ~Preview() = default;
    virtual Result<bool> advance() = 0;              // one evaluation; true: there is more to do
    virtual std::optional<PreviewReady> take() = 0;  // then, once; nothing where there was nothing to look at
};
using Previews = std::vector<std::unique_ptr<Preview>>;  // in the order in which they are shown

struct PreviewSpec {
    std::int64_t step = 0;
    std::uint64_t seed = 0;
    int count = 36;
};

// Samples (kind "samples"): tile i has seed (seed + i), as sample i of `imago sample --seed seed`; the first `classes` classes
// take turns. settings: of the family's sampling. Model and data must outlive what is made here.
std::unique_ptr<Preview> samplesPreview(GenerativeModel& model, const PreviewSpec& spec, int classes, Json settings = Json::object());
// Pictures of the data over their copies through the model's latent space, row by row in turns (kind "reconstructions"); the
// same pictures every time.
std::unique_ptr<Preview> copiesPreview(GenerativeModel& model, const Dataset& data, const PreviewSpec& spec);

constexpr int kSketchSteps = 8;  // for families that make pictures in several: enough to see what is learned

}  // namespace imago
