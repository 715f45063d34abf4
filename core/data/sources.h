// The sources behind openDataset(): each fills DatasetContents. Any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/image/image.h"

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
// Pictures below a folder, of every format that the codecs read; a first-level sub-folder is a class. Links to folders are
// not followed. Without a resolution it is the smaller median side, at most 64, rounded to a multiple of 8.
Result<DatasetContents> openFolder(const std::filesystem::path& folder, const DatasetOptions& options);
// CIFAR-10 and CIFAR-100 in their binary form: a folder with the batches (and the names of the classes), or one file.
Result<DatasetContents> openCifar(const std::filesystem::path& path, bool test, const DatasetOptions& options);
// Glyphs of fonts, drawn at the model's resolution: "FONT[,FONT...][,classes=names|groups|none][,chars=...]".
Result<DatasetContents> openGlyphs(const std::string& rest, const DatasetOptions& options);
// Our own single file (packed.h).
Result<DatasetContents> openPacked(const std::filesystem::path& file, const DatasetOptions& options);

// Refuses before allocating what would not fit in half of the machine's memory.
Result<void> checkFitsInMemory(std::size_t count, std::size_t itemBytes);
std::uint64_t machineMemory();  // bytes
std::uint64_t memoryBudget(const DatasetOptions& options);
std::size_t bytesOfItem(const DataShape& shape);
// What pictures of this shape become by the options' resolution and channels, and one of them (pixels: [H, W, C]).
DataShape convertedShape(DataShape shape, const DatasetOptions& options);
Image convertedPicture(const std::uint8_t* pixels, const DataShape& from, const DatasetOptions& options);
// Converts [N, H, W, C] in place of `contents` to the options' resolution and channels (area filter or bilinear). Hashes
// are made of the pictures as they were, unless there are some already.
Result<void> convertContents(DatasetContents& contents, const DatasetOptions& options);
// The picture as a square of side x side: the longer sides cut off, or ground added to the shorter ones.
Image squarePicture(const ImageView& view, int side, bool pad, Rgb ground);
// Bytes of any encoding as printable UTF-8: what is not valid becomes \xNN.
std::string printableName(const std::string& bytes);

}  // namespace imago
