// Catalogue: what can learn, as plain values handed in by the composition root: kinds of model with their forms, and
// presets in plain words. The window needs no engine for it. GUI thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/config/schema.h"

namespace imago {

struct PresetEntry {
    std::string id, label, help;  // English; context "core"
    Json config = Json::object();
    std::optional<double> minutes;
    std::optional<std::int64_t> steps;
};

struct FamilyEntry {
    std::string id, label, help;
    Schema config;
    std::vector<PresetEntry> presets;  // the first is preselected
};

struct Catalogue {
    std::vector<FamilyEntry> families;
    const FamilyEntry* find(const std::string& id) const {
        for (const FamilyEntry& family : families)
            if (family.id == id) return &family;
        return nullptr;
    }
};

}  // namespace imago
