// What lies below a folder: the files that look like pictures, and what cannot be one, with the reason. Nothing is decoded.
// Any thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/data/dataset.h"

namespace imago {

struct FolderFile {
    std::filesystem::path path;
    std::string name;    // relative to the root, bytes
    std::string folder;  // first-level sub-folder, empty at the root
};

struct FolderScan {
    std::vector<FolderFile> files;  // sorted by the bytes of their names
    std::vector<FoundItem> unusable;
    std::vector<SkippedItem> skipped;
    std::size_t ignored = 0;
    std::size_t damaged = 0;  // of the unusable: what is called a picture but is not a file
};

// Folders behind links are not entered: no loops.
Result<FolderScan> scanFolder(const std::filesystem::path& root);

}  // namespace imago
