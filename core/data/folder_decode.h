// The pictures of a folder, decoded by up to four threads, each file on its own, so that the result does not depend on who
// came first. What cannot be decoded says why.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "core/data/folder_scan.h"
#include "core/image/image.h"

namespace imago {

struct SquareFit {
    int side = 0;
    bool pad = false;
    Rgb ground;
};
// As the options ask; without a resolution the smaller sides' median, looked up in the headers of a sample of the files.
SquareFit fitOf(const std::vector<FolderFile>& files, const DatasetOptions& options);

struct DecodedFile {
    Image image;  // 3 channels, side x side; null: there is a problem
    int width = 0, height = 0;
    bool grey = false;
    std::array<std::uint8_t, 32> hash{};
    std::optional<Error> problem;
    Finding finding = Finding::Unreadable;  // of the problem
};
DecodedFile decodeFile(const FolderFile& file, const SquareFit& fit);

// All of them; `store` is called under a lock. False: cancelled by options.progress.
bool decodeFiles(const std::vector<FolderFile>& files, const SquareFit& fit, const DatasetOptions& options,
                 const std::function<void(std::size_t, DecodedFile)>& store);

}  // namespace imago
