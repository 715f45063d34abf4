#include "core/nn/kernels/conv_bf16.h"

#include "core/nn/kernels/conv_internal.h"

#include <cstdlib>
#include <new>
#ifdef __linux__
#include <sys/mman.h>
#endif

namespace imago::nn {

ConvIsa bestConvIsa() {
#if defined(__x86_64__)
    static const bool fast = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                             __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                             __builtin_cpu_supports("avx512bf16");
    return fast ? ConvIsa::Avx512Bf16 : ConvIsa::Portable;
#else
    return ConvIsa::Portable;
#endif
}

void ConvWorkspace::Release::operator()(std::byte* p) const {
    std::free(p);
}

constexpr std::size_t kHugePage = 2 << 20;

std::byte* ConvWorkspace::reserve(std::size_t bytes) {
    if (bytes > m_size) {
        m_memory.reset();
        m_size = 0;
        const std::size_t unit = bytes < kHugePage ? 4096 : kHugePage, rounded = (bytes + bytes / 4 + unit - 1) / unit * unit;
        m_memory.reset(static_cast<std::byte*>(std::aligned_alloc(unit, rounded)));
        if (!m_memory) throw std::bad_alloc();
#ifdef __linux__
        if (unit == kHugePage) madvise(m_memory.get(), rounded, MADV_HUGEPAGE);  // advice: what it answers does not matter
#endif
        m_size = rounded;
    }
    return m_memory.get();
}

namespace {

const conv::ConvKernels& kernelsFor(const ConvShape& shape) {
    if (shape.isa == ConvIsa::Avx512Bf16) return *conv::avx512Kernels(shape);
    return conv::portableKernels();
}

}  // namespace

std::size_t convPackedForwardBytes(const ConvShape& shape) {
    return kernelsFor(shape).packedForwardBytes(shape);
}

std::size_t convPackedBackwardBytes(const ConvShape& shape) {
    return kernelsFor(shape).packedBackwardBytes(shape);
}

void convPackForward(const ConvShape& shape, const float* weight, ConvWeightLayout layout, void* packed) {
    kernelsFor(shape).packForward(shape, weight, layout, packed);
}

void convPackBackward(const ConvShape& shape, const float* weight, ConvWeightLayout layout, void* packed) {
    kernelsFor(shape).packBackward(shape, weight, layout, packed);
}

void convForward(const ConvShape& shape, const std::uint16_t* x, const std::uint16_t* x2, const void* packedForward, const float* bias,
                 const std::uint16_t* residual, std::uint16_t* y, ConvWorkspace& workspace) {
    kernelsFor(shape).forward(shape, x, x2, packedForward, bias, residual, y, workspace);
}

void convBackwardData(const ConvShape& shape, const std::uint16_t* gy, const void* packedBackward, std::uint16_t* gx, std::uint16_t* gx2,
                      ConvWorkspace& workspace) {
    kernelsFor(shape).backwardData(shape, gy, packedBackward, gx, gx2, workspace);
}

void convBackwardWeight(const ConvShape& shape, const std::uint16_t* x, const std::uint16_t* x2, const std::uint16_t* gy,
                        ConvWeightLayout layout, float* gw, float* gb, ConvWorkspace& workspace) {
    kernelsFor(shape).backwardWeight(shape, x, x2, gy, layout, gw, gb, workspace);
}

}  // namespace imago::nn
