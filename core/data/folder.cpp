// Folder: PNG and JPEG files below a folder. Decoded by up to four threads, each file on its own, so that the result does
// not depend on who came first; what cannot be used is named with its reason.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "core/base/durable_file.h"
#include "core/data/sources.h"
#include "core/image/codecs.h"
#include "core/image/geometry.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 5'000'000;
constexpr std::uint64_t kMostPixels = 64'000'000;  // a training picture; larger ones are skipped, not scaled for minutes

struct Found {
    fs::path path;
    std::string name;    // relative to the root, bytes
    std::string folder;  // first-level sub-folder, empty at the root
};

struct Decoded {
    Image image;  // 3 channels, size x size, or the centred square at its own size; null: skipped
    bool grey = false;
    std::array<std::uint8_t, 32> hash{};
    std::optional<Error> problem;
};

bool hiddenName(const fs::path& path) {
    return path.filename().native().starts_with(".");
}

// Everything that looks like a picture, sorted by name bytes. Folders behind links are not entered: no loops.
Result<std::vector<Found>> scan(const fs::path& root, std::size_t& ignored, std::vector<SkippedItem>& skipped) {
    std::vector<Found> files;
    std::error_code problem;
    fs::recursive_directory_iterator at(root, fs::directory_options::skip_permission_denied, problem), end;
    if (problem)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The folder {folder} cannot be read: {why}"),
                     {{"folder", printableName(root.native())}, {"why", problem.message()}}};
    for (; at != end; at.increment(problem)) {
        std::error_code ignore;
        const fs::path& path = at->path();
        if (at->is_directory(ignore)) {
            if (hiddenName(path)) at.disable_recursion_pending();
            if (!at->is_symlink(ignore) && ::access(path.c_str(), R_OK | X_OK) != 0)
                skipped.push_back(
                    {printableName(path.lexically_relative(root).native()), {ErrorCode::BadInput, IMAGO_TR("the folder may not be read")}});
            continue;
        }
        if (hiddenName(path) || !hasImageExtension(path)) {
            ++ignored;
            continue;
        }
        const fs::path relative = path.lexically_relative(root);
        if (!at->is_regular_file(ignore)) {  // called a picture: to be named, not passed over
            const bool link = at->is_symlink(ignore);
            skipped.push_back({printableName(relative.native()),
                               {ErrorCode::BadInput, link ? IMAGO_TR("the link leads nowhere") : IMAGO_TR("it is not a file")}});
            continue;
        }
        const bool nested = std::next(relative.begin()) != relative.end();
        files.push_back({path, relative.native(), nested ? relative.begin()->native() : std::string()});
        if (files.size() > kMostFiles) return Error{ErrorCode::BadInput, IMAGO_TR("The folder holds more than five million pictures.")};
    }
    if (problem)  // the disk failed in the middle: half a dataset is not taken for a whole one
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The folder {folder} cannot be read: {why}"),
                     {{"folder", printableName(root.native())}, {"why", problem.message()}}};
    std::sort(files.begin(), files.end(), [](const Found& a, const Found& b) { return a.name < b.name; });
    return files;
}

bool isGrey(const Image& image) {
    for (int y = 0; y < image.height(); ++y) {
        const std::uint8_t* p = image.row<std::uint8_t>(y);
        for (int x = 0; x < image.width(); ++x, p += 3)
            if (p[0] != p[1] || p[1] != p[2]) return false;
    }
    return true;
}

Decoded decode(const Found& found, int side, Rgb ground) {
    Decoded out;
    const auto attempt = [&]() -> Result<void> {
        IMAGO_ASSIGN(const std::vector<std::uint8_t> bytes, readFile(found.path));
        if (bytes.empty()) return Error{ErrorCode::BadInput, IMAGO_TR("the file is empty")};
        Sha256 hash;
        hash.update(bytes);
        out.hash = hash.finish();
        IMAGO_ASSIGN(Image image, readImage(Bytes(bytes), printableName(found.name)));
        if (std::uint64_t(image.width()) * std::uint64_t(image.height()) > kMostPixels)
            return Error{ErrorCode::BadInput, IMAGO_TR("the picture has more than 64 million pixels")};
        if (image.type() != PixelType::U8) image = withType(image, PixelType::U8);
        image = withChannels(image, 3, ground);
        if (side > 0) image = fitSquare(image, side, std::min(image.width(), image.height()) >= side ? Filter::Area : Filter::Bicubic);
        out.grey = isGrey(image);
        out.image = std::move(image);
        return {};
    };
    try {
        if (Result<void> result = attempt(); !result) out.problem = std::move(result.error());
    } catch (const std::exception& e) {  // a file border: one bad file is one skipped file
        out.problem = Error{ErrorCode::BadInput, IMAGO_TR("it could not be decoded: {why}"), {{"why", e.what()}}};
    }
    if (out.problem) out.image = Image();
    return out;
}

// The smaller sides' median, at most 64, as a multiple of 8: looked up in a sample of the files.
int ownResolution(const std::vector<Found>& files, Rgb ground) {
    std::vector<int> sides;
    const std::size_t stride = std::max<std::size_t>(1, files.size() / 32);
    for (std::size_t i = 0; i < files.size(); i += stride) {
        const Decoded one = decode(files[i], 0, ground);
        if (!one.problem) sides.push_back(std::min(one.image.width(), one.image.height()));
    }
    if (sides.empty()) return 64;
    std::nth_element(sides.begin(), sides.begin() + static_cast<std::ptrdiff_t>(sides.size() / 2), sides.end());
    return std::clamp(sides[sides.size() / 2] / 8 * 8, 8, 64);
}

// Runs decode() over all files; `store` is called under a lock, `done` on the calling thread. False: cancelled.
bool decodeAll(const std::vector<Found>& files, int side, Rgb ground, const DatasetOptions& options,
               const std::function<void(std::size_t, Decoded)>& store) {
    std::atomic<std::size_t> next{0};
    std::atomic<bool> cancelled{false};
    std::mutex mutex;
    const auto work = [&](bool reports) {
        for (std::size_t i; !cancelled && (i = next++) < files.size();) {
            Decoded one = decode(files[i], side, ground);
            {
                const std::lock_guard lock(mutex);
                store(i, std::move(one));
            }
            if (reports && options.progress && !options.progress(std::min(next.load(), files.size()), files.size())) cancelled = true;
        }
    };
    {
        std::vector<std::jthread> threads;
        const unsigned count = std::clamp(std::thread::hardware_concurrency(), 1u, 4u);
        for (unsigned t = 1; t < count && files.size() > 8; ++t) threads.emplace_back(work, false);
        work(true);
    }
    return !cancelled;
}

}  // namespace

Result<DatasetContents> openFolder(const fs::path& root, const DatasetOptions& options) {
    std::error_code ignored;
    if (!fs::is_directory(root, ignored))
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("There is no folder {folder}."),
                     {{"folder", printableName(root.native())}},
                     IMAGO_TR("Look at how its name is written, or choose another folder.")};
    DatasetContents contents;
    IMAGO_ASSIGN(const std::vector<Found> files, scan(root, contents.ignored, contents.skipped));
    if (files.empty())
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The folder {folder} holds no PNG or JPEG pictures."),
                     {{"folder", printableName(root.native())}}};
    const Rgb ground{options.ground[0], options.ground[1], options.ground[2]};
    const int side = options.resolution > 0 ? options.resolution : ownResolution(files, ground);
    const std::size_t area = static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
    IMAGO_TRY(checkFitsInMemory(files.size(), 3 * area));

    std::vector<Decoded> decoded(files.size());
    if (!decodeAll(files, side, ground, options, [&](std::size_t i, Decoded one) { decoded[i] = std::move(one); }))
        return Error{ErrorCode::Cancelled, IMAGO_TR("Reading the pictures was cancelled.")};

    const auto usable =
        static_cast<std::size_t>(std::count_if(decoded.begin(), decoded.end(), [](const Decoded& d) { return !d.problem; }));
    for (std::size_t i = 0; i < files.size(); ++i)
        if (decoded[i].problem) contents.skipped.push_back({printableName(files[i].name), *decoded[i].problem});
    if (2 * usable < files.size())
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("{bad} of the {all} pictures in {folder} cannot be used. The first: {name}: {why}"),
                     {{"bad", std::to_string(files.size() - usable)},
                      {"all", std::to_string(files.size())},
                      {"folder", printableName(root.native())},
                      {"name", contents.skipped[0].name},
                      {"why", contents.skipped[0].reason.text()}}};

    const bool grey = options.channels == 1 || (options.channels == 0 && std::all_of(decoded.begin(), decoded.end(),
                                                                                     [](const Decoded& d) { return d.problem || d.grey; }));
    std::set<std::string> folders;
    for (std::size_t i = 0; i < files.size(); ++i)
        if (!decoded[i].problem && !files[i].folder.empty()) folders.insert(files[i].folder);
    contents.shape = {grey ? 1 : 3, side, side, {}};
    for (const auto& folder : folders) contents.shape.classNames.push_back(printableName(folder));

    contents.pixels.reserve(usable * area * (grey ? 1 : 3));
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (decoded[i].problem) continue;
        const Image image = grey ? withChannels(decoded[i].image, 1) : std::move(decoded[i].image);
        contents.pixels.insert(contents.pixels.end(), image.data(), image.data() + image.byteCount());
        decoded[i].image = Image();
        contents.names.push_back(files[i].name);
        contents.hashes.push_back(decoded[i].hash);
        if (!folders.empty())
            contents.classes.push_back(
                files[i].folder.empty() ? -1 : static_cast<int>(std::distance(folders.begin(), folders.find(files[i].folder))));
    }
    return contents;
}

Result<void> convertContents(DatasetContents& contents, const DatasetOptions& options) {
    const DataShape from = contents.shape;
    const std::size_t itemBytes =
        static_cast<std::size_t>(from.channels) * static_cast<std::size_t>(from.height) * static_cast<std::size_t>(from.width);
    const std::size_t count = contents.pixels.size() / itemBytes;
    contents.hashes.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        Sha256 hash;
        hash.update({contents.pixels.data() + i * itemBytes, itemBytes});
        contents.hashes[i] = hash.finish();
    }
    const int channels = options.channels > 0 ? options.channels : from.channels;
    const bool resizes = options.resolution > 0 && (options.resolution != from.height || options.resolution != from.width);
    if (channels == from.channels && !resizes) return {};
    DataShape& to = contents.shape;
    to.channels = channels;
    if (resizes) to.height = to.width = options.resolution;
    const std::size_t newBytes =
        static_cast<std::size_t>(to.channels) * static_cast<std::size_t>(to.height) * static_cast<std::size_t>(to.width);
    IMAGO_TRY(checkFitsInMemory(count, newBytes));
    std::vector<std::uint8_t> pixels;
    pixels.reserve(count * newBytes);
    for (std::size_t i = 0; i < count; ++i) {
        const ImageView view{contents.pixels.data() + i * itemBytes,
                             from.width,
                             from.height,
                             from.channels,
                             PixelType::U8,
                             static_cast<std::size_t>(from.width) * static_cast<std::size_t>(from.channels)};
        Image image = channels == from.channels ? copyOf(view) : withChannels(view, channels);
        if (resizes)
            image = fitSquare(image, options.resolution,
                              std::min(from.width, from.height) >= options.resolution ? Filter::Area : Filter::Bicubic);
        pixels.insert(pixels.end(), image.data(), image.data() + image.byteCount());
        if (options.progress && i % 4096 == 0 && !options.progress(i, count))
            return Error{ErrorCode::Cancelled, IMAGO_TR("Reading the pictures was cancelled.")};
    }
    contents.pixels = std::move(pixels);
    return {};
}

}  // namespace imago
