// Building blocks of the AVX-512 bf16 convolution files: loads, rounding and the two register-blocked products.
// Include it last: everything after it is compiled for AVX-512 with bf16 (callers ask the CPU first).
#pragma once

#include "core/nn/kernels/conv_internal.h"

#include <algorithm>
#include <cstring>
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 takes the "any value" operand inside its own intrinsics for an uninitialised variable.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#include <omp.h>
#include <vector>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma,bmi2"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma,bmi2,prefer-vector-width=512")
#endif

#define IMAGO_INLINE static inline __attribute__((always_inline))
#define IMAGO_INLINE_MEMBER inline __attribute__((always_inline))

namespace imago::nn::conv {

using std::size_t;
using std::uint16_t;

constexpr int kPanel = 32;    // output channels of a weight panel: two registers of fp32
constexpr int kRows = 12;     // rows of the forward product: 12 x 2 accumulators
constexpr int kGradRows = 8;  // rows of the gradient product: 8 x 2 accumulators

// How many threads a parallel region gets here: inside another region it stays on its thread.
inline int teamSize() {
    return omp_in_parallel() ? 1 : omp_get_max_threads();
}

IMAGO_INLINE int ceilDiv(int a, int b) {
    return (a + b - 1) / b;
}
IMAGO_INLINE int roundUp(int a, int b) {
    return ceilDiv(a, b) * b;
}
IMAGO_INLINE size_t alignUp(size_t bytes) {
    return (bytes + 63) / 64 * 64;
}

// Even and odd channels of 32 packed bf16, widened.
IMAGO_INLINE __m512 evenChannels(__m512i v) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(v, 16));
}
IMAGO_INLINE __m512 oddChannels(__m512i v) {
    return _mm512_castsi512_ps(_mm512_and_si512(v, _mm512_set1_epi32(static_cast<int>(0xffff0000U))));
}

// 16 bf16 in order, widened.
IMAGO_INLINE __m512 widen(__m256i v) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(v), 16));
}

// 32 bf16: `low` then `high`.
IMAGO_INLINE __m512i packBf16(__m512 low, __m512 high) {
    return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low));
}

IMAGO_INLINE __m512 dot(__m512 sum, __m512i a, __m512i b) {
    return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
}

// One 32-bit pair of bf16 in every lane.
IMAGO_INLINE __m512i broadcastPair(const uint16_t* p) {
    int pair;
    std::memcpy(&pair, p, sizeof pair);
    return _mm512_set1_epi32(pair);
}

template <int Rows>
IMAGO_INLINE void clear(__m512 (&sum)[Rows][2]) {
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) sum[r][0] = sum[r][1] = _mm512_setzero_ps();
}

// sum[r][0..1] += a[r][k] * b[k][32 columns]; a is row-major with `lda` values a row, b is [pair of k][32][2].
template <int Rows>
IMAGO_INLINE void multiplyPanel(const uint16_t* a, size_t lda, const uint16_t* b, int pairs, __m512 (&sum)[Rows][2]) {
    for (int k = 0; k < pairs; ++k) {
        const __m512i b0 = _mm512_loadu_si512(b), b1 = _mm512_loadu_si512(b + 32);
        b += 64;
#pragma GCC unroll 16
        for (int r = 0; r < Rows; ++r) {
            const __m512i value = broadcastPair(a + static_cast<size_t>(r) * lda);
            sum[r][0] = dot(sum[r][0], value, b0);
            sum[r][1] = dot(sum[r][1], value, b1);
        }
        a += 2;
    }
}

// sum[8][32 columns] (rows `ldc` apart) = or += a[k][8 rows][2]^T * b[k][columns][2], over `pairs` values of k that
// lie lda and ldb bf16 apart.
template <bool Add>
IMAGO_INLINE void multiplyGradient(const uint16_t* a, size_t lda, const uint16_t* b, size_t ldb, int pairs, float* c, size_t ldc) {
    __m512 sum[kGradRows][2];
#pragma GCC unroll 16
    for (int r = 0; r < kGradRows; ++r) {
        sum[r][0] = Add ? _mm512_loadu_ps(c + static_cast<size_t>(r) * ldc) : _mm512_setzero_ps();
        sum[r][1] = Add ? _mm512_loadu_ps(c + static_cast<size_t>(r) * ldc + 16) : _mm512_setzero_ps();
    }
    for (int k = 0; k < pairs; ++k) {
        const __m512i b0 = _mm512_loadu_si512(b), b1 = _mm512_loadu_si512(b + 32);
#pragma GCC unroll 16
        for (int r = 0; r < kGradRows; ++r) {
            const __m512i value = broadcastPair(a + 2 * r);
            sum[r][0] = dot(sum[r][0], value, b0);
            sum[r][1] = dot(sum[r][1], value, b1);
        }
        a += lda;
        b += ldb;
    }
#pragma GCC unroll 16
    for (int r = 0; r < kGradRows; ++r) {
        _mm512_storeu_ps(c + static_cast<size_t>(r) * ldc, sum[r][0]);
        _mm512_storeu_ps(c + static_cast<size_t>(r) * ldc + 16, sum[r][1]);
    }
}

// Word order that interleaves the lower halves of two registers; 16 more, the upper ones.
alignas(64) inline constexpr uint16_t kInterleave[32] = {0, 32, 1, 33, 2,  34, 3,  35, 4,  36, 5,  37, 6,  38, 7,  39,
                                                         8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47};

// What is gathered: the channels of one or two tensors over the same pixels.
struct Source {
    const uint16_t* data[2];
    int channels[2];
    int h, w;
    int total() const { return channels[0] + channels[1]; }
};

// What is written: likewise. A null tensor is skipped.
struct Destination {
    uint16_t* data[2];
    int channels[2];
    int h, w;
    int panels(int which) const { return ceilDiv(channels[which], kPanel); }
};

// What happens to a panel's sums on their way out.
struct Epilogue {
    const float* bias;         // of the panel, `mask` many; may be null
    const uint16_t* residual;  // same place as the output; may be null
    uint16_t* out;
    __mmask32 mask;
};

IMAGO_INLINE void storeRow(const Epilogue& e, size_t at, __m512 low, __m512 high) {
    if (e.bias) {
        low = _mm512_add_ps(low, _mm512_maskz_loadu_ps(static_cast<__mmask16>(e.mask), e.bias));
        high = _mm512_add_ps(high, _mm512_maskz_loadu_ps(static_cast<__mmask16>(e.mask >> 16), e.bias + 16));
    }
    if (e.residual) {
        const __m512i r = _mm512_maskz_loadu_epi16(e.mask, e.residual + at);
        low = _mm512_add_ps(low, widen(_mm512_castsi512_si256(r)));
        high = _mm512_add_ps(high, widen(_mm512_extracti64x4_epi64(r, 1)));
    }
    _mm512_mask_storeu_epi16(e.out + at, e.mask, packBf16(low, high));
}

// Hands out aligned pieces of a workspace; with a null base it only counts.
class Carver {
  public:
    explicit Carver(std::byte* base) : m_base(base) {}
    template <class T>
    T* take(size_t count) {
        T* p = m_base ? reinterpret_cast<T*>(m_base + m_used) : nullptr;
        m_used += alignUp(count * sizeof(T)) + 64;  // 64 apart: no two pieces in step in the same cache sets
        return p;
    }
    size_t used() const { return m_used; }

  private:
    std::byte* m_base;
    size_t m_used = 0;
};

}  // namespace imago::nn::conv
