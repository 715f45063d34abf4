// Precision: the number format that layers compute in; masters and optimizer state are always fp32. Any thread.
#pragma once

namespace imago::nn {

enum class Precision { Auto, Fp32, Bf16 };

// Auto is bf16 where the device has bf16 units (CPU: AVX512-BF16 or AMX; CUDA: always), else fp32.
Precision resolvePrecision(Precision wanted, bool cuda);

}  // namespace imago::nn
