#include "core/evaluate/reference.h"

#include <algorithm>
#include <filesystem>

#include "core/base/random.h"
#include "core/data/dataset.h"
#include "core/data/sources.h"

namespace imago::evaluate {

namespace {

constexpr std::int64_t kFewest = 16;
constexpr int kSmallestSide = 8;  // the sliced distance takes patches of 7
constexpr std::uint64_t kHeldBytes = std::uint64_t(256) << 20;

Result<PictureSet> take(const Dataset& data, const std::vector<std::uint32_t>& order, std::int64_t from, std::int64_t count,
                        const DatasetOptions& options) {
    PictureSet set;
    set.count = count;
    set.channels = data.shape().channels;
    set.height = data.shape().height;
    set.width = data.shape().width;
    set.pixels.resize(static_cast<std::size_t>(count * set.bytesEach()));
    for (std::int64_t i = 0; i < count; ++i) {
        if (options.progress && !options.progress(static_cast<std::size_t>(i), static_cast<std::size_t>(count)))
            return Error{ErrorCode::Cancelled, IMAGO_TR("Reading the pictures was cancelled.")};
        const std::size_t item = order[static_cast<std::size_t>(from + i)];
        IMAGO_TRY(data.readNamed(item, set.picture(i)));
        if (!data.shape().classNames.empty()) set.classes.push_back(data.classOf(item));
    }
    return set;
}

std::vector<std::uint32_t> order(const Dataset& data, std::uint64_t seed) {
    return permutation({seed, Purpose::DataOrder, 0}, static_cast<std::uint32_t>(data.size()));
}

Error tooFew(std::int64_t count) {
    return Error{ErrorCode::BadInput,
                 IMAGO_TR("{count} pictures are too few to measure with; at least {least} are needed."),
                 {{"count", std::to_string(count)}, {"least", std::to_string(kFewest)}}};
}

}  // namespace

Json Reference::describe() const {
    Json out = Json::object();
    out["real"] = realName;
    out["real_count"] = real.count;
    out["manifest_hash"] = manifestHash;
    out["floor"] = floorName;
    out["floor_count"] = floor.count;
    out["size"] = {{"channels", real.channels}, {"height", real.height}, {"width", real.width}};
    return out;
}

Result<DatasetOptions> optionsOf(const ModelFileInfo& model) {
    DatasetOptions options;
    options.channels = model.shape.channels;
    if (model.shape.width == model.shape.height) options.resolution = model.shape.width;
    const Json section = model.config.value("data", Json::object());
    options.pad = section.value("fit", "crop") == "pad";
    IMAGO_ASSIGN(options.ground, parseGround(section.value("ground", "white")));
    return options;
}

Result<Reference> openReference(const std::string& data, std::int64_t count, std::uint64_t seed, DatasetOptions options, bool floor) {
    options.memoryBudget = kHeldBytes;  // what is measured is copied; the rest need not be held
    Reference out;
    out.hasSplits = data == "fashion-mnist" || data == "fashion-mnist:test";
    out.realName = out.hasSplits ? "fashion-mnist:test" : data;
    IMAGO_ASSIGN(const auto real, openDataset(out.realName, options));
    const auto size = static_cast<std::int64_t>(real->size());
    const std::int64_t n = std::min(count, out.hasSplits || !floor ? size : size / 2);
    if (n < kFewest) return tooFew(n);
    if (std::min(real->shape().width, real->shape().height) < kSmallestSide)
        return Error{ErrorCode::BadInput, IMAGO_TR("Pictures of fewer than 8 pixels a side cannot be measured."), {}, {}, "data"};
    IMAGO_TRY(checkFitsInMemory(static_cast<std::size_t>(2 * n), real->itemBytes()));  // as much again is the floor
    out.classNames = real->shape().classNames;
    out.manifestHash = real->manifestHash();
    const auto shuffled = order(*real, seed);
    IMAGO_ASSIGN(out.real, take(*real, shuffled, 0, n, options));
    for (std::int64_t i = 0; i < n; ++i) out.names.push_back(real->nameOf(shuffled[static_cast<std::size_t>(i)]));
    out.learnable = size;
    if (!floor) return out;
    if (out.hasSplits) {
        IMAGO_ASSIGN(const auto training, openDataset("fashion-mnist", options));
        IMAGO_ASSIGN(out.floor,
                     take(*training, order(*training, seed), 0, std::min(n, static_cast<std::int64_t>(training->size())), options));
        out.floorName = "fashion-mnist (training pictures)";
        out.learnable = static_cast<std::int64_t>(training->size());
    } else {
        IMAGO_ASSIGN(out.floor, take(*real, shuffled, n, n, options));
        out.floorName = data + " (other pictures of it)";
    }
    return out;
}

bool isPictureFolder(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::is_directory(path, ignored) && !std::filesystem::exists(std::filesystem::path(path) / "run.json", ignored);
}

Result<void> refusePictureFolder(const std::string& path) {
    if (!isPictureFolder(path)) return {};
    return Error{
        ErrorCode::BadInput, IMAGO_TR("{folder} is a folder of pictures: this is measured of a model."), {{"folder", path}}, {}, "model"};
}

Result<PictureSet> openPictures(const std::string& folder, const PictureSet& shape, std::int64_t count,
                                std::function<bool(std::size_t, std::size_t)> progress) {
    DatasetOptions options;
    options.progress = std::move(progress);
    options.resolution = shape.width;
    options.channels = shape.channels;
    if (shape.width != shape.height) {
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("A folder can only be compared with square pictures; the data's are {width} x {height}."),
                     {{"width", std::to_string(shape.width)}, {"height", std::to_string(shape.height)}}};
    }
    IMAGO_ASSIGN(const auto data, openDataset("folder:" + folder, options));
    const std::int64_t n = std::min(count, static_cast<std::int64_t>(data->size()));
    if (n < kFewest) return tooFew(n);
    return take(*data, order(*data, 0), 0, n, options);  // of every class
}

}  // namespace imago::evaluate
