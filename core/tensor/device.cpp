// Devices through LibTorch's own hooks; processor features through cpuid.
#include "core/tensor/device.h"

#include <ATen/Context.h>
#include <c10/core/Device.h>
#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <fstream>

#include "core/tensor/tensor_memory.h"

#ifdef IMAGO_CUDA
#include <cuda_runtime_api.h>
#endif
#ifdef __x86_64__
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace imago {

namespace {

int cudaDevices() {
#ifdef IMAGO_CUDA
    int count = 0;
    return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
#else
    return 0;
#endif
}

#ifdef __x86_64__
// The kernel hands out the tile registers on request only.
bool requestTiles() {
    constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
    constexpr long kTileData = 18;
    return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}
#endif

CpuFeatures readCpuFeatures() {
    CpuFeatures features;
#ifdef __x86_64__
    __builtin_cpu_init();
    features.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    features.avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl") && features.avx2;
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (features.avx512 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) features.avx512Bf16 = (a >> 5) & 1U;
    if (features.avx512 && __get_cpuid_count(7, 0, &a, &b, &c, &d)) features.amxBf16 = ((d >> 22) & 1U) && requestTiles();
#endif
    const char* limit = std::getenv("IMAGO_CPU");
    if (limit && std::strcmp(limit, "avx512") != 0) {
        features.avx512 = features.avx512Bf16 = features.amxBf16 = false;
        if (std::strcmp(limit, "avx2") != 0) features.avx2 = false;
    }
    return features;
}

}  // namespace

std::vector<Device> availableDevices() {
    std::vector<Device> devices{Device{}};
    for (int i = 0; i < cudaDevices(); ++i) devices.push_back({Device::Kind::Cuda, i});
    return devices;
}

std::string deviceText(const Device& device) {
    return device.isCuda() ? "cuda:" + std::to_string(device.index) : "cpu";
}

Result<Device> parseDevice(const std::string& text) {
    const auto devices = availableDevices();
    if (text.empty() || text == "auto") return devices.size() > 1 ? devices[1] : devices[0];
    for (const auto& device : devices) {
        if (text == deviceText(device) || (text == "cuda" && device.isCuda())) return device;
    }
    std::string known = "auto";
    for (const auto& device : devices) known += ", " + deviceText(device);
    return Error{ErrorCode::Usage,
                 IMAGO_TR("There is no device \"{device}\" here."),
                 {{"device", text}, {"known", known}},
                 IMAGO_TR("Available: {known}."),
                 "device"};
}

std::string deviceName(const Device& device) {
#ifdef IMAGO_CUDA
    if (device.isCuda()) {
        cudaDeviceProp properties{};
        if (cudaGetDeviceProperties(&properties, device.index) == cudaSuccess) return properties.name;
        return deviceText(device);
    }
#else
    (void)device;
#endif
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        const auto colon = line.find(": ");
        if (line.rfind("model name", 0) == 0 && colon != std::string::npos) return line.substr(colon + 2);
    }
    return "CPU";
}

c10::Device torchDevice(const Device& device) {
    if (!device.isCuda()) return c10::Device(c10::kCPU);
    return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(device.index));
}

std::uint64_t cardMemory(const Device& device) {
#ifdef IMAGO_CUDA
    cudaDeviceProp properties{};
    if (device.isCuda() && cudaGetDeviceProperties(&properties, device.index) == cudaSuccess) return properties.totalGlobalMem;
#else
    (void)device;
#endif
    return 0;
}

void synchronize(const Device& device) {
#ifdef IMAGO_CUDA
    if (device.isCuda()) cudaDeviceSynchronize();
#else
    (void)device;
#endif
}

const CpuFeatures& cpuFeatures() {
    static const CpuFeatures features = readCpuFeatures();
    return features;
}

void prepareProcessForTensors() {
    installTensorMemory();
    setenv("OPENBLAS_NUM_THREADS", "1", 0);
    using SetThreads = void (*)(int);
    if (auto set = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(1);
}

void prepareComputeThread() {
    at::globalContext().setFlushDenormal(true);
#pragma omp parallel
    at::globalContext().setFlushDenormal(true);
}

}  // namespace imago
