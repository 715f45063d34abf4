// Philox4x32-10 (Salmon et al. 2011), one block for each four elements.
#include "core/nn/init.h"

#include <array>
#include <cmath>
#include <numbers>

namespace imago::nn {

namespace {

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t a = 0xD2511F53ULL * counter[0];
        const std::uint64_t b = 0xCD9E8D57ULL * counter[2];
        counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
                   static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
        key[0] += 0x9E3779B9U;
        key[1] += 0xBB67AE85U;
    }
    return counter;
}

double unit(std::uint32_t bits) {
    return (static_cast<double>(bits) + 0.5) / 4294967296.0;
}

}  // namespace

void fillInitial(float* values, std::int64_t n, const Init& init, std::uint64_t seed, std::uint32_t parameter) {
    constexpr std::uint32_t kPurpose = 0x696e6974;  // "init"
    const std::array<std::uint32_t, 2> key{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
    for (std::int64_t i = 0; i < n; i += 4) {
        const auto bits = philox({static_cast<std::uint32_t>(i / 4), 0, parameter, kPurpose}, key);
        double draw[4];
        for (int j = 0; j < 4; ++j)
            draw[j] = init.kind == Init::Kind::Constant ? init.value : init.value * (2 * unit(bits[static_cast<std::size_t>(j)]) - 1);
        if (init.kind == Init::Kind::Normal) {
            for (int j = 0; j < 4; j += 2) {  // Box & Muller 1958
                const double radius = init.value * std::sqrt(-2 * std::log(unit(bits[static_cast<std::size_t>(j)])));
                const double angle = 2 * std::numbers::pi * unit(bits[static_cast<std::size_t>(j) + 1]);
                draw[j] = radius * std::cos(angle);
                draw[j + 1] = radius * std::sin(angle);
            }
        }
        for (int j = 0; j < 4 && i + j < n; ++j) values[i + j] = static_cast<float>(draw[j]);
    }
}

void fillDropout(float* values, std::int64_t n, double p, float keep, std::uint64_t seed, std::uint64_t step, std::uint32_t layer,
                 std::uint32_t image) {
    constexpr std::uint32_t kPurpose = 0x64726f70;  // "drop"
    const std::array<std::uint32_t, 2> key{static_cast<std::uint32_t>(seed) ^ (layer * 0x9E3779B9U),
                                           static_cast<std::uint32_t>(seed >> 32) ^ kPurpose};
    for (std::int64_t i = 0; i < n; i += 4) {
        const auto bits = philox(
            {static_cast<std::uint32_t>(i / 4), image, static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(step >> 32)}, key);
        for (int j = 0; j < 4 && i + j < n; ++j) values[i + j] = unit(bits[static_cast<std::size_t>(j)]) < p ? 0.0F : keep;
    }
}

}  // namespace imago::nn
