#include "core/data/folder_decode.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "core/base/durable_file.h"
#include "core/data/sources.h"
#include "core/image/codecs.h"
#include "core/image/geometry.h"

namespace imago {
namespace {

constexpr std::uint64_t kMostPixels = 64'000'000;  // a training picture; larger ones are skipped, not scaled for minutes
constexpr std::uint64_t kLargePixels = 8'000'000;
constexpr std::uint64_t kMostBytes = std::uint64_t(1) << 30;

bool isGrey(const Image& image) {
    for (int y = 0; y < image.height(); ++y) {
        const std::uint8_t* p = image.row<std::uint8_t>(y);
        for (int x = 0; x < image.width(); ++x, p += 3)
            if (p[0] != p[1] || p[1] != p[2]) return false;
    }
    return true;
}

// Reads and hashes a file, looks at its size and only then decodes it.
Result<void> decodeInto(DecodedFile& out, const FolderFile& found, const SquareFit& fit) {
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

// The smaller sides' median, at most 64, as a multiple of 8: looked up in the headers of a sample of the files.
int ownResolution(const std::vector<FolderFile>& files) {
    std::vector<int> sides;
    const std::size_t stride = std::max<std::size_t>(1, files.size() / 32);
    for (std::size_t i = 0; i < files.size(); i += stride) {
        try {
            const auto bytes = readFile(files[i].path, kMostBytes);
            if (!bytes) continue;
            if (const auto head = readImageHead(Bytes(*bytes), files[i].name)) sides.push_back(std::min(head->width, head->height));
        } catch (const std::exception&) {  // a file border: decodeFile() names it
        }
    }
    if (sides.empty()) return 64;
    std::nth_element(sides.begin(), sides.begin() + static_cast<std::ptrdiff_t>(sides.size() / 2), sides.end());
    return std::clamp(sides[sides.size() / 2] / 8 * 8, 8, 64);
}

}  // namespace

SquareFit fitOf(const std::vector<FolderFile>& files, const DatasetOptions& options) {
    return {options.resolution > 0 ? options.resolution : ownResolution(files),
            options.pad,
            {options.ground[0], options.ground[1], options.ground[2]}};
}

DecodedFile decodeFile(const FolderFile& found, const SquareFit& fit) {
    DecodedFile out;
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

bool decodeFiles(const std::vector<FolderFile>& files, const SquareFit& fit, const DatasetOptions& options,
                 const std::function<void(std::size_t, DecodedFile)>& store) {
    std::atomic<std::size_t> next{0};
    std::atomic<bool> cancelled{false};
    std::mutex mutex;
    std::exception_ptr problem;
    const auto work = [&](bool reports) {
        try {
            for (std::size_t i; !cancelled && (i = next++) < files.size();) {
                DecodedFile one = decodeFile(files[i], fit);
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
    // The end is told whoever decoded the last ones: on a busy machine the reporting thread may get none of them.
    if (!cancelled && options.progress && !files.empty() && !options.progress(files.size(), files.size())) cancelled = true;
    return !cancelled;
}

}  // namespace imago
