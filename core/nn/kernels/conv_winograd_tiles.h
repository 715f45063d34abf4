// The transforms of Winograd's F(2x2, 3x3) (Lavin & Gray 2016, "Fast algorithms for convolutional neural networks",
// section 4.1) on runs of neighbouring tiles, 16 channels at a time (the even or the odd ones of 32), with the short cuts
// that nearest upsampling allows: enlarged pixels come in equal pairs, so the third row and column of a transformed tile
// vanish and 9 of 16 products remain.
#pragma once

#include "core/nn/kernels/conv_avx512.h"

namespace imago::nn::conv {

constexpr int kMaxChannels = 2048;
alignas(64) inline const uint16_t kZeros[kMaxChannels] = {};  // what lies outside the picture

// The tiles of a batch: a tile is 2x2 pixels of the (enlarged) picture.
struct TileGrid {
    int images, rows, columns;
    int count() const { return images * rows * columns; }
};

IMAGO_INLINE TileGrid gridOf(const ConvShape& s) {
    return s.upsample ? TileGrid{s.n, s.h, s.w} : TileGrid{s.n, ceilDiv(s.h, 2), ceilDiv(s.w, 2)};
}

// Neighbouring tiles (i, j .. j + count) of one row of one image; the first is number `offset` of what was asked for.
struct TileRun {
    int image, i, j, count, offset;
};

template <class Visit>
IMAGO_INLINE void forEachRun(const TileGrid& grid, int begin, int count, Visit visit) {
    const int perImage = grid.rows * grid.columns, rest = begin % perImage;
    TileRun run{begin / perImage, rest / grid.columns, rest % grid.columns, 0, 0};
    while (run.offset < count) {
        run.count = std::min(grid.columns - run.j, count - run.offset);
        visit(run);
        run.offset += run.count;
        run.j = 0;
        if (++run.i == grid.rows) {
            run.i = 0;
            ++run.image;
        }
    }
}

// How a tile is read. Its points are (a, b), a and b < sideOf; they are kept in rows of four.
//   Plain: 4x4 pixels -> 4x4 points.
//   Upsampled: 3x3 stored pixels, standing for 4x4 enlarged ones -> 3x3 points (1 of each axis is half its value).
//   Kept: 4x4 pixels -> the 3x3 points that the gradient of an upsampled input needs.
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
        t[3] = d[1];
    } else {
        t[0] = _mm512_sub_ps(d[0], d[2]);
        t[1] = _mm512_add_ps(d[1], d[2]);
        t[2] = In == TileIn::Plain ? _mm512_sub_ps(d[2], d[1]) : _mm512_sub_ps(d[1], d[3]);
        t[3] = In == TileIn::Plain ? _mm512_sub_ps(d[1], d[3]) : t[1];
    }
}

template <bool Odd>
IMAGO_INLINE __m512 channelsOf(__m512i v) {
    if constexpr (Odd) return oddChannels(v);
    return evenChannels(v);
}

// Transforms a run of tiles; emit(tile of the run, row of points, points (a, 0) and (a, 1), points (a, 2) and (a, 3)),
// each 16 channels of the one then of the other. Columns of pixels are transformed once and shared by neighbours.
// Only rows [First, First + Rows) of points are made; what others would need is not computed.
template <TileIn In, bool Odd, int First = 0, int Rows = sideOf(In), class Emit>
IMAGO_INLINE void transformInput(const uint16_t* data, int channels, int h, int w, const TileRun& run, int channel, Emit emit) {
    constexpr int P = pixelsOf(In), step = In == TileIn::Upsampled ? 1 : 2;
    const uint16_t* row[4];
    size_t stride[4];
#pragma GCC unroll 4
    for (int y = 0; y < P; ++y) {
        const int at = run.i * step - 1 + y;
        const bool inside = static_cast<unsigned>(at) < static_cast<unsigned>(h);
        row[y] = inside ? data + (static_cast<size_t>(run.image) * h + at) * w * channels + channel : kZeros;
        stride[y] = inside ? static_cast<size_t>(channels) : 0;
    }
    int x = run.j * step - 1;
    const auto loadColumn = [&](__m512(&t)[4]) {
        __m512 d[4];
        if (static_cast<unsigned>(x) < static_cast<unsigned>(w)) {
#pragma GCC unroll 4
            for (int y = 0; y < P; ++y) d[y] = channelsOf<Odd>(_mm512_loadu_si512(row[y] + static_cast<size_t>(x) * stride[y]));
            inputAxis<In>(d, t);
        } else {
            t[0] = t[1] = t[2] = t[3] = _mm512_setzero_ps();
        }
        ++x;
    };
    __m512 column[4][4];
#pragma GCC unroll 4
    for (int c = 0; c < P - step; ++c) loadColumn(column[c]);
    for (int t = 0; t < run.count; ++t) {
#pragma GCC unroll 2
        for (int c = P - step; c < P; ++c) loadColumn(column[c]);
#pragma GCC unroll 4
        for (int a = First; a < First + Rows; ++a) {
            const __m512 d[4] = {column[0][a], column[1][a], column[2][a], column[P - 1][a]};
            __m512 u[4];
            inputAxis<In>(d, u);
            emit(t, a, packBf16(u[0], u[1]), packBf16(u[2], u[3]));
        }
#pragma GCC unroll 4
        for (int a = First; a < First + Rows; ++a) {
            column[0][a] = column[step][a];
            column[1][a] = column[step + 1][a];
        }
    }
}

// (g0, g1) -> g0, g0 + g1, g0 - g1 (16 points only), g1: the adjoint of the output transform but for the last sign.
template <int Side>
IMAGO_INLINE void gradientAxis(__m512 g0, __m512 g1, __m512 (&t)[4]) {
    t[0] = g0;
    t[1] = _mm512_add_ps(g0, g1);
    t[2] = Side == 4 ? _mm512_sub_ps(g0, g1) : g1;
    t[3] = g1;
}

// Likewise for the 2x2 pixels of an output's gradient. Returns `total` plus the sum of all pixels, if row 1 is made.
template <int Side, bool Odd, int First, int Rows, class Emit>
IMAGO_INLINE __m512 transformGradient(const uint16_t* data, int channels, int h, int w, const TileRun& run, int channel, __m512 total,
                                      Emit emit) {
    const uint16_t* row0 = data + (static_cast<size_t>(run.image) * h + 2 * run.i) * w * channels + channel;
    const bool second = 2 * run.i + 1 < h;
    const uint16_t* row1 = second ? row0 + static_cast<size_t>(w) * channels : kZeros;
    for (int t = 0; t < run.count; ++t) {
        __m512 column[2][4];
#pragma GCC unroll 2
        for (int c = 0; c < 2; ++c) {
            const int x = 2 * (run.j + t) + c;
            if (x < w) {
                const __m512i v0 = _mm512_loadu_si512(row0 + static_cast<size_t>(x) * channels);
                const __m512i v1 = _mm512_loadu_si512(second ? row1 + static_cast<size_t>(x) * channels : row1);
                gradientAxis<Side>(channelsOf<Odd>(v0), channelsOf<Odd>(v1), column[c]);
            } else {
                column[c][0] = column[c][1] = column[c][2] = column[c][3] = _mm512_setzero_ps();
            }
        }
#pragma GCC unroll 4
        for (int a = First; a < First + Rows; ++a) {
            __m512 u[4];
            gradientAxis<Side>(column[0][a], column[1][a], u);
            if (a == 1) total = _mm512_add_ps(total, u[1]);
            emit(t, a, packBf16(u[0], u[1]), packBf16(u[2], u[3]));
        }
    }
    return total;
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

// Products of 16 channels, `stride` floats from point to point, to the four pixels of a tile (one, if pooled), plus the
// bias: every pixel holds product (1, 1) once.
template <TileOut Out>
IMAGO_INLINE void transformOutput(const float* m, size_t stride, __m512 bias, __m512 (&y)[4]) {
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
            if (b == 1) column[1] = _mm512_add_ps(column[1], bias);
            outputAxis<S>(column, row[0][b], row[1][b]);
        }
        outputAxis<S>(row[0], y[0], y[1]);
        outputAxis<S>(row[1], y[2], y[3]);
    }
}

}  // namespace imago::nn::conv
