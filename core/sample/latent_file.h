// Latent files: pictures as what a model's encoder makes of them, a few symbols a tile, entropy-coded. They name the model
// that can read them and carry a hash, so that damage is found. Knows no tensors. Any thread.
//
//   4 "IMGL", 1 version, 1 kind (0 numbers, 1 codes), 1 channels of the picture, 1 zero, 2 + 2 width and height,
//   4 step (float: how finely numbers are rounded), 8 of the model's SHA-256, the coded symbols, 8 of the SHA-256 of all
//   before. Little-endian.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/hash.h"
#include "core/base/result.h"

namespace imago {

struct LatentFile {
    static constexpr std::uint8_t kVersion = 2;

    bool codes = false;
    int channels = 1, width = 0, height = 0;  // of the picture
    float step = 0;
    std::array<std::uint8_t, 8> model{};
    std::vector<std::uint8_t> payload;
};

bool isLatentFile(Bytes head);
std::vector<std::uint8_t> encodeLatentFile(const LatentFile& file);
Result<LatentFile> decodeLatentFile(Bytes bytes, const std::string& name);

// Symbols of many tiles, [tile][position]: each position has its own model, or all share one.
struct SymbolModels {
    std::uint32_t symbols = 2;
    std::vector<std::vector<std::uint32_t>> masses;  // one row (shared) or one a position; see AdaptiveModel
    std::size_t positions = 1;
};
std::vector<std::uint8_t> encodeSymbols(const std::vector<std::uint32_t>& values, const SymbolModels& models);
Result<std::vector<std::uint32_t>> decodeSymbols(Bytes payload, std::size_t count, const SymbolModels& models, const std::string& name);

// What is expected of a rounded number before any was seen: a bell-like curve around the middle of `symbols`, of about the
// given deviation (in sixteenths of a symbol). Whole numbers throughout.
std::vector<std::uint32_t> bellMasses(std::uint32_t symbols, std::uint32_t deviationSixteenths);

}  // namespace imago
