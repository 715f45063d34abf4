// Packed: a dataset as one file, which may be larger than the memory: then its pictures are read as they are needed. The file is a
// safetensors file that any other program can read: "pixels" u8 [N, H, W, C], "classes" i32 [N], "hashes" u8 [N, 32],
// "names" u8 and "name_ends" i64 [N], and under "imago.packed" what the dataset was. Its hash is checked on opening.
#pragma once

#include <filesystem>
#include <functional>

#include "core/data/dataset.h"

namespace imago {

struct PackedFile {
    std::uint64_t bytes = 0;
    std::size_t count = 0;
};
// Durably. progress: pictures done; false cancels and leaves nothing behind.
Result<PackedFile> writePacked(const std::filesystem::path& file, const Dataset& data,
                               const std::function<bool(std::size_t done, std::size_t total)>& progress = {});

}  // namespace imago
