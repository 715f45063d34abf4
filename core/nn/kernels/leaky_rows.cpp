#include "core/nn/kernels/leaky_rows.h"

#include <bit>

#if defined(__x86_64__) && defined(__gnu_linux__)
#define IMAGO_CLONES __attribute__((target_clones("arch=skylake-avx512", "avx2", "default")))
#else
#define IMAGO_CLONES
#endif

namespace imago::nn {

namespace {

inline float wide(std::uint16_t bits) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}
// To nearest, ties to even. Infinities and what is not a number stay so.
inline std::uint16_t narrow(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    return static_cast<std::uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}
constexpr float kSlope = 0.2F;

}  // namespace

IMAGO_CLONES void leakyRows(const std::uint16_t* x, std::uint16_t* y, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
        const float value = wide(x[i]);
        y[i] = narrow(value * (value > 0 ? 1.0F : kSlope));
    }
}

namespace {

IMAGO_CLONES void gradient(const std::uint16_t* y, const std::uint16_t* dy, std::uint16_t* dx, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) dx[i] = narrow(wide(dy[i]) * (wide(y[i]) > 0 ? 1.0F : kSlope));
}

IMAGO_CLONES void gradientPlus(const std::uint16_t* y, const std::uint16_t* dy, const std::uint16_t* add, std::uint16_t* dx,
                               std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
        const float scaled = wide(dy[i]) * (wide(y[i]) > 0 ? 1.0F : kSlope);
        dx[i] = narrow(scaled + wide(add[i]));
    }
}

}  // namespace

void leakyGradientRows(const std::uint16_t* y, const std::uint16_t* dy, const std::uint16_t* add, std::uint16_t* dx, std::int64_t count) {
    add ? gradientPlus(y, dy, add, dx, count) : gradient(y, dy, dx, count);
}

}  // namespace imago::nn
