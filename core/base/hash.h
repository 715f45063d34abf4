// SHA-256 (FIPS 180-4) for files and manifests, CRC32C (RFC 3720) for records. Uses the CPU's instructions where it has them.
// Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace imago {

using Bytes = std::span<const std::uint8_t>;
inline Bytes bytesOf(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

class Sha256 {
  public:
    Sha256();
    void update(Bytes data);
    std::array<std::uint8_t, 32> finish();  // once; then the object is spent

  private:
    std::array<std::uint32_t, 8> m_state;
    std::array<std::uint8_t, 64> m_block{};
    std::uint64_t m_length = 0;
};

std::string toHex(Bytes data);  // lower case
std::string sha256Hex(Bytes data);
Result<std::string> sha256File(const std::filesystem::path& path);  // read in pieces

// The checksum of what gave `before` with `data` after it; `before` is 0 at the start.
std::uint32_t crc32c(Bytes data, std::uint32_t before = 0);

namespace detail {  // the portable versions, for tests of the fast ones
void sha256BlocksPortable(std::uint32_t* state, const std::uint8_t* data, std::size_t blocks);
std::uint32_t crc32cPortable(Bytes data, std::uint32_t before);
bool hasShaInstructions();
}  // namespace detail

}  // namespace imago
