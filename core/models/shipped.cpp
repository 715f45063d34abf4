#include "core/models/shipped.h"

#include <algorithm>

#include "core/config/presets.h"

namespace imago {

namespace fs = std::filesystem;

std::vector<fs::path> shippedModels() {
    std::vector<fs::path> files;
    std::error_code problem;
    for (fs::directory_iterator at(resourcesFolder() / "models", problem), end; !problem && at != end; at.increment(problem))
        if (at->path().extension() == ".safetensors") files.push_back(at->path());
    std::sort(files.begin(), files.end());
    return files;
}

std::optional<fs::path> shippedModel(const std::string& name) {
    for (const fs::path& file : shippedModels())
        if (file.stem() == name) return file;
    return std::nullopt;
}

std::string shippedModelNames() {
    std::string names;
    for (const fs::path& file : shippedModels()) names += (names.empty() ? "" : ", ") + file.stem().string();
    return names;
}

}  // namespace imago
