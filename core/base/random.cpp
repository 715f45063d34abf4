#include "core/base/random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

// The loops below have one definition and are compiled for several instruction sets; with contraction off (see
// core/CMakeLists.txt) each gives the same bits. Resolvers that run before a sanitizer is ready would crash.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define IMAGO_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define IMAGO_CLONES
#endif

namespace imago {

namespace {

constexpr std::uint32_t kMultiply0 = 0xD2511F53U, kMultiply1 = 0xCD9E8D57U;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9U, kWeyl1 = 0xBB67AE85U;

// c: four words, k: two.
[[gnu::always_inline]] inline void rounds(std::uint32_t& c0, std::uint32_t& c1, std::uint32_t& c2, std::uint32_t& c3, std::uint32_t k0,
                                          std::uint32_t k1) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t a = std::uint64_t(kMultiply0) * c0, b = std::uint64_t(kMultiply1) * c2;
        const std::uint32_t n0 = std::uint32_t(b >> 32) ^ c1 ^ k0, n2 = std::uint32_t(a >> 32) ^ c3 ^ k1;
        c0 = n0, c1 = std::uint32_t(b), c2 = n2, c3 = std::uint32_t(a);
        k0 += kWeyl0, k1 += kWeyl1;
    }
}

// Blocks are made a batch at a time, one array per word, so that the compiler can use whole vectors.
constexpr int kBatch = 64;
struct Batch {
    alignas(64) std::uint32_t word[4][kBatch];
};

[[gnu::always_inline]] inline void makeBatch(const RandomKey& key, std::uint64_t block, Batch& out) {
    const auto k0 = std::uint32_t(key.seed), k1 = std::uint32_t(key.seed >> 32);
    const auto s0 = std::uint32_t(key.step), s1 = std::uint32_t(key.step >> 32);
    const std::uint32_t purpose = std::uint32_t(key.purpose) << 16;
    for (int i = 0; i < kBatch; ++i) {
        const std::uint64_t b = block + std::uint64_t(i);
        std::uint32_t c0 = std::uint32_t(b), c1 = (std::uint32_t(b >> 32) & 0xFFFFU) | purpose, c2 = s0, c3 = s1;
        rounds(c0, c1, c2, c3, k0, k1);
        out.word[0][i] = c0, out.word[1][i] = c1, out.word[2][i] = c2, out.word[3][i] = c3;
    }
}

constexpr float kTwoToMinus32 = 0x1p-32F;

// -2 ln((x + 1/2) / 2^32), by ln(m) = 2 artanh((m - 1) / (m + 1)) with m in [sqrt(1/2), sqrt(2)); series to the ninth power.
[[gnu::always_inline]] inline float minusTwoLog(std::uint32_t x) {
    // Signed conversion of two halves: exact, and vectors have it everywhere.
    const float wide = float(std::int32_t(x >> 16)) * 65536.0F + float(std::int32_t(x & 0xFFFFU));
    const float u = wide * kTwoToMinus32 + 0.5F * kTwoToMinus32;
    const auto bits = std::bit_cast<std::uint32_t>(u);
    const auto exponent = std::int32_t(bits - 0x3F3504F3U) >> 23;  // 0x3F3504F3 is sqrt(1/2)
    const float m = std::bit_cast<float>(bits - (std::uint32_t(exponent) << 23));
    const float s = (m - 1.0F) / (m + 1.0F), q = s * s;
    const float series = s * (1.0F + q * (1.0F / 3 + q * (1.0F / 5 + q * (1.0F / 7 + q * (1.0F / 9)))));
    const float log = float(exponent) * 0.693147180559945F + 2.0F * series;
    return log < 0.0F ? -2.0F * log : 0.0F;
}

// Sine and cosine of 2 pi x / 2^32: the nearest quarter turn exactly, the rest (at most an eighth) by Taylor series.
[[gnu::always_inline]] inline void turn(std::uint32_t x, float& sine, float& cosine) {
    const std::int32_t rest = std::int32_t(x << 2) >> 2;
    const std::uint32_t quarter = (x - std::uint32_t(rest)) >> 30;
    const float a = float(rest) * (6.283185307179586F * kTwoToMinus32), q = a * a;
    const float s = a * (1.0F - q * (1.0F / 6 - q * (1.0F / 120 - q * (1.0F / 5040 - q * (1.0F / 362880)))));
    const float c = 1.0F - q * (0.5F - q * (1.0F / 24 - q * (1.0F / 720 - q * (1.0F / 40320 - q * (1.0F / 3628800)))));
    const bool odd = (quarter & 1U) != 0;
    const std::uint32_t sineSign = (quarter & 2U) << 30, cosineSign = ((quarter + 1U) & 2U) << 30;
    sine = std::bit_cast<float>(std::bit_cast<std::uint32_t>(odd ? c : s) ^ sineSign);
    cosine = std::bit_cast<float>(std::bit_cast<std::uint32_t>(odd ? s : c) ^ cosineSign);
}

[[gnu::always_inline]] inline void boxMuller(std::uint32_t a, std::uint32_t b, float& first, float& second) {
    float sine, cosine;
    turn(b, sine, cosine);
    const float radius = std::sqrt(minusTwoLog(a));
    first = radius * cosine;
    second = radius * sine;
}

// The 4 * kBatch normals of the blocks from `block` on.
IMAGO_CLONES void normalBatch(const RandomKey& key, std::uint64_t block, float* out) {
    Batch batch;
    makeBatch(key, block, batch);
    for (int i = 0; i < kBatch; ++i) {
        float n0, n1, n2, n3;
        boxMuller(batch.word[0][i], batch.word[1][i], n0, n1);
        boxMuller(batch.word[2][i], batch.word[3][i], n2, n3);
        out[4 * i] = n0, out[4 * i + 1] = n1, out[4 * i + 2] = n2, out[4 * i + 3] = n3;
    }
}

IMAGO_CLONES void bitsBatch(const RandomKey& key, std::uint64_t block, std::uint32_t* out) {
    Batch batch;
    makeBatch(key, block, batch);
    for (int i = 0; i < kBatch; ++i)
        for (int w = 0; w < 4; ++w) out[4 * i + w] = batch.word[w][i];
}

IMAGO_CLONES void uniformBatch(const RandomKey& key, std::uint64_t block, float* out) {
    Batch batch;
    makeBatch(key, block, batch);
    for (int i = 0; i < kBatch; ++i)
        for (int w = 0; w < 4; ++w) out[4 * i + w] = float(std::int32_t(batch.word[w][i] >> 8)) * 0x1p-24F;
}

template <class V>
void fill(void (*make)(const RandomKey&, std::uint64_t, V*), const RandomKey& key, std::uint64_t first, std::span<V> out) {
    constexpr std::size_t whole = 4 * kBatch;
    std::uint64_t block = first / 4;
    std::size_t skip = first % 4, done = 0;
    alignas(64) V buffer[whole];
    while (done < out.size()) {
        if (skip == 0 && out.size() - done >= whole) {
            make(key, block, out.data() + done);
            done += whole;
        } else {
            make(key, block, buffer);
            const std::size_t count = std::min(whole - skip, out.size() - done);
            std::copy_n(buffer + skip, count, out.data() + done);
            done += count;
            // A first piece that does not begin at a block ends at one: the next begins there.
            block += (skip + count) / 4;
            skip = (skip + count) % 4;
            continue;
        }
        block += kBatch;
    }
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> key) {
    rounds(c[0], c[1], c[2], c[3], key[0], key[1]);
    return c;
}

std::array<std::uint32_t, 4> randomBlock(const RandomKey& key, std::uint64_t block) {
    return philox4x32({std::uint32_t(block), (std::uint32_t(block >> 32) & 0xFFFFU) | std::uint32_t(key.purpose) << 16,
                       std::uint32_t(key.step), std::uint32_t(key.step >> 32)},
                      {std::uint32_t(key.seed), std::uint32_t(key.seed >> 32)});
}

std::uint32_t randomBits(const RandomKey& key, std::uint64_t index) {
    return randomBlock(key, index / 4)[index % 4];
}

float uniform(const RandomKey& key, std::uint64_t index) {
    return float(randomBits(key, index) >> 8) * 0x1p-24F;
}

float normal(const RandomKey& key, std::uint64_t index) {
    const auto block = randomBlock(key, index / 4);
    const std::size_t pair = index % 4 / 2 * 2;
    float first, second;
    boxMuller(block[pair], block[pair + 1], first, second);
    return index % 2 == 0 ? first : second;
}

std::uint64_t randomBelow(const RandomKey& key, std::uint64_t index, std::uint64_t limit) {
    // Two words a draw; the bias of the multiplication is at most limit / 2^64.
    const auto block = randomBlock(key, index / 2);
    const std::size_t at = index % 2 * 2;
    const std::uint64_t bits = std::uint64_t(block[at]) | std::uint64_t(block[at + 1]) << 32;
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(bits) * limit) >> 64);
}

void fillBits(const RandomKey& key, std::uint64_t first, std::span<std::uint32_t> out) {
    fill(&bitsBatch, key, first, out);
}

void fillUniform(const RandomKey& key, std::uint64_t first, std::span<float> out) {
    fill(&uniformBatch, key, first, out);
}

void fillNormal(const RandomKey& key, std::uint64_t first, std::span<float> out) {
    fill(&normalBatch, key, first, out);
}

std::vector<std::uint32_t> permutation(const RandomKey& key, std::uint32_t n) {
    std::vector<std::uint32_t> out(n);
    std::iota(out.begin(), out.end(), 0U);
    for (std::uint32_t i = n; i > 1; --i) std::swap(out[i - 1], out[randomBelow(key, i, i)]);
    return out;
}

}  // namespace imago
