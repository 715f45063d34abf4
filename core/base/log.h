// Log: one rotating file (5 x 5 MB) and stderr for warnings. Lines carry no user file names above debug level. Any thread.
#pragma once

#include <filesystem>
#include <string_view>

namespace imago {

void startLog(const std::filesystem::path& folder);  // without it, only warnings reach stderr
void logInfo(std::string_view text);
void logWarning(std::string_view text);
void logError(std::string_view text);

}  // namespace imago
