// Device: where tensors live, chosen by a short text ("auto", "cpu", "cuda:0"). The only header, with its source,
// that knows which devices exist. Any thread; using a device is the compute thread's business.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace c10 {
struct Device;
}

namespace imago {

struct Device {
    enum class Kind { Cpu, Cuda };
    Kind kind = Kind::Cpu;
    int index = 0;

    bool isCuda() const { return kind == Kind::Cuda; }
    bool operator==(const Device&) const = default;
};

// "auto" is the first CUDA device when there is one, else the CPU. Errors name what is available.
Result<Device> parseDevice(const std::string& text);
std::string deviceText(const Device& device);  // "cpu", "cuda:1": parses back
std::string deviceName(const Device& device);  // for people: the processor's or the card's name
std::vector<Device> availableDevices();        // the CPU is always first
c10::Device torchDevice(const Device& device);
std::uint64_t cardMemory(const Device& device);  // bytes that a card has in all; 0 for the CPU
void synchronize(const Device& device);          // waits for queued work; nothing to do on the CPU

// What the CPU can do; read once from the processor, limited by IMAGO_CPU=portable|avx2|avx512 (for tests and bug reports).
struct CpuFeatures {
    bool avx2 = false;        // with FMA
    bool avx512 = false;      // F, BW, DQ, VL
    bool avx512Bf16 = false;  // dot products of bf16 pairs
    bool amxBf16 = false;     // tile units, usable by this process
};
const CpuFeatures& cpuFeatures();

// Once per process, from main: tensor memory that is kept between steps, and no thread pool inside the BLAS (it would
// compete with ours). Nothing here changes a number.
void prepareProcessForTensors();
// On the thread that computes: denormals flush to zero here and in its OpenMP team.
void prepareComputeThread();

}  // namespace imago
