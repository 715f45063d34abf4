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

#include "core/tensor/safetensors_header.h"

namespace imago {

using namespace safetensors;

static_assert(std::endian::native == std::endian::little, "tensor files are little-endian; so must be the machine");

namespace {

Error cannotRead(const std::filesystem::path& path, int number) {
    Error error = diskError(kCannotRead, path, number);
    error.code = ErrorCode::BadInput;
    return error;
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

}  // namespace

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
    IMAGO_ASSIGN(Header parsed, parseHeader(header, data.size(), name));
    const auto hashData = [&](Sha256& hash) {
        hash.update(data);
        return Result<void>();
    };
    IMAGO_ASSIGN(out.m_verified, checkOwnHash(parsed.metadata, header, hashData, name));
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
    IMAGO_ASSIGN(Header parsed, parseHeader(header, fileBytes - 8 - length, name));
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
    IMAGO_ASSIGN(out.m_verified, checkOwnHash(parsed.metadata, header, hashData, name));
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
    IMAGO_ASSIGN(Header parsed, parseHeader(Bytes(start).subspan(8), out.fileBytes - 8 - length, path.string()));
    for (Entry& entry : parsed.entries) out.tensors.push_back(std::move(entry.view));
    parsed.metadata.erase(kHashKey);
    out.metadata = std::move(parsed.metadata);
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
