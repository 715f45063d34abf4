#include "core/data/folder_scan.h"

#include <unistd.h>

#include <algorithm>

#include "core/data/sources.h"
#include "core/image/codecs.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 5'000'000;

bool hiddenName(const fs::path& path) {
    return path.filename().native().starts_with(".");
}

Error cannotRead(const fs::path& root, const std::error_code& problem) {
    return {ErrorCode::BadInput,
            IMAGO_TR("The folder {folder} cannot be read: {why}"),
            {{"folder", printableName(root.native())}, {"why", problem.message()}}};
}

void leaveOut(FolderScan& out, const fs::path& relative, Finding finding, Error why) {
    const std::string name = printableName(relative.native());
    out.unusable.push_back({finding, name, why});
    out.skipped.push_back({name, std::move(why)});
}

void scanFile(const fs::directory_entry& entry, const fs::path& root, FolderScan& out) {
    const fs::path& path = entry.path();
    const std::string foreign = hiddenName(path) ? std::string() : foreignImageExtension(path);
    if (hiddenName(path) || (foreign.empty() && !hasImageExtension(path))) {
        ++out.ignored;
        return;
    }
    const fs::path relative = path.lexically_relative(root);
    std::error_code ignore;
    if (!entry.is_regular_file(ignore)) {  // called a picture: to be named, not passed over
        const bool link = entry.is_symlink(ignore);
        ++out.damaged;
        return leaveOut(out, relative, Finding::Unreadable,
                        {ErrorCode::BadInput, link ? IMAGO_TR("the link leads nowhere") : IMAGO_TR("it is not a file")});
    }
    if (!foreign.empty())
        return leaveOut(
            out, relative, Finding::Foreign,
            {ErrorCode::BadInput, IMAGO_TR(".{kind} files are not read (but {known} are)"), {{"kind", foreign}, {"known", codecNames()}}});
    const bool nested = std::next(relative.begin()) != relative.end();
    out.files.push_back({path, relative.native(), nested ? relative.begin()->native() : std::string()});
}

}  // namespace

Result<FolderScan> scanFolder(const fs::path& root) {
    FolderScan out;
    std::error_code problem;
    fs::recursive_directory_iterator at(root, fs::directory_options::skip_permission_denied, problem), end;
    if (problem) return cannotRead(root, problem);
    for (; at != end; at.increment(problem)) {
        std::error_code ignore;
        const fs::path& path = at->path();
        if (!at->is_directory(ignore)) {
            scanFile(*at, root, out);
            if (out.files.size() > kMostFiles)
                return Error{ErrorCode::BadInput, IMAGO_TR("The folder holds more than five million pictures.")};
            continue;
        }
        if (hiddenName(path)) {
            at.disable_recursion_pending();
            ++out.ignored;
        } else if (at->is_symlink(ignore)) {
            leaveOut(out, path.lexically_relative(root), Finding::Unreadable,
                     {ErrorCode::BadInput, IMAGO_TR("links to folders are not followed")});
        }
        if (!at->is_symlink(ignore) && ::access(path.c_str(), R_OK | X_OK) != 0)
            leaveOut(out, path.lexically_relative(root), Finding::Unreadable,
                     {ErrorCode::BadInput, IMAGO_TR("the folder may not be read")});
    }
    if (problem) return cannotRead(root, problem);  // the disk failed in the middle: half a dataset is not taken for a whole one
    std::sort(out.files.begin(), out.files.end(), [](const FolderFile& a, const FolderFile& b) { return a.name < b.name; });
    return out;
}

}  // namespace imago
