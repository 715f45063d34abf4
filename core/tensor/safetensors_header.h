// The header of a safetensors file: its rules, and the hash that our files carry in it. For safetensors*.cpp. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/safetensors.h"

namespace imago::safetensors {

constexpr std::uint64_t kMostHeaderBytes = 100'000'000;
constexpr std::size_t kMaxRank = 16, kMaxName = 1024;
inline const std::string kZeroHash(64, '0');  // stands in a file's hash while that is computed

struct Entry {
    TensorView view;  // data stay empty
    std::uint64_t begin = 0, end = 0;
};

struct Header {
    std::vector<Entry> entries;  // in the order of their data
    Metadata metadata;
};

Error refuse(const std::string& file, std::string why);

// first: the first 8 bytes of the file, or all of a shorter one.
Result<std::uint64_t> headerLength(Bytes first, std::uint64_t fileBytes, const std::string& file, const SafetensorsOptions& options);
Result<Header> parseHeader(Bytes header, std::uint64_t dataBytes, const std::string& file);

std::string hashField(const std::string& value);  // as it stands in the header

using HashData = std::function<Result<void>(Sha256&)>;  // adds the file's data to a hash
// Takes our hash out of the metadata. True: it is there and right. False: a file of others.
Result<bool> checkOwnHash(Metadata& metadata, Bytes header, const HashData& hashData, const std::string& file);

}  // namespace imago::safetensors
