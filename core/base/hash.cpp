#include "core/base/hash.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/base/durable_file.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace imago {

namespace {

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2).
alignas(64) constexpr std::uint32_t kRound[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

#if defined(__x86_64__)
bool detectSha() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & (1U << 29)) && __builtin_cpu_supports("sse4.1") &&
           __builtin_cpu_supports("ssse3");
}

// Four rounds at a time; the message schedule lives in four registers, each word quadruple W[t..t+3] replacing W[t-16..t-13].
__attribute__((target("sha,sse4.1,ssse3"))) void sha256BlocksFast(std::uint32_t* state, const std::uint8_t* data, std::size_t blocks) {
    const __m128i byteSwap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    const auto* words = reinterpret_cast<const __m128i*>(state);
    // The instructions want {A, B, E, F} and {C, D, G, H}.
    const __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128(words), 0xB1), hgfe = _mm_shuffle_epi32(_mm_loadu_si128(words + 1), 0x1B);
    __m128i abef = _mm_alignr_epi8(badc, hgfe, 8), cdgh = _mm_blend_epi16(hgfe, badc, 0xF0);
    for (; blocks > 0; --blocks, data += 64) {
        const __m128i abefBefore = abef, cdghBefore = cdgh;
        __m128i w[4];
        for (int i = 0; i < 4; ++i) w[i] = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(data) + i), byteSwap);
        for (int i = 0; i < 16; ++i) {
            __m128i sum = _mm_add_epi32(w[i & 3], _mm_load_si128(reinterpret_cast<const __m128i*>(kRound) + i));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0E));
            if (i >= 12) continue;
            const __m128i middle = _mm_alignr_epi8(w[(i + 3) & 3], w[(i + 2) & 3], 4);
            w[i & 3] = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(w[i & 3], w[(i + 1) & 3]), middle), w[(i + 3) & 3]);
        }
        abef = _mm_add_epi32(abef, abefBefore);
        cdgh = _mm_add_epi32(cdgh, cdghBefore);
    }
    const __m128i feba = _mm_shuffle_epi32(abef, 0x1B), dchg = _mm_shuffle_epi32(cdgh, 0xB1);
    auto* out = reinterpret_cast<__m128i*>(state);
    _mm_storeu_si128(out, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128(out + 1, _mm_alignr_epi8(dchg, feba, 8));
}

__attribute__((target("sse4.2"))) std::uint32_t crc32cFast(Bytes data, std::uint32_t before) {
    std::uint64_t crc = ~before;
    const std::uint8_t* p = data.data();
    std::size_t left = data.size();
    for (; left >= 8; left -= 8, p += 8) {
        std::uint64_t word;
        std::memcpy(&word, p, 8);
        crc = _mm_crc32_u64(crc, word);
    }
    for (; left > 0; --left, ++p) crc = _mm_crc32_u8(static_cast<std::uint32_t>(crc), *p);
    return ~static_cast<std::uint32_t>(crc);
}
#endif

void sha256Blocks(std::uint32_t* state, const std::uint8_t* data, std::size_t blocks) {
#if defined(__x86_64__)
    if (detail::hasShaInstructions()) return sha256BlocksFast(state, data, blocks);
#endif
    detail::sha256BlocksPortable(state, data, blocks);
}

constexpr auto makeCrcTable() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) ? 0x82F63B78U : 0U);  // the polynomial, reflected
        table[i] = crc;
    }
    return table;
}

}  // namespace

namespace detail {

bool hasShaInstructions() {
#if defined(__x86_64__)
    static const bool has = detectSha();
    return has;
#else
    return false;
#endif
}

void sha256BlocksPortable(std::uint32_t* state, const std::uint8_t* data, std::size_t blocks) {
    for (; blocks > 0; --blocks, data += 64) {
        std::uint32_t w[64];
        for (int i = 0; i < 16; ++i)
            w[i] = std::uint32_t(data[4 * i]) << 24 | std::uint32_t(data[4 * i + 1]) << 16 | std::uint32_t(data[4 * i + 2]) << 8 |
                   data[4 * i + 3];
        for (int i = 16; i < 64; ++i) {
            const std::uint32_t a = w[i - 15], b = w[i - 2];
            w[i] =
                w[i - 16] + (std::rotr(a, 7) ^ std::rotr(a, 18) ^ (a >> 3)) + w[i - 7] + (std::rotr(b, 17) ^ std::rotr(b, 19) ^ (b >> 10));
        }
        std::uint32_t s[8];
        std::copy_n(state, 8, s);
        for (int i = 0; i < 64; ++i) {
            const std::uint32_t sum1 = std::rotr(s[4], 6) ^ std::rotr(s[4], 11) ^ std::rotr(s[4], 25);
            const std::uint32_t choose = (s[4] & s[5]) ^ (~s[4] & s[6]);
            const std::uint32_t t1 = s[7] + sum1 + choose + kRound[i] + w[i];
            const std::uint32_t sum0 = std::rotr(s[0], 2) ^ std::rotr(s[0], 13) ^ std::rotr(s[0], 22);
            const std::uint32_t t2 = sum0 + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
            std::copy_backward(s, s + 7, s + 8);
            s[4] += t1;
            s[0] = t1 + t2;
        }
        for (int i = 0; i < 8; ++i) state[i] += s[i];
    }
}

std::uint32_t crc32cPortable(Bytes data, std::uint32_t before) {
    static constexpr auto kTable = makeCrcTable();
    std::uint32_t crc = ~before;
    for (std::uint8_t byte : data) crc = (crc >> 8) ^ kTable[(crc ^ byte) & 0xFFU];
    return ~crc;
}

}  // namespace detail

Sha256::Sha256() : m_state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19} {}

void Sha256::update(Bytes data) {
    if (data.empty()) return;
    std::size_t held = m_length % 64;
    m_length += data.size();
    if (held > 0) {
        const std::size_t take = std::min(64 - held, data.size());
        std::memcpy(m_block.data() + held, data.data(), take);
        data = data.subspan(take);
        if (held + take < 64) return;
        sha256Blocks(m_state.data(), m_block.data(), 1);
    }
    const std::size_t whole = data.size() / 64;
    sha256Blocks(m_state.data(), data.data(), whole);
    data = data.subspan(whole * 64);
    if (!data.empty()) std::memcpy(m_block.data(), data.data(), data.size());
}

std::array<std::uint8_t, 32> Sha256::finish() {
    const std::uint64_t bits = m_length * 8;
    std::array<std::uint8_t, 72> tail{0x80};
    const std::size_t held = m_length % 64, zeros = held < 56 ? 55 - held : 119 - held;
    for (std::size_t i = 0; i < 8; ++i) tail[1 + zeros + i] = static_cast<std::uint8_t>(bits >> (56 - 8 * i));
    update({tail.data(), 1 + zeros + 8});
    std::array<std::uint8_t, 32> out;
    for (std::size_t i = 0; i < 32; ++i) out[i] = static_cast<std::uint8_t>(m_state[i / 4] >> (24 - 8 * (i % 4)));
    return out;
}

std::string toHex(Bytes data) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(data.size() * 2);
    for (std::uint8_t byte : data) out += {kDigits[byte >> 4], kDigits[byte & 15]};
    return out;
}

std::string sha256Hex(Bytes data) {
    Sha256 hash;
    hash.update(data);
    return toHex(hash.finish());
}

Result<std::string> sha256File(const std::filesystem::path& path) {
    Sha256 hash;
    IMAGO_TRY(readFileInPieces(path, [&](Bytes piece) { hash.update(piece); }));
    return toHex(hash.finish());
}

std::uint32_t crc32c(Bytes data, std::uint32_t before) {
#if defined(__x86_64__)
    static const bool fast = __builtin_cpu_supports("sse4.2");
    if (fast) return crc32cFast(data, before);
#endif
    return detail::crc32cPortable(data, before);
}

}  // namespace imago
