// The numbers in brackets are the rules that the reader enforces:
//  1 at least 8 bytes                         2 header at most 16 MB (100 MB on request), before anything is allocated
//  3 8 + header fits into the file            4 header is UTF-8 JSON and an object; white space before it is accepted
//  5 white space after it is accepted; the writer pads so that the data begin at a multiple of 8
//  6 no key twice                             7 exactly dtype, shape, data_offsets; metadata are texts; counts are limited
//  8 numbers are whole, not negative, 64 bit  9 ranges follow each other from 0 without holes or overlaps
// 10 the last range ends with the file       11 shape x element size is the range's length, without overflow
// 12 empty and rank-0 tensors are fine       13 known types only, others are named in the error
// 14 little-endian; non-finite numbers are counted, not refused   15 read into memory of our own, never mapped
// 16 the writer's order is fixed, and it writes durably
#include "core/tensor/safetensors.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <functional>
#include <limits>
#include <string_view>

#include "core/base/json.h"

namespace imago {

static_assert(std::endian::native == std::endian::little, "tensor files are little-endian; so must be the machine");

namespace {

constexpr std::uint64_t kMostHeaderBytes = 100'000'000;
constexpr std::size_t kMaxTensors = 1'000'000, kMaxRank = 16, kMaxName = 1024;
const std::string kZeroHash(64, '0');

struct TypeName {
    DType type;
    const char* name;
    std::size_t bytes;
};
constexpr TypeName kTypes[] = {{DType::Bool, "BOOL", 1}, {DType::U8, "U8", 1},   {DType::I8, "I8", 1},   {DType::I16, "I16", 2},
                               {DType::I32, "I32", 4},   {DType::I64, "I64", 8}, {DType::F16, "F16", 2}, {DType::BF16, "BF16", 2},
                               {DType::F32, "F32", 4},   {DType::F64, "F64", 8}};

Error refuse(const std::string& file, std::string why) {
    return {ErrorCode::BadInput,
            IMAGO_TR("{file} is not a usable safetensors file: {why}."),
            {{"file", file}, {"why", std::move(why)}},
            IMAGO_TR("It is damaged, incomplete or of another kind; use another copy.")};
}

Error cannotRead(const std::filesystem::path& path, int number) {
    Error error = diskError(kCannotRead, path, number);
    error.code = ErrorCode::BadInput;
    return error;
}

std::string_view textOf(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Result<void> readAt(int descriptor, const std::string& name, std::uint64_t from, std::span<std::uint8_t> out) {
    while (!out.empty()) {
        const ssize_t got = ::pread(descriptor, out.data(), out.size(), static_cast<off_t>(from));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return cannotRead(name, errno);
        if (got == 0) return refuse(name, "it was cut short while it was read");
        from += static_cast<std::uint64_t>(got);
        out = out.subspan(static_cast<std::size_t>(got));
    }
    return {};
}

std::string quoted(const std::string& text) {
    return '"' + (text.size() > 80 ? text.substr(0, 77) + "..." : text) + '"';
}

std::uint64_t littleEndian64(const std::uint8_t* p) {
    std::uint64_t out;
    std::memcpy(&out, p, 8);
    return out;
}

struct Entry {
    TensorView view;  // data stay empty
    std::uint64_t begin = 0, end = 0;
};

struct Header {
    std::vector<Entry> entries;  // in the order of their data
    Metadata metadata;
};

bool wholeNumber(const Json& json) {  // [8] 1.0, 1e3, -0 and what does not fit are of another type
    return json.is_number_unsigned();
}

Result<Entry> readEntry(const std::string& name, const Json& json, const std::string& file) {
    const auto bad = [&](const std::string& why) { return refuse(file, "tensor " + quoted(name) + " " + why); };
    if (name.size() > kMaxName) return bad("has a name of more than 1024 bytes (InvalidName)");
    if (!json.is_object() || json.size() != 3 || !json.contains("dtype") || !json.contains("shape") || !json.contains("data_offsets"))
        return bad("must have exactly dtype, shape and data_offsets (InvalidHeader)");
    Entry out;
    out.view.name = name;
    const Json &dtype = json["dtype"], &shape = json["shape"], &offsets = json["data_offsets"];
    if (!dtype.is_string()) return bad("has a dtype that is not a text (InvalidHeader)");
    const auto type = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeName& t) { return dtype == t.name; });
    if (type == std::end(kTypes))
        return bad("has the type " + quoted(dtype.get<std::string>()) + ", which is not supported (InvalidDtype)");
    out.view.dtype = type->type;
    if (!shape.is_array() || shape.size() > kMaxRank || !std::all_of(shape.begin(), shape.end(), wholeNumber))
        return bad("has a shape that is not a list of at most 16 whole numbers (InvalidShape)");
    std::uint64_t bytes = type->bytes;
    bool empty = false;
    for (const Json& length : shape) {
        const auto value = length.get<std::uint64_t>();
        std::uint64_t product = 0;
        if (value > std::uint64_t(std::numeric_limits<std::int64_t>::max())) return bad("is larger than can be counted (Overflow)");
        if (value == 0) empty = true;
        // Zero lengths must not hide an overflow of the others: those are multiplied on.
        if (value != 0 && __builtin_mul_overflow(bytes, value, &product)) return bad("is larger than can be counted (Overflow)");
        if (value != 0) bytes = product;
        out.view.shape.push_back(static_cast<std::int64_t>(value));
    }
    if (empty) bytes = 0;
    if (!offsets.is_array() || offsets.size() != 2 || !std::all_of(offsets.begin(), offsets.end(), wholeNumber))
        return bad("has data_offsets that are not two whole numbers (InvalidOffset)");
    out.begin = offsets[0].get<std::uint64_t>();
    out.end = offsets[1].get<std::uint64_t>();
    if (out.end < out.begin) return bad("ends before it begins (InvalidOffset)");
    if (out.end - out.begin != bytes)
        return bad("has " + std::to_string(out.end - out.begin) + " bytes, but its type and shape need " + std::to_string(bytes) +
                   " (InvalidInfo)");
    return out;
}

Result<Metadata> readMetadata(const Json& json, const std::string& file) {
    if (!json.is_object()) return refuse(file, "its metadata are not an object (InvalidMetadata)");
    Metadata out;
    for (const auto& [key, value] : json.items()) {
        if (!value.is_string()) return refuse(file, "the metadata value of " + quoted(key) + " is not a text (InvalidMetadata)");
        out[key] = value.get<std::string>();
    }
    return out;
}

// [9] [10]
Result<void> checkRanges(std::vector<Entry>& entries, std::uint64_t dataBytes, const std::string& file) {
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return std::tie(a.begin, a.end, a.view.name) < std::tie(b.begin, b.end, b.view.name); });
    std::uint64_t at = 0;
    for (const Entry& entry : entries) {
        if (entry.begin != at)
            return refuse(file, "tensor " + quoted(entry.view.name) + " begins at " + std::to_string(entry.begin) + ", not at " +
                                    std::to_string(at) + ": holes and overlaps are not allowed (InvalidOffset)");
        at = entry.end;
    }
    if (at != dataBytes)
        return refuse(file, "its tensors need " + std::to_string(at) + " bytes of data, but it has " + std::to_string(dataBytes) +
                                " (IncompleteBuffer)");
    return {};
}

Result<Header> parseHeader(std::string_view text, std::uint64_t dataBytes, const std::string& file) {
    const auto start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos || text[start] != '{') return refuse(file, "its header does not begin with { (InvalidHeaderStart)");
    auto parsed = parseJson(text, "the header", {.bytes = kMostHeaderBytes, .depth = 3});
    if (!parsed) return refuse(file, parsed.error().args.back().second + " (InvalidHeader)");
    if (parsed->size() > kMaxTensors) return refuse(file, "it has more than 1,000,000 tensors (InvalidHeader)");
    Header out;
    out.entries.reserve(parsed->size());
    for (const auto& [name, value] : parsed->items()) {
        if (name == "__metadata__") {
            IMAGO_ASSIGN(out.metadata, readMetadata(value, file));
        } else {
            IMAGO_ASSIGN(Entry entry, readEntry(name, value, file));
            out.entries.push_back(std::move(entry));
        }
    }
    IMAGO_TRY(checkRanges(out.entries, dataBytes, file));
    return out;
}

// [1] [2] [3]: the length of the header.
Result<std::uint64_t> headerLength(Bytes first, std::uint64_t fileBytes, const std::string& file, const SafetensorsOptions& options) {
    if (fileBytes < 8 || first.size() < 8) return refuse(file, "it has fewer than 8 bytes (HeaderTooSmall)");
    const std::uint64_t length = littleEndian64(first.data());
    const std::uint64_t limit = std::min(options.maxHeaderBytes, kMostHeaderBytes);
    if (length > limit)
        return refuse(file, "its header claims " + std::to_string(length) + " bytes; at most " + std::to_string(limit) +
                                " are read (HeaderTooLarge)");
    if (length > fileBytes - 8)
        return refuse(file, "its header claims " + std::to_string(length) + " bytes, but the file ends before that (InvalidHeaderLength)");
    return length;
}

std::string hashField(const std::string& value) {
    return '"' + std::string(kHashKey) + "\":\"" + value + '"';
}

using HashData = std::function<Result<void>(Sha256&)>;  // adds the file's data to a hash

// The hash of the file with zeros where the hash stands; empty if it does not stand where our writer puts it.
Result<std::string> hashWithout(Bytes header, const HashData& hashData, const std::string& value) {
    const std::string_view text = textOf(header);
    const auto at = text.find(hashField(value));
    if (value.size() != kZeroHash.size() || at == std::string_view::npos) return std::string();
    const std::size_t digits = at + hashField("").size() - 1;
    const std::uint64_t length = header.size();
    Sha256 hash;
    hash.update({reinterpret_cast<const std::uint8_t*>(&length), 8});
    hash.update(header.first(digits));
    hash.update(bytesOf(kZeroHash));
    hash.update(header.subspan(digits + kZeroHash.size()));
    IMAGO_TRY(hashData(hash));
    return toHex(hash.finish());
}

// True: our hash is there and right. False: a file of others.
Result<bool> verify(Metadata& metadata, Bytes header, const HashData& hashData, const std::string& file) {
    const auto own = metadata.find(kHashKey);
    if (own == metadata.end()) {
        const auto next = metadata.lower_bound("imago.");
        if (next != metadata.end() && next->first.starts_with("imago.")) return refuse(file, "its checksum is missing (HashMissing)");
        return false;
    }
    IMAGO_ASSIGN(const std::string found, hashWithout(header, hashData, own->second));
    if (found != own->second) return refuse(file, "its checksum does not fit its contents (HashMismatch)");
    metadata.erase(own);
    return true;
}

struct Plan {
    std::vector<const TensorView*> order;
    std::string header;  // with the length in front and zeros for the hash
    std::size_t digits = 0;
};

// [16] Everything before the data.
Result<Plan> planFile(const std::vector<TensorView>& tensors, const Metadata& metadata) {
    const auto bad = [](const std::string& name, const char* why) {
        return Error{ErrorCode::Internal, IMAGO_TR("The tensor {name} cannot be written: {why}."), {{"name", name}, {"why", why}}};
    };
    Plan plan;
    for (const TensorView& tensor : tensors) plan.order.push_back(&tensor);
    std::sort(plan.order.begin(), plan.order.end(), [](const TensorView* a, const TensorView* b) {
        const auto sizeA = bytesOfElement(a->dtype), sizeB = bytesOfElement(b->dtype);
        return sizeA != sizeB ? sizeA > sizeB : a->name < b->name;
    });
    Json json = Json::object();
    Json& texts = json["__metadata__"] = Json::object();
    texts[kHashKey] = kZeroHash;  // first, so that no text of the caller can stand before it and look like it
    for (const auto& [key, value] : metadata)
        if (key != kHashKey) texts[key] = value;
    // Appended without a search: names are checked for doubles below.
    auto& members = static_cast<Json::object_t::Container&>(json.get_ref<Json::object_t&>());
    std::vector<std::string_view> names;
    std::uint64_t at = 0;
    for (const TensorView* tensor : plan.order) {
        if (tensor->name.empty() || tensor->name.size() > kMaxName || tensor->name == "__metadata__")
            return bad(tensor->name, "its name is not allowed");
        if (tensor->shape.size() > kMaxRank || std::any_of(tensor->shape.begin(), tensor->shape.end(), [](auto v) { return v < 0; }) ||
            std::uint64_t(tensor->elements()) * bytesOfElement(tensor->dtype) != tensor->data.size())
            return bad(tensor->name, "its shape does not fit its data");
        names.push_back(tensor->name);
        const std::uint64_t end = at + tensor->data.size();
        members.emplace_back(tensor->name, Json{{"dtype", toString(tensor->dtype)}, {"shape", tensor->shape}, {"data_offsets", {at, end}}});
        at = end;
    }
    std::sort(names.begin(), names.end());
    if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
        return bad(std::string(*twice), "there are two of that name");
    std::string text;
    try {
        text = json.dump();
    } catch (const Json::type_error&) {  // the only thing that dump refuses
        return Error{ErrorCode::Internal, IMAGO_TR("A name or a text of the tensor file is not UTF-8.")};
    }
    text.resize((text.size() + 7) / 8 * 8, ' ');
    if (text.size() > kMostHeaderBytes) return Error{ErrorCode::Internal, IMAGO_TR("The header of the tensor file would be too large.")};
    const std::uint64_t length = text.size();
    plan.header.assign(reinterpret_cast<const char*>(&length), 8);
    plan.header += text;
    plan.digits = plan.header.find(hashField(kZeroHash)) + hashField("").size() - 1;
    return plan;
}

// Puts the hash in its place and returns the hash of the file as it will be.
std::string seal(Plan& plan) {
    const auto hashAll = [&] {
        Sha256 hash;
        hash.update(bytesOf(plan.header));
        for (const TensorView* tensor : plan.order) hash.update(tensor->data);
        return toHex(hash.finish());
    };
    plan.header.replace(plan.digits, kZeroHash.size(), hashAll());
    return hashAll();
}

}  // namespace

std::size_t bytesOfElement(DType type) {
    return kTypes[static_cast<std::size_t>(type)].bytes;
}

const char* toString(DType type) {
    return kTypes[static_cast<std::size_t>(type)].name;
}

std::int64_t TensorView::elements() const {
    std::int64_t out = 1;
    for (const std::int64_t length : shape) out *= length;
    return out;
}

Result<SafetensorsFile> SafetensorsFile::read(const std::filesystem::path& path, const SafetensorsOptions& options) {
    IMAGO_ASSIGN(auto file, readFile(path, options.maxFileBytes));
    return parse(std::move(file), path.string(), options);
}

Result<SafetensorsFile> SafetensorsFile::parse(std::vector<std::uint8_t> file, const std::string& name, const SafetensorsOptions& options) {
    SafetensorsFile out;
    out.m_file = std::move(file);  // a moved vector keeps its memory: the views stay right
    const Bytes all = out.m_file;
    IMAGO_ASSIGN(const std::uint64_t length, headerLength(all, all.size(), name, options));
    const Bytes header = all.subspan(8, length), data = all.subspan(8 + length);
    IMAGO_ASSIGN(Header parsed, parseHeader(textOf(header), data.size(), name));
    const auto hashData = [&](Sha256& hash) {
        hash.update(data);
        return Result<void>();
    };
    IMAGO_ASSIGN(out.m_verified, verify(parsed.metadata, header, hashData, name));
    out.m_metadata = std::move(parsed.metadata);
    for (Entry& entry : parsed.entries) {
        entry.view.data = data.subspan(entry.begin, entry.end - entry.begin);
        out.m_index[entry.view.name] = out.m_tensors.size();
        out.m_tensors.push_back(std::move(entry.view));
    }
    return out;
}

const TensorView* SafetensorsFile::find(const std::string& name) const {
    const auto at = m_index.find(name);
    return at == m_index.end() ? nullptr : &m_tensors[at->second];
}

std::string SafetensorsFile::metadataValue(const std::string& key) const {
    const auto at = m_metadata.find(key);
    return at == m_metadata.end() ? std::string() : at->second;
}

Result<SafetensorsReader> SafetensorsReader::open(const std::filesystem::path& path, std::string name, const SafetensorsOptions& options) {
    SafetensorsReader out;
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return cannotRead(name, errno);
    out.m_descriptor = {new int(descriptor), [](const int* d) {
                            ::close(*d);
                            delete d;
                        }};
    struct stat status {};
    if (::fstat(descriptor, &status) < 0) return cannotRead(name, errno);
    out.m_name = name;
    if (!S_ISREG(status.st_mode)) return refuse(name, "it is not a file");
    const auto fileBytes = static_cast<std::uint64_t>(status.st_size);
    if (fileBytes > options.maxFileBytes) return refuse(name, "it is larger than is read");
    std::vector<std::uint8_t> first(std::min<std::uint64_t>(8, fileBytes));
    IMAGO_TRY(readAt(descriptor, name, 0, first));
    IMAGO_ASSIGN(const std::uint64_t length, headerLength(first, fileBytes, name, options));
    std::vector<std::uint8_t> header(length);
    IMAGO_TRY(readAt(descriptor, name, 8, header));
    IMAGO_ASSIGN(Header parsed, parseHeader(textOf(header), fileBytes - 8 - length, name));
    const auto hashData = [&](Sha256& hash) -> Result<void> {
        std::vector<std::uint8_t> piece(std::size_t(1) << 20);
        for (std::uint64_t at = 8 + length; at < fileBytes; at += piece.size()) {
            piece.resize(std::min<std::uint64_t>(piece.size(), fileBytes - at));
            IMAGO_TRY(readAt(descriptor, name, at, piece));
            hash.update(piece);
            if (options.progress && !options.progress(at, fileBytes))
                return Error{ErrorCode::Cancelled, IMAGO_TR("Reading {file} was cancelled."), {{"file", name}}};
        }
        return {};
    };
    IMAGO_ASSIGN(out.m_verified, verify(parsed.metadata, header, hashData, name));
    out.m_metadata = std::move(parsed.metadata);
    for (Entry& entry : parsed.entries) {
        out.m_begins.push_back(8 + length + entry.begin);
        out.m_tensors.push_back(std::move(entry.view));
    }
    return out;
}

const TensorView* SafetensorsReader::find(const std::string& name) const {
    const auto at = std::find_if(m_tensors.begin(), m_tensors.end(), [&](const TensorView& t) { return t.name == name; });
    return at == m_tensors.end() ? nullptr : &*at;
}

Result<void> SafetensorsReader::read(const TensorView& tensor, std::uint64_t from, std::span<std::uint8_t> out) const {
    const auto index = static_cast<std::size_t>(&tensor - m_tensors.data());
    assert(index < m_tensors.size());
    return readAt(*m_descriptor, m_name, m_begins[index] + from, out);
}

Result<SafetensorsSummary> inspectSafetensors(const std::filesystem::path& path, const SafetensorsOptions& options) {
    std::error_code code;
    SafetensorsSummary out;
    out.fileBytes = std::filesystem::file_size(path, code);
    if (code) return cannotRead(path, code.value());
    IMAGO_ASSIGN(const auto first, readFileStart(path, 8));
    IMAGO_ASSIGN(const std::uint64_t length, headerLength(first, out.fileBytes, path.string(), options));
    IMAGO_ASSIGN(const auto start, readFileStart(path, 8 + length));
    if (start.size() != 8 + length) return refuse(path.string(), "it changed while it was read (InvalidHeaderLength)");
    IMAGO_ASSIGN(Header parsed, parseHeader(textOf(Bytes(start).subspan(8)), out.fileBytes - 8 - length, path.string()));
    for (Entry& entry : parsed.entries) out.tensors.push_back(std::move(entry.view));
    parsed.metadata.erase(kHashKey);
    out.metadata = std::move(parsed.metadata);
    return out;
}

Result<std::string> writeSafetensors(const std::filesystem::path& path, const std::vector<TensorView>& tensors, const Metadata& metadata,
                                     FileOps& ops) {
    IMAGO_ASSIGN(Plan plan, planFile(tensors, metadata));
    std::string hash = seal(plan);
    IMAGO_ASSIGN(auto file, DurableFile::create(path, ops));
    IMAGO_TRY(file.write(bytesOf(plan.header)));
    for (const TensorView* tensor : plan.order) IMAGO_TRY(file.write(tensor->data));
    IMAGO_TRY(file.commit());
    return hash;
}

Result<std::vector<std::uint8_t>> encodeSafetensors(const std::vector<TensorView>& tensors, const Metadata& metadata) {
    IMAGO_ASSIGN(Plan plan, planFile(tensors, metadata));
    seal(plan);
    std::vector<std::uint8_t> out(plan.header.begin(), plan.header.end());
    for (const TensorView* tensor : plan.order) out.insert(out.end(), tensor->data.begin(), tensor->data.end());
    return out;
}

std::size_t countNonFinite(const TensorView& tensor) {
    // All bits of the exponent set.
    const auto count = [&]<class Word>(Word exponent) {
        std::size_t found = 0;
        for (std::size_t at = 0; at + sizeof(Word) <= tensor.data.size(); at += sizeof(Word)) {
            Word word;
            std::memcpy(&word, tensor.data.data() + at, sizeof word);
            found += (word & exponent) == exponent;
        }
        return found;
    };
    switch (tensor.dtype) {
        case DType::F16:
            return count(std::uint16_t(0x7C00));
        case DType::BF16:
            return count(std::uint16_t(0x7F80));
        case DType::F32:
            return count(std::uint32_t(0x7F800000));
        case DType::F64:
            return count(std::uint64_t(0x7FF0000000000000));
        default:
            return 0;
    }
}

}  // namespace imago
