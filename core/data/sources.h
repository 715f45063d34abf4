// The sources behind openDataset(): each fills DatasetContents. Any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/data/dataset.h"

namespace imago {

// An IDX array of unsigned bytes (the MNIST format), plain or gzipped, checked before anything is allocated for it.
struct IdxArray {
    std::vector<std::size_t> extents;
    std::vector<std::uint8_t> bytes;
};
Result<IdxArray> readIdx(const std::filesystem::path& file);

// images: [N, H, W] or [N, H, W, C]; labels: [N]. Without labels the data are unlabelled.
Result<DatasetContents> openIdx(const std::filesystem::path& images, const std::optional<std::filesystem::path>& labels,
                                const DatasetOptions& options);
// Where the Fashion-MNIST files are: $IMAGO_DATA_DIR, else the Debian package's folder. Empty: nowhere.
std::filesystem::path fashionMnistFolder();
Result<DatasetContents> openFashionMnist(bool test, const DatasetOptions& options);
// Coloured shapes on coloured grounds, drawn by rule; the class is the shape. The same numbers on every machine.
Result<DatasetContents> openShapes(std::size_t count, const DatasetOptions& options);
// PNG and JPEG files below a folder; a first-level sub-folder is a class. Links to folders are not followed. Without a
// resolution it is the smaller median side, at most 64, rounded to a multiple of 8.
Result<DatasetContents> openFolder(const std::filesystem::path& folder, const DatasetOptions& options);

// Refuses before allocating what would not fit in half of the machine's memory.
Result<void> checkFitsInMemory(std::size_t count, std::size_t itemBytes);
// Converts [N, H, W, C] in place of `contents` to the options' resolution and channels (area filter or bilinear).
Result<void> convertContents(DatasetContents& contents, const DatasetOptions& options);
// Bytes of any encoding as printable UTF-8: what is not valid becomes \xNN.
std::string printableName(const std::string& bytes);

}  // namespace imago
