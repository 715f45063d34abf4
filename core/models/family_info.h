// FamilyInfo: what forms, presets and the command line know of a kind of model. Free of LibTorch, with the config halves of
// the families (core/models/*/config.*, schemas.cpp) in imago_base; the half that computes is family.h.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/schema.h"

namespace imago {

struct FamilyInfo {
    std::string id;     // "diffusion"
    std::string label;  // IMAGO_TR("Best, slow (diffusion)")
    std::string help;
    Schema config;    // training config: network, loss, optimizer, ... nested sections
    Schema sampling;  // settings of a SampleRequest
};
const std::vector<FamilyInfo>& familyInfos();                     // schemas.cpp
Result<const FamilyInfo*> findFamilyInfo(const std::string& id);  // unknown: an Error naming the known ones

}  // namespace imago
