// Folder: the pictures below a folder as a dataset; what cannot be used, or looks odd, is named with its reason.
#include <algorithm>
#include <cstring>
#include <map>

#include "core/data/class_folders.h"
#include "core/data/folder_decode.h"
#include "core/data/sources.h"
#include "core/image/codecs.h"
#include "core/image/geometry.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

// What the report says of one file that was decoded.
void judge(const FolderFile& found, const DecodedFile& one, const SquareFit& fit, std::map<std::array<std::uint8_t, 32>, std::string>& seen,
           DataReport& report) {
    const std::string name = printableName(found.name);
    if (one.problem) {
        report.items.push_back({one.finding, name, *one.problem});
        return;
    }
    const int shorter = std::min(one.width, one.height), longer = std::max(one.width, one.height);
    const std::string size = std::to_string(one.width) + " x " + std::to_string(one.height);
    if (2 * shorter < fit.side)
        report.items.push_back({Finding::Tiny, name, {ErrorCode::BadInput, IMAGO_TR("it is only {size} pixels"), {{"size", size}}}});
    if (longer > 2 * shorter)
        report.items.push_back(
            {Finding::OffAspect,
             name,
             {ErrorCode::BadInput,
              fit.pad ? IMAGO_TR("{size}: {share} % of the square is empty ground") : IMAGO_TR("{size}: {share} % of it is cut off"),
              {{"size", size}, {"share", std::to_string(100 - 100LL * shorter / longer)}}}});
    if (const auto [first, fresh] = seen.emplace(one.hash, name); !fresh)
        report.items.push_back(
            {Finding::Duplicate, name, {ErrorCode::BadInput, IMAGO_TR("the same as {first}"), {{"first", first->second}}}});
}

Error mostlyBad(const fs::path& root, std::size_t bad, std::size_t all, const FoundItem& first) {
    return {ErrorCode::BadInput,
            IMAGO_TR("{bad} of the {all} pictures in {folder} cannot be used. The first: {name}: {why}"),
            {{"bad", std::to_string(bad)},
             {"all", std::to_string(all)},
             {"folder", printableName(root.native())},
             {"name", first.name},
             {"why", first.why.text()}}};
}

Error nothingThere(const fs::path& root, const FolderScan& scanned) {
    if (!scanned.unusable.empty()) return mostlyBad(root, scanned.unusable.size(), scanned.unusable.size(), scanned.unusable.front());
    return {ErrorCode::BadInput,
            IMAGO_TR("The folder {folder} holds no pictures that are read here ({known})."),
            {{"folder", printableName(root.native())}, {"known", codecNames()}}};
}

// Decodes a picture again whenever it is asked for.
std::function<Result<void>(std::size_t, std::uint8_t*)> makeReader(std::vector<FolderFile> files, const SquareFit& fit, bool grey,
                                                                   std::vector<std::array<std::uint8_t, 32>> hashes) {
    return [files = std::move(files), fit, grey, hashes = std::move(hashes)](std::size_t index, std::uint8_t* out) -> Result<void> {
        DecodedFile one = decodeFile(files[index], fit);
        if (one.problem) return *one.problem;
        if (one.hash != hashes[index]) return Error{ErrorCode::BadInput, IMAGO_TR("the file has changed since the start")};
        const Image image = grey ? withChannels(one.image, 1) : std::move(one.image);
        std::memcpy(out, image.data(), image.byteCount());
        return {};
    };
}

// Classes, names and hashes of the usable files, in order.
void describe(DatasetContents& contents, const std::vector<FolderFile>& files, const std::vector<DecodedFile>& decoded) {
    std::map<std::string, int> classes;
    for (const FolderFile& file : files)
        if (!file.folder.empty()) classes[file.folder] = 0;
    int number = 0;
    for (auto& [folder, index] : classes) {
        index = number++;
        contents.shape.classNames.push_back(printableName(classOfFolder(folder)));
    }
    for (std::size_t i = 0; i < files.size(); ++i) {
        contents.names.push_back(files[i].name);
        contents.hashes.push_back(decoded[i].hash);
        if (!classes.empty()) contents.classes.push_back(files[i].folder.empty() ? -1 : classes[files[i].folder]);
    }
}

// Whether the pictures do not fit in memory together, so that they are decoded again whenever they are asked for.
bool mustStream(std::size_t files, const SquareFit& fit, const DatasetOptions& options) {
    const std::size_t area = static_cast<std::size_t>(fit.side) * static_cast<std::size_t>(fit.side);
    const std::uint64_t wanted = std::uint64_t(files) * area * (options.channels == 1 ? 1 : 3);
    const std::uint64_t peak = wanted + std::uint64_t(files) * area * 3;  // decoded, and put together
    return peak > machineMemory() / 4 * 3 || wanted > memoryBudget(options);
}

// Drops the files that cannot be used and reports what is odd about any.
void keepUsable(DatasetContents& contents, std::vector<FolderFile>& files, std::vector<DecodedFile>& decoded, const SquareFit& fit) {
    std::map<std::array<std::uint8_t, 32>, std::string> seen;
    std::size_t usable = 0;
    for (std::size_t i = 0; i < files.size(); ++i) {
        judge(files[i], decoded[i], fit, seen, contents.report);
        if (decoded[i].problem) {
            contents.skipped.push_back({printableName(files[i].name), *decoded[i].problem});
            continue;
        }
        if (usable != i) {
            files[usable] = std::move(files[i]);
            decoded[usable] = std::move(decoded[i]);
        }
        ++usable;
    }
    files.resize(usable);
    decoded.resize(usable);
}

// Refuses a folder of which most cannot be used. Formats that are not read here, and folders that are not entered, are named
// in the report but do not count as damage.
Result<void> checkMostlyGood(const fs::path& root, std::size_t bad, std::size_t usable, const DataReport& report) {
    if (bad <= usable) return {};
    const auto first = std::find_if(report.items.begin(), report.items.end(),
                                    [](const FoundItem& item) { return leftOut(item.finding) && item.finding != Finding::Foreign; });
    return mostlyBad(root, bad, bad + usable, *first);
}

void fillPixels(DatasetContents& contents, std::vector<DecodedFile>& decoded, bool grey) {
    contents.pixels.reserve(decoded.size() * bytesOfItem(contents.shape));
    for (DecodedFile& one : decoded) {
        const Image image = grey ? withChannels(one.image, 1) : std::move(one.image);
        contents.pixels.insert(contents.pixels.end(), image.data(), image.data() + image.byteCount());
        one.image = Image();
    }
}

}  // namespace

Result<DatasetContents> openFolder(const fs::path& root, const DatasetOptions& options) {
    std::error_code ignored;
    if (!fs::is_directory(root, ignored))
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("There is no folder {folder}."),
                     {{"folder", printableName(root.native())}},
                     IMAGO_TR("Look at how its name is written, or choose another folder.")};
    IMAGO_ASSIGN(FolderScan scanned, scanFolder(root));
    std::vector<FolderFile>& files = scanned.files;
    if (files.empty()) return nothingThere(root, scanned);
    const SquareFit fit = fitOf(files, options);
    const bool streams = mustStream(files.size(), fit, options);
    const std::size_t all = files.size();
    std::vector<DecodedFile> decoded(all);
    if (!decodeFiles(files, fit, options, [&](std::size_t i, DecodedFile one) {
            if (streams) one.image = Image();
            decoded[i] = std::move(one);
        }))
        return Error{ErrorCode::Cancelled, IMAGO_TR("Reading the pictures was cancelled.")};

    DatasetContents contents;
    contents.ignored = scanned.ignored;
    contents.skipped = std::move(scanned.skipped);
    contents.report.files = all + scanned.unusable.size();
    contents.report.items = std::move(scanned.unusable);
    keepUsable(contents, files, decoded, fit);
    IMAGO_TRY(checkMostlyGood(root, scanned.damaged + all - files.size(), files.size(), contents.report));
    const bool grey = options.channels == 1 || (options.channels == 0 && std::all_of(decoded.begin(), decoded.end(),
                                                                                     [](const DecodedFile& one) { return one.grey; }));
    contents.shape = {grey ? 1 : 3, fit.side, fit.side, {}};
    describe(contents, files, decoded);
    if (streams)
        contents.reader = makeReader(std::move(files), fit, grey, contents.hashes);
    else
        fillPixels(contents, decoded, grey);
    return contents;
}

}  // namespace imago
