#include "core/data/class_folders.h"

namespace imago {
namespace {

// A '%' that was written here, so that a folder of somebody's own called "50%2Fold" is the only one to suffer.
constexpr struct {
    char plain;
    const char* written;
} kWritten[] = {{'/', "%2F"}, {'%', "%25"}, {'.', "%2E"}};

}  // namespace

std::string folderOfClass(const std::string& name) {
    if (name.empty()) return "%";
    std::string folder;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        const bool strange = c == '/' || c == '%' || (c == '.' && i == 0);
        if (!strange) folder += c;
        for (const auto& entry : kWritten)
            if (strange && entry.plain == c) folder += entry.written;
    }
    return folder;
}

std::string classOfFolder(const std::string& folder) {
    if (folder == "%") return {};
    std::string name;
    for (std::size_t i = 0; i < folder.size();) {
        bool found = false;
        for (const auto& entry : kWritten) {
            if (folder.compare(i, 3, entry.written) != 0) continue;
            name += entry.plain;
            i += 3;
            found = true;
            break;
        }
        if (!found) name += folder[i++];
    }
    return name;
}

}  // namespace imago
