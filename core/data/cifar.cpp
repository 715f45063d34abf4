// CIFAR-10 and CIFAR-100 in their binary form (Krizhevsky 2009): records of one label (CIFAR-100: a coarse and a fine one)
// and 3 x 32 x 32 bytes, plane after plane.
#include <algorithm>
#include <fstream>

#include "core/base/durable_file.h"
#include "core/data/sources.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSide = 32, kPlane = kSide * kSide, kPicture = 3 * kPlane;
constexpr std::uint64_t kMostBytes = std::uint64_t(16) << 30;

struct Batches {
    std::vector<fs::path> files;
    std::size_t labels = 1;  // a record begins with: CIFAR-10 one, CIFAR-100 coarse and fine
    std::vector<std::string> classNames;
};

Error cifarError(const fs::path& path, std::string why) {
    return {ErrorCode::BadInput,
            IMAGO_TR("{file} is not a usable CIFAR file: {why}"),
            {{"file", printableName(path.native())}, {"why", std::move(why)}},
            IMAGO_TR("Download the binary version, and give the folder that holds its .bin files.")};
}

std::vector<std::string> readNames(const fs::path& file) {
    std::vector<std::string> names;
    const auto text = readTextFile(file, 1 << 16);
    if (!text) return names;
    std::string line;
    for (const char c : *text + "\n") {
        if (c == '\n') {
            if (!line.empty()) names.push_back(printableName(line));
            line.clear();
        } else if (c != '\r') {
            line += c;
        }
    }
    return names;
}

// The folder as it comes out of the archive, of either kind.
Result<Batches> findBatches(const fs::path& folder, bool test) {
    Batches found;
    std::error_code ignored;
    const auto add = [&](const std::string& name) {
        if (fs::is_regular_file(folder / name, ignored)) found.files.push_back(folder / name);
    };
    if (test)
        add("test_batch.bin");
    else
        for (int i = 1; i <= 5; ++i) add("data_batch_" + std::to_string(i) + ".bin");
    found.classNames = readNames(folder / "batches.meta.txt");
    if (!found.files.empty()) {
        if (!test && found.files.size() < 5)
            return cifarError(folder, "only " + std::to_string(found.files.size()) + " of its five batches are there");
        return found;
    }
    add(test ? "test.bin" : "train.bin");
    if (found.files.empty())
        return cifarError(folder,
                          test ? "there is no test_batch.bin or test.bin in it" : "there is no data_batch_1.bin or train.bin in it");
    found.labels = 2;
    found.classNames = readNames(folder / "fine_label_names.txt");
    return found;
}

Result<void> readBatch(const fs::path& file, std::size_t labels, DatasetContents& contents) {
    IMAGO_ASSIGN(const std::vector<std::uint8_t> bytes, readFile(file, kMostBytes));
    const std::size_t record = labels + kPicture;
    if (bytes.empty() || bytes.size() % record != 0)
        return cifarError(file, "its length is not a multiple of " + std::to_string(record) + " bytes");
    const std::size_t count = bytes.size() / record, before = contents.classes.size();
    contents.classes.resize(before + count);
    contents.pixels.resize((before + count) * kPicture);
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint8_t* from = bytes.data() + i * record;
        contents.classes[before + i] = from[labels - 1];
        from += labels;
        std::uint8_t* to = contents.pixels.data() + (before + i) * kPicture;
        for (std::size_t p = 0; p < kPlane; ++p)
            for (std::size_t c = 0; c < 3; ++c) to[3 * p + c] = from[c * kPlane + p];
    }
    return {};
}

}  // namespace

Result<DatasetContents> openCifar(const fs::path& path, bool test, const DatasetOptions& options) {
    std::error_code problem;
    Batches batches;
    if (fs::is_directory(path, problem)) {
        IMAGO_ASSIGN(batches, findBatches(path, test));
    } else {
        const std::uintmax_t size = fs::file_size(path, problem);
        if (problem) return cifarError(path, problem.message());
        batches.files = {path};
        if (size % (1 + kPicture) != 0 && size % (2 + kPicture) == 0) batches.labels = 2;
    }
    std::uint64_t total = 0;
    for (const fs::path& file : batches.files) total += fs::file_size(file, problem);
    IMAGO_TRY(checkFitsInMemory(static_cast<std::size_t>(total), 1));
    DatasetContents contents;
    contents.shape = {3, static_cast<int>(kSide), static_cast<int>(kSide), {}};
    for (const fs::path& file : batches.files) IMAGO_TRY(readBatch(file, batches.labels, contents));
    const auto top = static_cast<std::size_t>(*std::max_element(contents.classes.begin(), contents.classes.end()));
    if (!batches.classNames.empty() && top >= batches.classNames.size())
        return cifarError(path,
                          "a label is " + std::to_string(top) + ", but there are names for " + std::to_string(batches.classNames.size()));
    contents.shape.classNames = std::move(batches.classNames);
    for (std::size_t c = contents.shape.classNames.size(); c <= top; ++c) contents.shape.classNames.push_back(std::to_string(c));
    IMAGO_TRY(convertContents(contents, options));
    return contents;
}

}  // namespace imago
