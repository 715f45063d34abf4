#include "core/config/presets.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "core/base/log.h"

namespace imago {

namespace fs = std::filesystem;

fs::path resourcesFolder() {
    if (const char* given = std::getenv("IMAGO_RESOURCES")) return given;
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    if (!error) {
        const fs::path installed = program.parent_path().parent_path() / "share" / "imago";
        if (fs::is_directory(installed, error)) return installed;
    }
    return IMAGO_SOURCE_RESOURCES;
}

static Result<Preset> readPreset(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    if (!in) return Error{ErrorCode::BadInput, IMAGO_TR("The preset {file} cannot be read."), {{"file", file.string()}}};
    IMAGO_ASSIGN(const Json json, parseJson(text.str(), file.string()));
    Preset preset;
    preset.id = file.stem().string();
    try {
        preset.label = json.at("label").get<std::string>();
        preset.help = json.at("help").get<std::string>();
        if (json.contains("minutes")) preset.minutes = json.at("minutes").get<double>();
        preset.config = json.at("config");
    } catch (const Json::exception& why) {
        return Error{
            ErrorCode::BadInput, IMAGO_TR("The preset {file} is incomplete: {why}"), {{"file", file.string()}, {"why", why.what()}}};
    }
    return preset;
}

std::vector<Preset> presetsOf(const std::string& family) {
    std::vector<Preset> presets;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(resourcesFolder() / "presets" / family, error)) {
        if (entry.path().extension() != ".json") continue;
        if (auto preset = readPreset(entry.path()); preset.ok())
            presets.push_back(std::move(*preset));
        else
            logWarning(preset.error().text());
    }
    std::sort(presets.begin(), presets.end(), [](const Preset& a, const Preset& b) {
        return std::pair(a.minutes.value_or(1e9), a.id) < std::pair(b.minutes.value_or(1e9), b.id);
    });
    return presets;
}

Result<Preset> findPreset(const std::string& family, const std::string& id) {
    std::string known;
    for (auto& preset : presetsOf(family)) {
        if (preset.id == id) return preset;
        known += (known.empty() ? "" : ", ") + preset.id;
    }
    return Error{ErrorCode::BadInput,
                 IMAGO_TR("There is no preset {id} for {family}. Known ones: {known}."),
                 {{"id", id}, {"family", family}, {"known", known.empty() ? "-" : known}}};
}

}  // namespace imago
