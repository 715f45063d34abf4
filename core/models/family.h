// Family: descriptor of one kind of model. Families are listed explicitly in families.cpp; adding one is a folder and a word.
// The schema half (core/models/*/config.*, schemas.*) needs no LibTorch and lives in imago_base.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/schema.h"
#include "core/data/data_shape.h"
#include "core/tensor/device.h"

namespace imago {

class GenerativeModel;
class Objective;

// The LibTorch-free part: what forms, presets and the command line need.
struct FamilyInfo {
    std::string id;            // "diffusion"
    std::string label;         // IMAGO_TR("Best, slow (diffusion)")
    std::string help;
    Schema config;             // training config: network, loss, optimizer, ... nested sections
    Schema sampling;           // settings of a SampleRequest
};
const std::vector<FamilyInfo>& familyInfos();                  // schemas.cpp
Result<const FamilyInfo*> findFamilyInfo(const std::string& id);  // unknown: an Error naming the known ones

// The LibTorch part.
struct Family {
    std::string id;
    // config: bound and complete (defaults filled in). The model's parameters are initialised from seed (Philox), on device.
    Result<std::unique_ptr<GenerativeModel>> (*makeModel)(const Json& config, const DataShape& shape, std::uint64_t seed,
                                                          const Device& device) = nullptr;
    Result<std::unique_ptr<Objective>> (*makeObjective)(const Json& config, GenerativeModel& model) = nullptr;
};
const std::vector<Family>& families();                         // families.cpp
Result<const Family*> findFamily(const std::string& id);

}  // namespace imago
