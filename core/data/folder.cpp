// Folder: pictures below a folder. Decoded by up to four threads, each file on its own, so that the result does not depend
// on who came first; what cannot be used, or looks odd, is named with its reason.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>

#include "core/base/durable_file.h"
#include "core/data/class_folders.h"
#include "core/data/sources.h"
#include "core/image/codecs.h"
#include "core/image/geometry.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 5'000'000;
constexpr std::uint64_t kMostPixels = 64'000'000;  // a training picture; larger ones are skipped, not scaled for minutes
constexpr std::uint64_t kLargePixels = 8'000'000;
constexpr std::uint64_t kMostBytes = std::uint64_t(1) << 30;

struct Found {
    fs::path path;
    std::string name;    // relative to the root, bytes
    std::string folder;  // first-level sub-folder, empty at the root
};

struct Scanned {
    std::vector<Found> files;
    std::vector<FoundItem> unusable;
    std::vector<SkippedItem> skipped;
    std::size_t ignored = 0;
    std::size_t damaged = 0;  // of the unusable: files that are called pictures and are none
};

struct Fit {
    int side = 0;
    bool pad = false;
    Rgb ground;
};

struct Decoded {
    Image image;  // 3 channels, side x side; null: skipped
    int width = 0, height = 0;
    bool grey = false;
    std::array<std::uint8_t, 32> hash{};
    std::optional<Error> problem;
    Finding finding = Finding::Unreadable;  // of the problem
};

bool hiddenName(const fs::path& path) {
    return path.filename().native().starts_with(".");
}

Error cannotRead(const fs::path& root, const std::error_code& problem) {
    return {ErrorCode::BadInput,
            IMAGO_TR("The folder {folder} cannot be read: {why}"),
            {{"folder", printableName(root.native())}, {"why", problem.message()}}};
}

void scanFile(const fs::directory_entry& entry, const fs::path& root, Scanned& out) {
    const fs::path& path = entry.path();
    const std::string foreign = hiddenName(path) ? std::string() : foreignImageExtension(path);
    if (hiddenName(path) || (foreign.empty() && !hasImageExtension(path))) {
        ++out.ignored;
        return;
    }
    const fs::path relative = path.lexically_relative(root);
    const auto skip = [&](Finding finding, Error why) {
        out.unusable.push_back({finding, printableName(relative.native()), why});
        out.skipped.push_back({printableName(relative.native()), std::move(why)});
    };
    std::error_code ignore;
    if (!entry.is_regular_file(ignore)) {  // called a picture: to be named, not passed over
        const bool link = entry.is_symlink(ignore);
        ++out.damaged;
        return skip(Finding::Unreadable, {ErrorCode::BadInput, link ? IMAGO_TR("the link leads nowhere") : IMAGO_TR("it is not a file")});
    }
    if (!foreign.empty())
        return skip(
            Finding::Foreign,
            {ErrorCode::BadInput, IMAGO_TR(".{kind} files are not read (but {known} are)"), {{"kind", foreign}, {"known", codecNames()}}});
    const bool nested = std::next(relative.begin()) != relative.end();
    out.files.push_back({path, relative.native(), nested ? relative.begin()->native() : std::string()});
}

// Everything that looks like a picture, sorted by name bytes. Folders behind links are not entered: no loops.
Result<Scanned> scan(const fs::path& root) {
    Scanned out;
    std::error_code problem;
    fs::recursive_directory_iterator at(root, fs::directory_options::skip_permission_denied, problem), end;
    if (problem) return cannotRead(root, problem);
    for (; at != end; at.increment(problem)) {
        std::error_code ignore;
        const fs::path& path = at->path();
        if (!at->is_directory(ignore)) {
            scanFile(*at, root, out);
            if (out.files.size() > kMostFiles)
                return Error{ErrorCode::BadInput, IMAGO_TR("The folder holds more than five million pictures.")};
            continue;
        }
        if (hiddenName(path)) {
            at.disable_recursion_pending();
            ++out.ignored;
        } else if (at->is_symlink(ignore)) {
            const Error why{ErrorCode::BadInput, IMAGO_TR("links to folders are not followed")};
            out.unusable.push_back({Finding::Unreadable, printableName(path.lexically_relative(root).native()), why});
            out.skipped.push_back({printableName(path.lexically_relative(root).native()), why});
        }
        if (!at->is_symlink(ignore) && ::access(path.c_str(), R_OK | X_OK) != 0) {
            const Error why{ErrorCode::BadInput, IMAGO_TR("the folder may not be read")};
            out.unusable.push_back({Finding::Unreadable, printableName(path.lexically_relative(root).native()), why});
            out.skipped.push_back({printableName(path.lexically_relative(root).native()), why});
        }
    }
    if (problem) return cannotRead(root, problem);  // the disk failed in the middle: half a dataset is not taken for a whole one
    std::sort(out.files.begin(), out.files.end(), [](const Found& a, const Found& b) { return a.name < b.name; });
    return out;
}

bool isGrey(const Image& image) {
    for (int y = 0; y < image.height(); ++y) {
        const std::uint8_t* p = image.row<std::uint8_t>(y);
        for (int x = 0; x < image.width(); ++x, p += 3)
            if (p[0] != p[1] || p[1] != p[2]) return false;
    }
    return true;
}

// Reads and hashes a file, looks at its size and only then decodes it.
Result<void> decodeInto(Decoded& out, const Found& found, const Fit& fit) {
    IMAGO_ASSIGN(const std::vector<std::uint8_t> bytes, readFile(found.path, kMostBytes));
    if (bytes.empty()) return Error{ErrorCode::BadInput, IMAGO_TR("the file is empty")};
    Sha256 hash;
    hash.update(bytes);
    out.hash = hash.finish();
    const std::string name = printableName(found.name);
    IMAGO_ASSIGN(const ImageHead head, readImageHead(Bytes(bytes), name));
    if (std::uint64_t(head.width) * std::uint64_t(head.height) > kMostPixels) {
        out.finding = Finding::TooLarge;
        return Error{ErrorCode::BadInput, IMAGO_TR("the picture has more than 64 million pixels")};
    }
    static std::mutex largeOnes;  // one large picture at a time: four at once may be more than the machine has
    std::unique_lock one(largeOnes, std::defer_lock);
    if (std::uint64_t(head.width) * std::uint64_t(head.height) > kLargePixels) one.lock();
    IMAGO_ASSIGN(Image image, readImage(Bytes(bytes), name));
    if (image.type() != PixelType::U8) image = withType(image, PixelType::U8);
    image = withChannels(image, 3, fit.ground);
    out.width = image.width();
    out.height = image.height();
    out.image = squarePicture(image, fit.side, fit.pad, fit.ground);
    out.grey = isGrey(out.image);
    return {};
}

Decoded decode(const Found& found, const Fit& fit) {
    Decoded out;
    try {
        if (Result<void> result = decodeInto(out, found, fit); !result) out.problem = std::move(result.error());
    } catch (const std::bad_alloc&) {  // the machine's trouble, not the picture's
        throw;
    } catch (const std::exception& e) {  // a file border: one bad file is one skipped file
        out.problem = Error{ErrorCode::BadInput, IMAGO_TR("it could not be decoded: {why}"), {{"why", e.what()}}};
    }
    if (!out.problem) return out;
    for (auto& [key, value] : out.problem->args) value = printableName(value);  // paths among them may be any bytes
    out.image = Image();
    if (saysTruncated(*out.problem)) out.finding = Finding::Truncated;
    if (out.problem->message.find("too large") != std::string::npos) out.finding = Finding::TooLarge;
    return out;
}

// The smaller sides' median, at most 64, as a multiple of 8: looked up in the headers of a sample of the files.
int ownResolution(const std::vector<Found>& files) {
    std::vector<int> sides;
    const std::size_t stride = std::max<std::size_t>(1, files.size() / 32);
    for (std::size_t i = 0; i < files.size(); i += stride) {
        try {
            const auto bytes = readFile(files[i].path, kMostBytes);
            if (!bytes) continue;
            if (const auto head = readImageHead(Bytes(*bytes), files[i].name)) sides.push_back(std::min(head->width, head->height));
        } catch (const std::exception&) {  // a file border: decode() names it
        }
    }
    if (sides.empty()) return 64;
    std::nth_element(sides.begin(), sides.begin() + static_cast<std::ptrdiff_t>(sides.size() / 2), sides.end());
    return std::clamp(sides[sides.size() / 2] / 8 * 8, 8, 64);
}

// Runs decode() over all files; `store` is called under a lock. False: cancelled.
bool decodeAll(const std::vector<Found>& files, const Fit& fit, const DatasetOptions& options,
               const std::function<void(std::size_t, Decoded)>& store) {
    std::atomic<std::size_t> next{0};
    std::atomic<bool> cancelled{false};
    std::mutex mutex;
    std::exception_ptr problem;
    const auto work = [&](bool reports) {
        try {
            for (std::size_t i; !cancelled && (i = next++) < files.size();) {
                Decoded one = decode(files[i], fit);
                {
                    const std::lock_guard lock(mutex);
                    store(i, std::move(one));
                }
                if (reports && options.progress && !options.progress(std::min(next.load(), files.size()), files.size())) cancelled = true;
            }
        } catch (...) {  // a thread's border: goes on in the caller
            const std::lock_guard lock(mutex);
            problem = std::current_exception();
            cancelled = true;
        }
    };
    {
        std::vector<std::jthread> threads;
        const unsigned count = std::clamp(std::thread::hardware_concurrency(), 1u, 4u);
        for (unsigned t = 1; t < count && files.size() > 8; ++t) threads.emplace_back(work, false);
        work(true);
    }
    if (problem) std::rethrow_exception(problem);
    return !cancelled;
}

// What the report says of one file that was decoded.
void judge(const Found& found, const Decoded& one, const Fit& fit, std::map<std::array<std::uint8_t, 32>, std::string>& seen,
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

Error nothingThere(const fs::path& root, const Scanned& scanned) {
    if (!scanned.unusable.empty()) return mostlyBad(root, scanned.unusable.size(), scanned.unusable.size(), scanned.unusable.front());
    return {ErrorCode::BadInput,
            IMAGO_TR("The folder {folder} holds no pictures that are read here ({known})."),
            {{"folder", printableName(root.native())}, {"known", codecNames()}}};
}

// Decodes a picture again whenever it is asked for.
std::function<Result<void>(std::size_t, std::uint8_t*)> makeReader(std::vector<Found> files, const Fit& fit, bool grey,
                                                                   std::vector<std::array<std::uint8_t, 32>> hashes) {
    return [files = std::move(files), fit, grey, hashes = std::move(hashes)](std::size_t index, std::uint8_t* out) -> Result<void> {
        Decoded one = decode(files[index], fit);
        if (one.problem) return *one.problem;
        if (one.hash != hashes[index]) return Error{ErrorCode::BadInput, IMAGO_TR("the file has changed since the start")};
        const Image image = grey ? withChannels(one.image, 1) : std::move(one.image);
        std::memcpy(out, image.data(), image.byteCount());
        return {};
    };
}

// Classes, names and hashes of the usable files, in order.
void describe(DatasetContents& contents, const std::vector<Found>& files, const std::vector<Decoded>& decoded) {
    std::map<std::string, int> classes;
    for (const Found& file : files)
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

}  // namespace

Result<DatasetContents> openFolder(const fs::path& root, const DatasetOptions& options) {
    std::error_code ignored;
    if (!fs::is_directory(root, ignored))
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("There is no folder {folder}."),
                     {{"folder", printableName(root.native())}},
                     IMAGO_TR("Look at how its name is written, or choose another folder.")};
    DatasetContents contents;
    IMAGO_ASSIGN(Scanned scanned, scan(root));
    std::vector<Found>& files = scanned.files;
    if (files.empty()) return nothingThere(root, scanned);
    const Fit fit{options.resolution > 0 ? options.resolution : ownResolution(files),
                  options.pad,
                  {options.ground[0], options.ground[1], options.ground[2]}};
    const std::size_t area = static_cast<std::size_t>(fit.side) * static_cast<std::size_t>(fit.side);
    const std::uint64_t wanted = std::uint64_t(files.size()) * area * (options.channels == 1 ? 1 : 3);
    const std::uint64_t peak = wanted + std::uint64_t(files.size()) * area * 3;  // decoded, and put together
    const bool streams = peak > machineMemory() / 4 * 3 || wanted > memoryBudget(options);

    std::vector<Decoded> decoded(files.size());
    if (!decodeAll(files, fit, options, [&](std::size_t i, Decoded one) {
            if (streams) one.image = Image();
            decoded[i] = std::move(one);
        }))
        return Error{ErrorCode::Cancelled, IMAGO_TR("Reading the pictures was cancelled.")};

    contents.ignored = scanned.ignored;
    contents.skipped = std::move(scanned.skipped);
    contents.report.files = files.size() + scanned.unusable.size();
    contents.report.items = std::move(scanned.unusable);
    std::map<std::array<std::uint8_t, 32>, std::string> seen;
    std::size_t usable = 0;
    bool grey = options.channels != 3;
    for (std::size_t i = 0; i < files.size(); ++i) {
        judge(files[i], decoded[i], fit, seen, contents.report);
        if (decoded[i].problem) {
            contents.skipped.push_back({printableName(files[i].name), *decoded[i].problem});
            continue;
        }
        if (options.channels == 0 && !decoded[i].grey) grey = false;
        if (usable != i) {
            files[usable] = std::move(files[i]);
            decoded[usable] = std::move(decoded[i]);
        }
        ++usable;
    }
    // Formats that are not read here, and folders that are not entered, are named but are no damage.
    if (const std::size_t bad = scanned.damaged + files.size() - usable; bad > usable) {
        const auto& items = contents.report.items;
        const auto first = std::find_if(items.begin(), items.end(),
                                        [](const FoundItem& item) { return leftOut(item.finding) && item.finding != Finding::Foreign; });
        return mostlyBad(root, bad, bad + usable, *first);
    }
    files.resize(usable);
    decoded.resize(usable);
    contents.shape = {grey ? 1 : 3, fit.side, fit.side, {}};
    describe(contents, files, decoded);
    if (streams) {
        contents.reader = makeReader(std::move(files), fit, grey, contents.hashes);
        return contents;
    }
    contents.pixels.reserve(usable * area * (grey ? 1 : 3));
    for (Decoded& one : decoded) {
        const Image image = grey ? withChannels(one.image, 1) : std::move(one.image);
        contents.pixels.insert(contents.pixels.end(), image.data(), image.data() + image.byteCount());
        one.image = Image();
    }
    return contents;
}

}  // namespace imago
