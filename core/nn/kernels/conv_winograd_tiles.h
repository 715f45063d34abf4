// The transforms of Winograd's F(2x2, 3x3) (Lavin & Gray 2016, "Fast algorithms for convolutional neural networks",
// section 4.1) on tiles of 32 channels, with the two short cuts that nearest upsampling allows: enlarged pixels come in
// equal pairs, so the third row and column of a transformed tile vanish and 9 of 16 products remain.
#pragma once

#include "core/nn/kernels/conv_avx512.h"

namespace imago::nn::conv {

// How a tile is read. Points are numbered row by row over the rows and columns that are kept.
//   Plain: 4x4 pixels -> 16 points.
//   Upsampled: 3x3 stored pixels, standing for 4x4 enlarged ones -> 9 points (1 of each axis is half its value).
//   Kept: 4x4 pixels -> the 9 points that the gradient of an upsampled input needs.
enum class TileIn { Plain, Upsampled, Kept };

// How a tile of products is written.
//   Plain: 16 points -> 2x2 pixels.   Upsampled: 9 points -> 2x2 pixels.
//   Pooled: 9 points -> the sum of the 2x2 pixels (weights carry the factors 2 and -1).
enum class TileOut { Plain, Upsampled, Pooled };

constexpr int sideOf(TileIn in) {
    return in == TileIn::Plain ? 4 : 3;
}
constexpr int pixelsOf(TileIn in) {
    return in == TileIn::Upsampled ? 3 : 4;
}

template <TileIn In>
IMAGO_INLINE void inputAxis(const __m512 (&d)[4], __m512 (&t)[4]) {
    if constexpr (In == TileIn::Upsampled) {
        t[0] = _mm512_sub_ps(d[0], d[1]);
        t[1] = d[1];
        t[2] = _mm512_sub_ps(d[1], d[2]);
    } else {
        t[0] = _mm512_sub_ps(d[0], d[2]);
        t[1] = _mm512_add_ps(d[1], d[2]);
        if constexpr (In == TileIn::Plain) t[2] = _mm512_sub_ps(d[2], d[1]);
        t[In == TileIn::Plain ? 3 : 2] = _mm512_sub_ps(d[1], d[3]);
    }
}

// Transforms the 32 channels at pixel[...] + channel; emit(point, 32 bf16: the even channels, then the odd ones).
template <TileIn In, class Emit>
IMAGO_INLINE void transformInput(const uint16_t* const* pixel, size_t channel, Emit emit) {
    constexpr int P = pixelsOf(In), S = sideOf(In);
    __m512 even[4][4], odd[4][4];  // [row of points][column of pixels]
#pragma GCC unroll 4
    for (int x = 0; x < P; ++x) {
        __m512 e[4], o[4], te[4], to[4];
#pragma GCC unroll 4
        for (int y = 0; y < P; ++y) {
            const __m512i v = _mm512_loadu_si512(pixel[y * P + x] + channel);
            e[y] = evenChannels(v);
            o[y] = oddChannels(v);
        }
        inputAxis<In>(e, te);
        inputAxis<In>(o, to);
#pragma GCC unroll 4
        for (int a = 0; a < S; ++a) {
            even[a][x] = te[a];
            odd[a][x] = to[a];
        }
    }
#pragma GCC unroll 4
    for (int a = 0; a < S; ++a) {
        __m512 te[4], to[4];
        inputAxis<In>(even[a], te);
        inputAxis<In>(odd[a], to);
#pragma GCC unroll 4
        for (int b = 0; b < S; ++b) emit(a * S + b, packBf16(te[b], to[b]));
    }
}

// (g0, g1) -> g0, g0 + g1, g0 - g1 (16 points only), g1: the adjoint of the output transform but for the last sign.
template <int Side>
IMAGO_INLINE void gradientAxis(__m512 g0, __m512 g1, __m512 (&t)[4]) {
    t[0] = g0;
    t[1] = _mm512_add_ps(g0, g1);
    if constexpr (Side == 4) t[2] = _mm512_sub_ps(g0, g1);
    t[Side - 1] = g1;
}

// Likewise for 2x2 pixels of an output's gradient. total(even, odd) gets the sum of the four pixels.
template <int Side, class Emit, class Total>
IMAGO_INLINE void transformGradient(const uint16_t* const* pixel, size_t channel, Emit emit, Total total) {
    __m512 even[4][2], odd[4][2];
#pragma GCC unroll 2
    for (int x = 0; x < 2; ++x) {
        const __m512i v0 = _mm512_loadu_si512(pixel[x] + channel), v1 = _mm512_loadu_si512(pixel[2 + x] + channel);
        __m512 te[4], to[4];
        gradientAxis<Side>(evenChannels(v0), evenChannels(v1), te);
        gradientAxis<Side>(oddChannels(v0), oddChannels(v1), to);
#pragma GCC unroll 4
        for (int a = 0; a < Side; ++a) {
            even[a][x] = te[a];
            odd[a][x] = to[a];
        }
    }
#pragma GCC unroll 4
    for (int a = 0; a < Side; ++a) {
        __m512 te[4], to[4];
        gradientAxis<Side>(even[a][0], even[a][1], te);
        gradientAxis<Side>(odd[a][0], odd[a][1], to);
        if (a == 1) total(te[1], to[1]);
#pragma GCC unroll 4
        for (int b = 0; b < Side; ++b) emit(a * Side + b, packBf16(te[b], to[b]));
    }
}

template <int Side>
IMAGO_INLINE void outputAxis(const __m512 (&m)[4], __m512& y0, __m512& y1) {
    if constexpr (Side == 4) {
        const __m512 sum = _mm512_add_ps(m[1], m[2]), difference = _mm512_sub_ps(m[1], m[2]);
        y0 = _mm512_add_ps(m[0], sum);
        y1 = _mm512_sub_ps(difference, m[3]);
    } else {
        y0 = _mm512_add_ps(m[0], m[1]);
        y1 = _mm512_sub_ps(m[1], m[2]);
    }
}

// Products of 16 channels, `stride` floats from point to point, to the four pixels of a tile (one, if pooled).
template <TileOut Out>
IMAGO_INLINE void transformOutput(const float* m, size_t stride, __m512 (&y)[4]) {
    if constexpr (Out == TileOut::Pooled) {
        __m512 sum[3];
#pragma GCC unroll 3
        for (int a = 0; a < 3; ++a) {
            sum[a] = _mm512_add_ps(_mm512_loadu_ps(m + 3 * a * stride), _mm512_loadu_ps(m + (3 * a + 1) * stride));
            sum[a] = _mm512_add_ps(sum[a], _mm512_loadu_ps(m + (3 * a + 2) * stride));
        }
        y[0] = _mm512_add_ps(_mm512_add_ps(sum[0], sum[1]), sum[2]);
    } else {
        constexpr int S = Out == TileOut::Plain ? 4 : 3;
        __m512 row[2][4];
#pragma GCC unroll 4
        for (int b = 0; b < S; ++b) {
            __m512 column[4];
#pragma GCC unroll 4
            for (int a = 0; a < S; ++a) column[a] = _mm512_loadu_ps(m + static_cast<size_t>(a * S + b) * stride);
            outputAxis<S>(column, row[0][b], row[1][b]);
        }
        outputAxis<S>(row[0], y[0], y[1]);
        outputAxis<S>(row[1], y[2], y[3]);
    }
}

}  // namespace imago::nn::conv
