#include "core/data/packed.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/base/durable_file.h"
#include "core/data/sources.h"
#include "core/tensor/safetensors.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPackedKey = "imago.packed";
constexpr std::uint64_t kMostBytes = std::uint64_t(4) << 40;

Error packedError(const fs::path& file, std::string why) {
    return {ErrorCode::BadInput,
            IMAGO_TR("{file} is not a usable packed dataset: {why}"),
            {{"file", printableName(file.native())}, {"why", std::move(why)}},
            IMAGO_TR("Pack the pictures again with imago pack.")};
}

// Memory that is a file, or will be thrown away: unmapped with its last owner.
struct Mapping {
    std::shared_ptr<std::uint8_t> memory;
    std::size_t size = 0;
};

Result<Mapping> mapDescriptor(int descriptor, std::size_t size, int protection, const fs::path& file) {
    void* at = ::mmap(nullptr, size, protection, MAP_SHARED, descriptor, 0);
    const int number = errno;
    if (at == MAP_FAILED) return diskError(kCannotRead, file, number);
    return Mapping{{static_cast<std::uint8_t*>(at), [size](std::uint8_t* p) { ::munmap(p, size); }}, size};
}

// The pictures one after the other: as they lie in memory, or made once into a file without a name beside the target.
Result<Mapping> pixelsOf(const Dataset& data, const fs::path& target, const std::function<bool(std::size_t, std::size_t)>& progress) {
    const std::size_t size = data.size() * data.itemBytes();
    if (data.resident()) return Mapping{{const_cast<std::uint8_t*>(data.pixels(0)), [](std::uint8_t*) {}}, size};
    const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
    std::string name = (folder / ".imago-pack-XXXXXX.tmp").string();
    const int descriptor = ::mkostemps(name.data(), 4, O_CLOEXEC);
    int number = errno;
    if (descriptor < 0) return diskError(kCannotWrite, folder, number);
    ::unlink(name.c_str());
    number = ::posix_fallocate(descriptor, 0, static_cast<off_t>(size));
    Result<Mapping> mapped = number != 0 ? Result<Mapping>(diskError(kCannotWrite, target, number))
                                         : mapDescriptor(descriptor, size, PROT_READ | PROT_WRITE, target);
    ::close(descriptor);
    if (!mapped) return mapped;
    for (std::size_t i = 0; i < data.size(); ++i) {
        IMAGO_TRY(data.readNamed(i, mapped->memory.get() + i * data.itemBytes()));
        if (progress && i % 64 == 0 && !progress(i, data.size()))
            return Error{ErrorCode::Cancelled, IMAGO_TR("Packing the pictures was cancelled.")};
    }
    return mapped;
}

template <class T>
Bytes bytesOfVector(const std::vector<T>& values) {
    return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * sizeof(T)};
}

// The tensors of one packed file, by name, with what they have to be.
struct Parts {
    const TensorView *pixels = nullptr, *classes = nullptr, *hashes = nullptr, *names = nullptr, *ends = nullptr;
};

Result<Parts> findParts(const SafetensorsReader& reader, const fs::path& file) {
    const Parts parts{reader.find("pixels"), reader.find("classes"), reader.find("hashes"), reader.find("names"), reader.find("name_ends")};
    if (!reader.verified()) return packedError(file, "it does not carry a hash");
    if (!parts.pixels || !parts.classes || !parts.hashes || !parts.names || !parts.ends)
        return packedError(file, "a part of it is missing");
    const auto& shape = parts.pixels->shape;
    const auto fits = [&](const TensorView* view, DType type, const std::vector<std::int64_t>& wanted) {
        return view->dtype == type && view->shape == wanted;
    };
    if (parts.pixels->dtype != DType::U8 || shape.size() != 4 || shape[0] < 1 || shape[1] < 1 || shape[2] < 1 || shape[1] > 4096 ||
        shape[2] > 4096 || (shape[3] != 1 && shape[3] != 3))
        return packedError(file, "its pictures have an impossible shape");
    if (!fits(parts.classes, DType::I32, {shape[0]}) || !fits(parts.hashes, DType::U8, {shape[0], 32}) ||
        !fits(parts.ends, DType::I64, {shape[0]}) || parts.names->dtype != DType::U8 || parts.names->shape.size() != 1)
        return packedError(file, "its parts do not fit together");
    return parts;
}

template <class T>
Result<std::vector<T>> readAll(const SafetensorsReader& reader, const TensorView& tensor) {
    const auto bytes = static_cast<std::size_t>(tensor.elements()) * bytesOfElement(tensor.dtype);
    std::vector<T> out(bytes / sizeof(T));
    IMAGO_TRY(reader.read(tensor, 0, {reinterpret_cast<std::uint8_t*>(out.data()), bytes}));
    return out;
}

Result<void> readItems(DatasetContents& contents, const SafetensorsReader& reader, const Parts& parts, const fs::path& file) {
    IMAGO_ASSIGN(contents.classes, readAll<std::int32_t>(reader, *parts.classes));
    IMAGO_ASSIGN(contents.hashes, (readAll<std::array<std::uint8_t, 32>>(reader, *parts.hashes)));
    const auto most = static_cast<std::int32_t>(contents.shape.classNames.size());
    for (const std::int32_t label : contents.classes)
        if (label < -1 || label >= most) return packedError(file, "a class is not one of its classes");
    if (most == 0) contents.classes.clear();
    IMAGO_ASSIGN(const auto letters, readAll<char>(reader, *parts.names));
    if (letters.empty()) return {};
    IMAGO_ASSIGN(const auto ends, readAll<std::int64_t>(reader, *parts.ends));
    std::int64_t at = 0;
    for (const std::int64_t end : ends) {
        if (end < at || end > static_cast<std::int64_t>(letters.size())) return packedError(file, "its names are out of order");
        contents.names.emplace_back(letters.data() + at, static_cast<std::size_t>(end - at));
        at = end;
    }
    return {};
}

}  // namespace

Result<PackedFile> writePacked(const fs::path& file, const Dataset& data, const std::function<bool(std::size_t, std::size_t)>& progress) {
    std::error_code none;
    const auto earlier = inspectSafetensors(file);
    if (fs::exists(file, none) && !(earlier && earlier->metadata.contains(kPackedKey)))  // nobody's picture is written over
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("{file} exists and is not a packed dataset."),
                     {{"file", printableName(file.native())}},
                     IMAGO_TR("Choose another name."),
                     "out"};
    const auto count = static_cast<std::int64_t>(data.size());
    const DataShape& shape = data.shape();
    const std::uint64_t total = data.size() * (data.itemBytes() + 64);
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    IMAGO_TRY(makeFolders(folder));
    IMAGO_TRY(checkFreeSpace(folder, data.resident() ? total : 2 * total));
    IMAGO_ASSIGN(const Mapping pixels, pixelsOf(data, file, progress));
    std::vector<std::int32_t> classes;
    std::vector<std::uint8_t> hashes, names;
    std::vector<std::int64_t> ends;
    for (std::size_t i = 0; i < data.size(); ++i) {
        classes.push_back(data.classOf(i));
        hashes.insert(hashes.end(), data.hashOf(i).begin(), data.hashOf(i).end());
        if (data.named()) {
            const std::string& name = data.rawName(i);
            names.insert(names.end(), name.begin(), name.end());
        }
        ends.push_back(static_cast<std::int64_t>(names.size()));
    }
    const Json about = {
        {"schema", 1}, {"data", printableName(data.spec())}, {"class_names", shape.classNames}, {"manifest_hash", data.manifestHash()}};
    const std::vector<TensorView> views{
        {"pixels", DType::U8, {count, shape.height, shape.width, shape.channels}, {pixels.memory.get(), pixels.size}},
        {"classes", DType::I32, {count}, bytesOfVector(classes)},
        {"hashes", DType::U8, {count, 32}, hashes},
        {"names", DType::U8, {static_cast<std::int64_t>(names.size())}, names},
        {"name_ends", DType::I64, {count}, bytesOfVector(ends)}};
    IMAGO_TRY(writeSafetensors(file, views, {{kPackedKey, about.dump()}}));
    std::error_code ignored;
    return PackedFile{static_cast<std::uint64_t>(fs::file_size(file, ignored)), data.size()};
}

Result<DatasetContents> openPacked(const fs::path& file, const DatasetOptions& options) {
    SafetensorsOptions limits;
    limits.maxFileBytes = kMostBytes;
    if (options.progress)  // a large file takes a while to be checked against its hash
        limits.progress = [&](std::uint64_t done, std::uint64_t total) { return options.progress(done >> 20, total >> 20); };
    IMAGO_ASSIGN(auto opened, SafetensorsReader::open(file, printableName(file.native()), limits));
    const auto reader = std::make_shared<const SafetensorsReader>(std::move(opened));
    const auto found = reader->metadata().find(kPackedKey);
    if (found == reader->metadata().end()) return packedError(file, "it was not made by imago pack");
    IMAGO_ASSIGN(const Json about, parseJson(found->second, printableName(file.native())));
    IMAGO_ASSIGN(const Parts parts, findParts(*reader, file));
    const auto& shape = parts.pixels->shape;
    DatasetContents contents;
    contents.shape = {static_cast<int>(shape[3]), static_cast<int>(shape[1]), static_cast<int>(shape[2]), {}};
    if (!about.is_object() || !about.contains("schema") || about["schema"] != 1) return packedError(file, "it is of a later version");
    for (const Json& name : about.value("class_names", Json::array()))
        if (name.is_string()) contents.shape.classNames.push_back(name.get<std::string>());
    IMAGO_TRY(readItems(contents, *reader, parts, file));
    const DataShape from = contents.shape;
    contents.shape = convertedShape(from, options);
    const bool same =
        contents.shape.channels == from.channels && contents.shape.height == from.height && contents.shape.width == from.width;
    const std::size_t count = contents.hashes.size(), each = bytesOfItem(from), kept = bytesOfItem(contents.shape);
    DatasetOptions how = options;
    how.progress = {};  // it may not live as long as the reader
    const auto read = [reader, pixels = parts.pixels, from, each, same, how](std::size_t index, std::uint8_t* out) -> Result<void> {
        if (same) return reader->read(*pixels, index * each, {out, each});
        std::vector<std::uint8_t> raw(each);
        IMAGO_TRY(reader->read(*pixels, index * each, raw));
        const Image picture = convertedPicture(raw.data(), from, how);
        std::memcpy(out, picture.data(), picture.byteCount());
        return {};
    };
    if (std::uint64_t(count) * kept > memoryBudget(options)) {
        contents.reader = read;
        return contents;
    }
    contents.pixels.resize(count * kept);
    for (std::size_t i = 0; i < count; ++i) {
        IMAGO_TRY(read(i, contents.pixels.data() + i * kept));
        if (options.progress && i % 4096 == 0 && !options.progress(i, count))
            return Error{ErrorCode::Cancelled, IMAGO_TR("Reading the pictures was cancelled.")};
    }
    return contents;
}

}  // namespace imago
