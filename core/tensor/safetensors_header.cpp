// The numbers in brackets are the rules that the reader enforces:
//  1 at least 8 bytes                         2 header at most 16 MB (100 MB on request), before anything is allocated
//  3 8 + header fits into the file            4 header is UTF-8 JSON and an object; white space before it is accepted
//  5 white space after it is accepted; the writer pads so that the data begin at a multiple of 8
//  6 no key twice                             7 exactly dtype, shape, data_offsets; metadata are texts; counts are limited
//  8 numbers are whole, not negative, 64 bit  9 ranges follow each other from 0 without holes or overlaps
// 10 the last range ends with the file       11 shape x element size is the range's length, without overflow
// 12 empty and rank-0 tensors are fine       13 known types only, others are named in the error
// 14 little-endian; non-finite numbers are counted, not refused (safetensors.cpp)
// 15 read into memory of our own, never mapped (safetensors.cpp)
// 16 the writer's order is fixed, and it writes durably (safetensors_write.cpp)
#include "core/tensor/safetensors_header.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/base/json.h"

namespace imago {

namespace safetensors {

namespace {

constexpr std::size_t kMaxTensors = 1'000'000;

struct TypeName {
    DType type;
    const char* name;
    std::size_t bytes;
};
constexpr TypeName kTypes[] = {{DType::Bool, "BOOL", 1}, {DType::U8, "U8", 1},   {DType::I8, "I8", 1},   {DType::I16, "I16", 2},
                               {DType::I32, "I32", 4},   {DType::I64, "I64", 8}, {DType::F16, "F16", 2}, {DType::BF16, "BF16", 2},
                               {DType::F32, "F32", 4},   {DType::F64, "F64", 8}};

std::string_view textOf(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string quoted(const std::string& text) {
    return '"' + (text.size() > 80 ? text.substr(0, 77) + "..." : text) + '"';
}

std::uint64_t littleEndian64(const std::uint8_t* p) {
    std::uint64_t out;
    std::memcpy(&out, p, 8);
    return out;
}

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
        // Zero lengths must not hide an overflow of the others, so that they are left out of the product.
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

}  // namespace

Error refuse(const std::string& file, std::string why) {
    return {ErrorCode::BadInput,
            IMAGO_TR("{file} is not a usable safetensors file: {why}."),
            {{"file", file}, {"why", std::move(why)}},
            IMAGO_TR("It is damaged, incomplete or of another kind; use another copy.")};
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

Result<Header> parseHeader(Bytes header, std::uint64_t dataBytes, const std::string& file) {
    const std::string_view text = textOf(header);
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

std::string hashField(const std::string& value) {
    return '"' + std::string(kHashKey) + "\":\"" + value + '"';
}

Result<bool> checkOwnHash(Metadata& metadata, Bytes header, const HashData& hashData, const std::string& file) {
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

}  // namespace safetensors

std::size_t bytesOfElement(DType type) {
    return safetensors::kTypes[static_cast<std::size_t>(type)].bytes;
}

const char* toString(DType type) {
    return safetensors::kTypes[static_cast<std::size_t>(type)].name;
}

}  // namespace imago
