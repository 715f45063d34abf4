// Sixteen fp32 lanes in GCC's vector extension: one source for AVX-512, AVX2 and portable code. Included by the files
// row_kernels_*.cpp only, after they chose their instruction set; IMAGO_ROWS_AVX512 (and IMAGO_ROWS_BF16) name the
// conversions and the exponential for which GCC does not find the instructions by itself. Everything is internal to the
// including file.
#pragma once

#include <cstdint>
#include <cstring>
#ifdef IMAGO_ROWS_AVX512
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 takes the "any value" operand inside its own intrinsics for an uninitialised variable.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#endif

namespace {

#define IMAGO_LANES static inline __attribute__((always_inline))

typedef float vfloat __attribute__((vector_size(64)));
typedef std::int32_t vint __attribute__((vector_size(64)));
typedef std::uint32_t vuint __attribute__((vector_size(64)));
typedef std::uint16_t vhalf __attribute__((vector_size(32)));

constexpr int kLanes = 16;

IMAGO_LANES vfloat splat(float v) {
    return v - vfloat{};
}

IMAGO_LANES vfloat load(const float* p) {
    vfloat v;
    std::memcpy(&v, p, sizeof v);
    return v;
}
IMAGO_LANES void store(float* p, vfloat v) {
    std::memcpy(p, &v, sizeof v);
}

// bf16 is the upper half of an fp32.
IMAGO_LANES vfloat widen(vhalf h) {
#ifdef IMAGO_ROWS_AVX512
    return reinterpret_cast<vfloat>(_mm512_slli_epi32(_mm512_cvtepu16_epi32(reinterpret_cast<__m256i>(h)), 16));
#else
    const vuint bits = __builtin_convertvector(h, vuint) << 16;
    vfloat v;
    std::memcpy(&v, &bits, sizeof v);
    return v;
#endif
}
// Round to nearest even. NaNs made by the processor are quiet with an empty low half, so they stay NaN.
IMAGO_LANES vhalf narrow(vfloat v) {
#ifdef IMAGO_ROWS_BF16
    return reinterpret_cast<vhalf>(_mm512_cvtneps_pbh(reinterpret_cast<__m512>(v)));
#else
    vuint bits;
    std::memcpy(&bits, &v, sizeof bits);
    bits += 0x7fffU + ((bits >> 16) & 1U);
#ifdef IMAGO_ROWS_AVX512
    return reinterpret_cast<vhalf>(_mm512_cvtepi32_epi16(reinterpret_cast<__m512i>(bits >> 16)));
#else
    return __builtin_convertvector(bits >> 16, vhalf);
#endif
#endif
}
IMAGO_LANES vfloat load(const std::uint16_t* p) {
    vhalf h;
    std::memcpy(&h, p, sizeof h);
    return widen(h);
}
IMAGO_LANES void store(std::uint16_t* p, vfloat v) {
    const vhalf h = narrow(v);
    std::memcpy(p, &h, sizeof h);
}

// The first `count` lanes; the others are zero.
template <class T>
IMAGO_LANES vfloat loadSome(const T* p, int count) {
    T part[kLanes] = {};
    std::memcpy(part, p, static_cast<std::size_t>(count) * sizeof(T));
    return load(part);
}
template <class T>
IMAGO_LANES void storeSome(T* p, vfloat v, int count) {
    T part[kLanes];
    store(part, v);
    std::memcpy(p, part, static_cast<std::size_t>(count) * sizeof(T));
}

#ifdef IMAGO_ROWS_AVX512
// 1 / (1 + exp(-x)), relative error below 4e-7. exp(-x) = 2^n 2^f with the polynomial below for 2^f; the reciprocal's
// 14 bits are doubled by one Newton step.
IMAGO_LANES vfloat sigmoid(vfloat x) {
    // Beyond 2^126 the reciprocal leaves the normal numbers.
    const __m512 t = _mm512_min_ps(_mm512_mul_ps(reinterpret_cast<__m512>(x), _mm512_set1_ps(-1.44269504F)), _mm512_set1_ps(126.0F));
    const __m512 n = _mm512_roundscale_ps(t, 0);
    const auto f = reinterpret_cast<vfloat>(_mm512_sub_ps(t, n));
    vfloat p = splat(1.3333558e-3F) + f * 1.5403530e-4F;
    p = p * f + 9.6181291e-3F;
    p = p * f + 5.5504109e-2F;
    p = p * f + 2.4022651e-1F;
    p = p * f + 6.9314718e-1F;
    p = p * f + 1.0F;
    const __m512 d = _mm512_add_ps(_mm512_scalef_ps(reinterpret_cast<__m512>(p), n), _mm512_set1_ps(1.0F));
    const __m512 r = _mm512_rcp14_ps(d);
    return reinterpret_cast<vfloat>(_mm512_mul_ps(r, _mm512_fnmadd_ps(d, r, _mm512_set1_ps(2.0F))));
}
#else
// exp(x), relative error below 3e-7 for |x| <= 87, clamped outside: 2^n 2^f with a polynomial for 2^f, |f| <= 1/2
// (Taylor coefficients of exp(f ln 2), degree 6).
IMAGO_LANES vfloat exponential(vfloat x) {
    const vfloat limit = splat(87.0F);
    x = x > limit ? limit : x;
    x = x < -limit ? -limit : x;
    const vfloat t = x * 1.44269504F;
    const vfloat magic = splat(12582912.0F);  // 1.5 * 2^23: adding it rounds to an integer in the low bits
    const vfloat shifted = t + magic;
    const vfloat n = shifted - magic;
    const vfloat f = t - n;
    vfloat p = splat(1.5403530e-4F);
    p = p * f + 1.3333558e-3F;
    p = p * f + 9.6181291e-3F;
    p = p * f + 5.5504109e-2F;
    p = p * f + 2.4022651e-1F;
    p = p * f + 6.9314718e-1F;
    p = p * f + 1.0F;
    vint bits, exponent;
    std::memcpy(&bits, &p, sizeof bits);
    std::memcpy(&exponent, &shifted, sizeof exponent);
    bits += exponent << 23;  // the magic number's own bits leave through the top
    std::memcpy(&p, &bits, sizeof p);
    return p;
}

IMAGO_LANES vfloat sigmoid(vfloat x) {
    return 1.0F / (1.0F + exponential(-x));
}
#endif

}  // namespace
