// IDX: LeCun's array format of the MNIST files: two zero bytes, type code, rank, big-endian extents, then the numbers.
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "core/data/sources.h"

namespace imago {
namespace {

constexpr std::size_t kMaxItems = 100'000'000;
constexpr std::uint64_t kMaxBytes = 64ull << 30;

Error idxError(const std::filesystem::path& file, std::string why) {
    return {ErrorCode::BadInput,
            IMAGO_TR("{file} is not a usable IDX file: {why}"),
            {{"file", printableName(file.native())}, {"why", std::move(why)}}};
}

struct GzCloser {
    void operator()(gzFile_s* file) const { gzclose(file); }
};

// Header: 00 00 type rank, then rank extents of 4 bytes, big-endian.
Result<std::vector<std::size_t>> readHeader(gzFile file, const std::filesystem::path& path) {
    std::uint8_t head[4];
    if (gzread(file, head, 4) != 4) return idxError(path, "the file ends in its header");
    if (head[0] != 0 || head[1] != 0) return idxError(path, "it does not begin with two zero bytes");
    if (head[2] != 0x08) return idxError(path, "its numbers are not unsigned bytes");
    if (head[3] < 1 || head[3] > 4) return idxError(path, "it has " + std::to_string(head[3]) + " dimensions; 1 to 4 are allowed");
    std::vector<std::size_t> extents;
    std::uint64_t total = 1;
    for (int i = 0; i < head[3]; ++i) {
        std::uint8_t e[4];
        if (gzread(file, e, 4) != 4) return idxError(path, "the file ends in its header");
        const std::uint64_t extent = (std::uint64_t(e[0]) << 24) | (e[1] << 16) | (e[2] << 8) | e[3];
        if (extent == 0) return idxError(path, "an extent is zero");
        if (extent > kMaxItems || total > kMaxBytes / extent) return idxError(path, "its header claims an impossible size");
        total *= extent;
        extents.push_back(extent);
    }
    return extents;
}

}  // namespace

Result<IdxArray> readIdx(const std::filesystem::path& path) {
    std::unique_ptr<gzFile_s, GzCloser> file(gzopen(path.c_str(), "rb"));  // reads plain files as they are
    if (!file)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("{file} cannot be read: {why}"),
                     {{"file", printableName(path.native())}, {"why", std::strerror(errno)}}};
    gzbuffer(file.get(), 1 << 18);
    IdxArray array;
    IMAGO_ASSIGN(array.extents, readHeader(file.get(), path));
    std::size_t total = 1;
    for (const std::size_t extent : array.extents) total *= extent;
    IMAGO_TRY(checkFitsInMemory(total, 1));
    // Grows with what is really there: a lying header costs nothing.
    constexpr std::size_t kChunk = 4 << 20;
    while (array.bytes.size() < total) {
        const std::size_t at = array.bytes.size();
        const std::size_t wanted = std::min(kChunk, total - at);
        array.bytes.resize(at + wanted);
        const int got = gzread(file.get(), array.bytes.data() + at, static_cast<unsigned>(wanted));
        if (got < 0) return idxError(path, "its compressed data are damaged");
        if (static_cast<std::size_t>(got) < wanted) return idxError(path, "the file ends before its last number");
    }
    std::uint8_t extra;
    const int more = gzread(file.get(), &extra, 1);
    if (more > 0) return idxError(path, "there are bytes after its last number");
    int code = Z_OK;
    gzerror(file.get(), &code);  // the checksum at the end of a gzipped file is read with its last byte
    if (more < 0 || (code != Z_OK && code != Z_STREAM_END)) return idxError(path, "its compressed data are damaged");
    return array;
}

Result<DatasetContents> openIdx(const std::filesystem::path& images, const std::optional<std::filesystem::path>& labels,
                                const DatasetOptions& options) {
    IMAGO_ASSIGN(IdxArray pictures, readIdx(images));
    const auto& e = pictures.extents;
    if (e.size() < 3) return idxError(images, "pictures need three or four dimensions");
    const std::size_t channels = e.size() == 4 ? e[3] : 1;
    if (channels != 1 && channels != 3) return idxError(images, "pictures need 1 or 3 channels, these have " + std::to_string(channels));
    if (e[1] > 4096 || e[2] > 4096) return idxError(images, "pictures larger than 4096 a side are not taken");

    DatasetContents contents;
    contents.shape = {static_cast<int>(channels), static_cast<int>(e[1]), static_cast<int>(e[2]), {}};
    contents.pixels = std::move(pictures.bytes);
    if (labels) {
        IMAGO_ASSIGN(IdxArray classes, readIdx(*labels));
        if (classes.extents.size() != 1) return idxError(*labels, "labels need one dimension");
        if (classes.extents[0] != e[0])
            return idxError(*labels, std::to_string(classes.extents[0]) + " labels for " + std::to_string(e[0]) + " pictures");
        contents.classes.assign(classes.bytes.begin(), classes.bytes.end());
        const int top = *std::max_element(contents.classes.begin(), contents.classes.end());
        for (int c = 0; c <= top; ++c) contents.shape.classNames.push_back(std::to_string(c));
    }
    IMAGO_TRY(convertContents(contents, options));
    return contents;
}

std::filesystem::path fashionMnistFolder() {
    std::vector<std::filesystem::path> candidates;
    if (const char* own = std::getenv("IMAGO_DATA_DIR"); own && *own) {
        candidates.emplace_back(own);
        candidates.push_back(std::filesystem::path(own) / "fashion-mnist");
    }
    candidates.emplace_back("/usr/share/datasets/fashion-mnist");
    candidates.emplace_back("/usr/share/dataset-fashion-mnist");
    for (const auto& folder : candidates) {
        std::error_code ignored;
        if (std::filesystem::exists(folder / "train-images-idx3-ubyte.gz", ignored)) return folder;
    }
    return {};
}

Result<DatasetContents> openFashionMnist(bool test, const DatasetOptions& options) {
    const std::filesystem::path folder = fashionMnistFolder();
    if (folder.empty())
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The Fashion-MNIST files are not on this machine."),
                     {},
                     IMAGO_TR("Install the package dataset-fashion-mnist, or set IMAGO_DATA_DIR to the folder that holds them.")};
    const std::string stem = test ? "t10k" : "train";
    IMAGO_ASSIGN(DatasetContents contents,
                 openIdx(folder / (stem + "-images-idx3-ubyte.gz"), folder / (stem + "-labels-idx1-ubyte.gz"), options));
    // The ten classes in the order of the data's own documentation (Xiao et al. 2017).
    contents.shape.classNames = {"T-shirt", "Trousers", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"};
    for (const int c : contents.classes)
        if (c > 9) return idxError(folder, "a label is not one of the ten classes");
    return contents;
}

}  // namespace imago
