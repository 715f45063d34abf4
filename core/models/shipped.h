// The models that come with Imago: files in resources/models, each with a card (.json) beside it. Any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace imago {

std::vector<std::filesystem::path> shippedModels();  // sorted by name
// The one of that name ("emoji-gan"). Where a person may also mean a file or folder, that comes first.
std::optional<std::filesystem::path> shippedModel(const std::string& name);
std::string shippedModelNames();  // "clothes, emoji-gan, ..."

}  // namespace imago
