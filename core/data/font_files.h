// Finds the files of fonts: by path, all of a folder, or by the name of an installed one. Any thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace imago {

// "emoji" is the font of colour emoji. An Error names the one that is not there.
Result<std::vector<std::filesystem::path>> findFontFiles(const std::vector<std::string>& names);

}  // namespace imago
