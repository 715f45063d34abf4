#include <algorithm>
#include <cstdlib>

#include "core/engine/run_files.h"

namespace imago {
namespace {

constexpr int kDepth = 4;  // root / project / group / run

void collect(const std::filesystem::path& folder, int depth, std::vector<std::filesystem::path>& found) {
    std::error_code error;
    for (std::filesystem::directory_iterator it(folder, std::filesystem::directory_options::skip_permission_denied, error), end;
         !error && it != end; it.increment(error)) {
        std::error_code ignored;
        if (!it->is_directory(ignored) || it->is_symlink(ignored)) continue;
        if (std::filesystem::is_regular_file(it->path() / "run.json", ignored)) {
            found.push_back(it->path());
        } else if (depth > 1) {
            collect(it->path(), depth - 1, found);
        }
    }
}

}  // namespace

std::vector<std::filesystem::path> listRuns(const std::filesystem::path& root) {
    std::vector<std::filesystem::path> folders;
    collect(root, kDepth, folders);
    std::vector<std::pair<std::string, std::filesystem::path>> dated;
    for (std::filesystem::path& folder : folders) {
        // A run that cannot be read is listed last: it can still be shown with the reason, or deleted.
        std::string created;
        if (const Result<RunInfo> info = readRunInfo(folder))
            if (const auto found = info->json.find("created"); found != info->json.end() && found->is_string())
                created = found->get<std::string>();
        dated.emplace_back(std::move(created), std::move(folder));
    }
    std::sort(dated.begin(), dated.end(),
              [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
    folders.clear();
    for (auto& [created, folder] : dated) folders.push_back(std::move(folder));
    return folders;
}

std::filesystem::path defaultRunsRoot() {
    if (const char* data = std::getenv("XDG_DATA_HOME"); data && *data == '/') return std::filesystem::path(data) / "imago" / "runs";
    const char* home = std::getenv("HOME");
    return std::filesystem::path(home && *home ? home : "/tmp") / ".local" / "share" / "imago" / "runs";
}

}  // namespace imago
