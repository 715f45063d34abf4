// Leaky ReLU with slope 0.2 on bf16 bits: serial loops, the same bits with every instruction set. Raw pointers. Any thread.
#pragma once

#include <cstdint>

namespace imago::nn {

// y = x where x > 0, else 0.2 x. y may be x.
void leakyRows(const std::uint16_t* x, std::uint16_t* y, std::int64_t count);
// dx = dy f'(x) + add, from y = f(x), whose sign is x's; add may be null. dx may be dy.
void leakyGradientRows(const std::uint16_t* y, const std::uint16_t* dy, const std::uint16_t* add, std::uint16_t* dx, std::int64_t count);

}  // namespace imago::nn
