// Family: descriptor of one kind of model, the half that computes. Families are listed explicitly in families.cpp; adding one
// is a folder and a word there and in schemas.cpp (family_info.h, the half without LibTorch).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/data/data_shape.h"
#include "core/models/family_info.h"
#include "core/models/preview.h"
#include "core/tensor/device.h"

namespace imago {

class GenerativeModel;
class Objective;

struct Family {
    std::string id;
    // config: bound and complete (defaults filled in). The model's parameters are initialised from seed (Philox), on device.
    Result<std::unique_ptr<GenerativeModel>> (*makeModel)(const Json& config, const DataShape& shape, std::uint64_t seed,
                                                          const Device& device) = nullptr;
    Result<std::unique_ptr<Objective>> (*makeObjective)(const Json& config, GenerativeModel& model) = nullptr;
    // What a training shows of its model; null: nothing.
    Previews (*makePreviews)(GenerativeModel& model, const Dataset& data, const PreviewSpec& spec) = nullptr;
};
const std::vector<Family>& families();  // families.cpp
Result<const Family*> findFamily(const std::string& id);

}  // namespace imago
