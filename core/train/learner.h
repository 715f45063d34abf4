// Learner: a model and what teaches it. Compute thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/base/json.h"
#include "core/base/result.h"

namespace imago {

class Dataset;
class GenerativeModel;
class Objective;
class Trainer;
struct Device;

struct Learner {
    std::unique_ptr<GenerativeModel> model;
    std::unique_ptr<Objective> objective;
    std::unique_ptr<Trainer> trainer;

    Learner();
    Learner(Learner&&) noexcept;
    Learner& operator=(Learner&&) noexcept;
    ~Learner();
};

// config: complete. model: the one to go on with; null: a new one of the family.
Result<Learner> makeLearner(const std::string& family, const Json& config, std::shared_ptr<const Dataset> data, std::uint64_t seed,
                            const Device& device, std::unique_ptr<GenerativeModel> model = nullptr);

}  // namespace imago
