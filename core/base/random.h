// Randomness by counter: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
// Every draw is a pure function of (seed, purpose, step, index): no state, nothing to save, any order, any thread.
// Bits, uniforms and normals are the same on every CPU, whatever the instruction set.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace imago {

enum class Purpose : std::uint32_t {
    Init = 1,
    DataOrder,
    Augment,
    Noise,
    NoiseLevel,
    Time,
    LabelDrop,
    Dropout,
    Sampling,
    Latent,
    Preview,
    Test
};

struct RandomKey {
    std::uint64_t seed = 0;
    Purpose purpose = Purpose::Test;
    std::uint64_t step = 0;
};

// The generator itself: ten rounds.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

// Block b holds the draws with index 4b .. 4b+3 (b < 2^48). Key: seed, low word first. Counter: {b low 32 bits,
// b bits 32-47 | purpose << 16, step low, step high}. Other devices use the same layout.
std::array<std::uint32_t, 4> randomBlock(const RandomKey& key, std::uint64_t block);

std::uint32_t randomBits(const RandomKey& key, std::uint64_t index);
float uniform(const RandomKey& key, std::uint64_t index);                                   // [0, 1): the upper 24 bits
float normal(const RandomKey& key, std::uint64_t index);                                    // Box-Muller on pairs (2k, 2k + 1)
std::uint64_t randomBelow(const RandomKey& key, std::uint64_t index, std::uint64_t limit);  // 0 .. limit - 1, from 64 bits; limit > 0

// The same numbers, out[i] for index first + i.
void fillBits(const RandomKey& key, std::uint64_t first, std::span<std::uint32_t> out);
void fillUniform(const RandomKey& key, std::uint64_t first, std::span<float> out);
void fillNormal(const RandomKey& key, std::uint64_t first, std::span<float> out);

// A permutation of 0 .. n-1 (Fisher-Yates), n < 2^32.
std::vector<std::uint32_t> permutation(const RandomKey& key, std::uint32_t n);

}  // namespace imago
