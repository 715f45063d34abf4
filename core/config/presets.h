// Presets: named configs in plain words, one JSON file each in resources/presets/<family>/:
// {"label": "...", "help": "...", "minutes": 20, "config": {...}}. The file's name is the preset's id. Any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"

namespace imago {

struct Preset {
    std::string id, label, help;
    std::optional<double> minutes;  // how long it trains unless told otherwise
    Json config = Json::object();   // what differs from the family's defaults
};

// $IMAGO_RESOURCES, else share/imago beside an installed program, else the source tree's resources.
std::filesystem::path resourcesFolder();

std::vector<Preset> presetsOf(const std::string& family);  // quickest first; unreadable files are left out with a warning in the log
Result<Preset> findPreset(const std::string& family, const std::string& id);  // an Error names the known ones

}  // namespace imago
