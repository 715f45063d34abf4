// Safetensors: named arrays in one file (8 bytes of length, a JSON header, then the numbers). Reading cannot run code and
// takes no more memory than the file. Knows no LibTorch: names, types, shapes, bytes. Any thread.
// Format: https://github.com/huggingface/safetensors; every rule of it is enforced, see safetensors_header.cpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/durable_file.h"
#include "core/base/hash.h"
#include "core/base/result.h"

namespace imago {

enum class DType : std::uint8_t { Bool, U8, I8, I16, I32, I64, F16, BF16, F32, F64 };
std::size_t bytesOfElement(DType type);
const char* toString(DType type);  // as in the file: "BF16"

// Borrowed numbers, little-endian, C order. A rank of 0 is one number; a length of 0 is none.
struct TensorView {
    std::string name;
    DType dtype = DType::F32;
    std::vector<std::int64_t> shape;
    Bytes data;  // may be unaligned in files of others: copy, do not cast

    std::int64_t elements() const;
};

using Metadata = std::map<std::string, std::string>;

// The key under which our writer keeps the SHA-256 of the file (computed with 64 zeros in its own place).
inline constexpr const char* kHashKey = "imago.sha256";

struct SafetensorsOptions {
    std::uint64_t maxFileBytes = std::uint64_t(64) << 30;
    std::uint64_t maxHeaderBytes = std::uint64_t(16) << 20;                   // at most 100,000,000 whatever is asked
    std::function<bool(std::uint64_t done, std::uint64_t total)> progress{};  // bytes of a SafetensorsReader's hash; false stops
};

class SafetensorsFile {
  public:
    // A file that carries our hash is verified; a file with "imago." metadata but without the hash is refused as damaged.
    static Result<SafetensorsFile> read(const std::filesystem::path& path, const SafetensorsOptions& options = {});
    static Result<SafetensorsFile> parse(std::vector<std::uint8_t> file, const std::string& name, const SafetensorsOptions& options = {});
    SafetensorsFile(SafetensorsFile&&) = default;
    SafetensorsFile& operator=(SafetensorsFile&&) = default;

    const std::vector<TensorView>& tensors() const { return m_tensors; }  // in the order of their data
    const TensorView* find(const std::string& name) const;                // null: not there
    const Metadata& metadata() const { return m_metadata; }               // without the hash
    bool verified() const { return m_verified; }                          // it carried our hash, and the hash is right
    std::string sha256() const { return sha256Hex(m_file); }              // of the file as it is on disk

  private:
    SafetensorsFile() = default;
    std::vector<std::uint8_t> m_file;  // the tensors point into it
    std::vector<TensorView> m_tensors;
    std::map<std::string, std::size_t> m_index;
    Metadata m_metadata;
    bool m_verified = false;
};

// A file that may be larger than the memory: its header is kept, the numbers are read when they are asked for, never mapped:
// a file that is cut short or fails meanwhile is an error, one that is removed can still be read.
class SafetensorsReader {
  public:
    // name: of the file, for people.
    static Result<SafetensorsReader> open(const std::filesystem::path& path, std::string name, const SafetensorsOptions& options = {});
    SafetensorsReader(SafetensorsReader&&) = default;
    SafetensorsReader& operator=(SafetensorsReader&&) = default;

    const std::vector<TensorView>& tensors() const { return m_tensors; }  // in the order of their data, which stay empty
    const TensorView* find(const std::string& name) const;                // null: not there
    const Metadata& metadata() const { return m_metadata; }               // without the hash
    bool verified() const { return m_verified; }                          // it carried our hash, and the hash was right on opening
    // Bytes [from, from + out.size()) of one of this reader's tensors(). May be called from several threads at once.
    Result<void> read(const TensorView& tensor, std::uint64_t from, std::span<std::uint8_t> out) const;

  private:
    SafetensorsReader() = default;
    std::string m_name;
    std::shared_ptr<const int> m_descriptor;  // closed with its last owner
    std::vector<TensorView> m_tensors;
    std::vector<std::uint64_t> m_begins;  // of the tensors' data, in the file
    Metadata m_metadata;
    bool m_verified = false;
};

// Only the header: names, types, shapes and metadata of a file of any size (data stay empty, hashes are not checked).
struct SafetensorsSummary {
    std::vector<TensorView> tensors;
    Metadata metadata;
    std::uint64_t fileBytes = 0;
};
Result<SafetensorsSummary> inspectSafetensors(const std::filesystem::path& path, const SafetensorsOptions& options = {});

// Durably, with our hash. Equal tensors and metadata give equal bytes, whatever order they come in (larger elements
// first, then by name). Returns the SHA-256 of the file, for manifests.
Result<std::string> writeSafetensors(const std::filesystem::path& path, const std::vector<TensorView>& tensors, const Metadata& metadata,
                                     FileOps& ops = systemFileOps());
Result<std::vector<std::uint8_t>> encodeSafetensors(const std::vector<TensorView>& tensors, const Metadata& metadata);

// How many NaNs and infinities there are (0 for whole numbers): the format does not forbid them, a model should not have them.
std::size_t countNonFinite(const TensorView& tensor);

}  // namespace imago
