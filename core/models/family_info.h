// FamilyInfo: what forms, presets, the command line and jobs know of a family without LibTorch: its words, its settings and
// what it does. Families are listed in schemas.cpp; each one's entry stands in its own config.cpp. Any thread.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/schema.h"

namespace imago {

// What a model of the family does.
struct Abilities {
    bool generates = false;  // makes pictures: beginSampling()
    bool encodes = false;    // looks into pictures: LatentSpace::encode()
    bool names = false;      // says which class a picture belongs to
};

struct FamilyInfo {
    std::string id;     // "diffusion"
    std::string label;  // IMAGO_TR("Best, slow (diffusion)")
    std::string help;
    Schema config;    // of a training: network, loss, optimizer, ... nested sections
    Schema sampling;  // settings of a SampleRequest; empty where it does not generate
    Abilities abilities;
    // The sections of `config` that decide which weights a model has. A small set that starts from a shipped model takes them over.
    std::vector<std::string> networkSections{"network"};
    // Dotted keys in them that tell kinds of models apart: with another value there a model is no start for a training.
    std::vector<std::string> kindKeys;
};

const std::vector<FamilyInfo>& familyInfos();
Result<const FamilyInfo*> findFamilyInfo(const std::string& id);  // unknown: an Error naming the known ones

}  // namespace imago
