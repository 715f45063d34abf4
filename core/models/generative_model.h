// GenerativeModel: owns the networks of one trained (or training) model. Compute thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/models/family.h"

namespace at {
class Tensor;
}

namespace imago {

namespace nn {
class ParameterArena;
}
class SamplingProcess;
class LatentSpace;

struct SamplingJobSpec {
    std::vector<std::uint64_t> seeds;  // one a sample; all noise derives from (seed, purpose, step, index)
    std::vector<int> classes;          // one a sample, -1 = no class; empty = all -1
    Json settings = Json::object();    // bound against FamilyInfo::sampling
};

class GenerativeModel {
  public:
    virtual ~GenerativeModel() = default;
    virtual const std::string& familyId() const = 0;
    virtual const DataShape& shape() const = 0;
    virtual const Json& config() const = 0;              // resolved
    virtual nn::ParameterArena& parameters() = 0;        // every learned number, also several networks (named "g.", "d.")
    virtual std::unique_ptr<LatentSpace> latentSpace();  // default: null
    // Resumable sampling, in padded fixed batches so that a tile rendered again is byte-equal.
    virtual Result<std::unique_ptr<SamplingProcess>> beginSampling(const SamplingJobSpec& spec) = 0;
};

}  // namespace imago
