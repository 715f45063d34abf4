// Transformed weights, packed for the products of conv_avx512_winograd.cpp.
#include "core/nn/kernels/conv_avx512_winograd.h"

#if defined(__x86_64__)
#include "core/nn/kernels/conv_winograd_tiles.h"

namespace imago::nn::conv {
namespace {

// One axis of G g G^T for 16 lanes: 3 taps to 4 points.
IMAGO_INLINE void weightAxis(__m512 g0, __m512 g1, __m512 g2, __m512 (&u)[4]) {
    const __m512 half = _mm512_set1_ps(0.5F), outer = _mm512_mul_ps(half, _mm512_add_ps(g0, g2)), inner = _mm512_mul_ps(half, g1);
    u[0] = g0;
    u[1] = _mm512_add_ps(outer, inner);
    u[2] = _mm512_sub_ps(outer, inner);
    u[3] = g2;
}

// Which points a packed weight keeps and how they are scaled (see TileIn and TileOut).
struct PointRule {
    int side;
    int index[4];
    float scale[4];
};

constexpr PointRule kPlainRule{4, {0, 1, 2, 3}, {1, 1, 1, 1}};
constexpr PointRule kUpsampledRule{3, {0, 1, 3, 0}, {1, 2, 1, 0}};  // the input's point 1 is stored as half its value
constexpr PointRule kPooledRule{3, {0, 1, 3, 0}, {1, 2, -1, 0}};    // the sum of the four outputs: factors (1, 2, 0, -1)

// The transformed weights of 16 neighbouring inputs; tap(k) gives their nine taps.
template <class Tap>
IMAGO_INLINE void transformWeight(const PointRule& rule, Tap tap, __m512 (&u)[16]) {
    __m512 rows[4][3];
    for (int x = 0; x < 3; ++x) {
        __m512 t[4];
        weightAxis(tap(x), tap(3 + x), tap(6 + x), t);
        for (int a = 0; a < 4; ++a) rows[a][x] = t[a];
    }
    for (int a = 0; a < rule.side; ++a) {
        __m512 t[4];
        const int from = rule.index[a];
        weightAxis(rows[from][0], rows[from][1], rows[from][2], t);
        for (int b = 0; b < rule.side; ++b)
            u[a * rule.side + b] = _mm512_mul_ps(t[rule.index[b]], _mm512_set1_ps(rule.scale[a] * rule.scale[b]));
    }
}

// The channel that stands at place `k` of a chunk of 32 in a transformed input: even channels first.
constexpr int channelAt(int k) {
    return k < 16 ? 2 * k : 2 * (k - 16) + 1;
}

// An Ohwi copy of the weight where it is laid out otherwise.
const float* asOhwi(const ConvShape& s, const float* weight, ConvWeightLayout layout, std::vector<float>& copy) {
    if (layout == ConvWeightLayout::Ohwi) return weight;
    const WeightStrides from(s, layout), to(s, ConvWeightLayout::Ohwi);
    copy.resize(s.weightCount());
    for (int o = 0; o < s.cout; ++o)
        for (int t = 0; t < 9; ++t)
            for (int i = 0; i < s.channels(); ++i) copy[to.at(o, i, t)] = weight[from.at(o, i, t)];
    return copy.data();
}

// [panel of outputs][point][pair of inputs][32 outputs][2]; pairs in the order that transformed inputs have.
void packForwardChunk(const PointRule& rule, const float* weight, int channels, int panel, int chunk, uint16_t* packed) {
    const int points = rule.side * rule.side;
    alignas(64) int pairs[16][kPanel][16];  // [point][output][pair]
    const __m512i evens = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const __m512i odds = _mm512_add_epi32(evens, _mm512_set1_epi32(1));
    for (int o = 0; o < kPanel; ++o) {
        const float* row = weight + static_cast<size_t>(panel * kPanel + o) * 9 * channels + chunk * 32;
        __m512 even[16], odd[16];
        const auto tap = [&](const __m512i& order) {
            return [&, order](int k) {
                const float* at = row + static_cast<size_t>(k) * channels;
                return _mm512_permutex2var_ps(_mm512_loadu_ps(at), order, _mm512_loadu_ps(at + 16));
            };
        };
        transformWeight(rule, tap(evens), even);
        transformWeight(rule, tap(odds), odd);
        for (int p = 0; p < points; ++p) _mm512_store_si512(pairs[p][o], packBf16(even[p], odd[p]));
    }
    const __m512i column = _mm512_setr_epi32(0, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240);
    for (int p = 0; p < points; ++p) {
        uint16_t* to = packed + ((static_cast<size_t>(panel) * points + p) * channels + chunk * 32) * kPanel;
        for (int pair = 0; pair < 16; ++pair, to += 64) {
            _mm512_storeu_si512(to, _mm512_i32gather_epi32(column, &pairs[p][0][pair], 4));
            _mm512_storeu_si512(to + 32, _mm512_i32gather_epi32(column, &pairs[p][16][pair], 4));
        }
    }
}

// The same for the data gradient: outputs are the forward's inputs, the kernel is turned by half a turn.
void packBackwardChunk(const PointRule& rule, const float* weight, int channels, int cout, int panel, int chunk, uint16_t* packed) {
    const int points = rule.side * rule.side;
    alignas(64) static constexpr uint16_t interleaved[32] = {0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
                                                             8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    const __m512i order = _mm512_load_si512(interleaved);
    for (int pair = 0; pair < 16; ++pair)
        for (int half = 0; half < 2; ++half) {
            __m512 u[2][16];
            for (int k = 0; k < 2; ++k) {
                const int o = chunk * 32 + channelAt(2 * pair + k);
                const float* row = weight + static_cast<size_t>(o) * 9 * channels + panel * kPanel + half * 16;
                transformWeight(
                    rule, [&](int t) { return _mm512_loadu_ps(row + static_cast<size_t>(8 - t) * channels); }, u[k]);
            }
            for (int p = 0; p < points; ++p) {
                uint16_t* to = packed + ((static_cast<size_t>(panel) * points + p) * cout + chunk * 32 + 2 * pair) * kPanel + half * 32;
                _mm512_storeu_si512(to, _mm512_permutexvar_epi16(order, packBf16(u[0][p], u[1][p])));
            }
        }
}

size_t packedSize(const ConvShape& s) {
    return static_cast<size_t>(s.upsample ? 9 : 16) * s.channels() * s.cout * sizeof(uint16_t);
}

}  // namespace

namespace winograd {

std::size_t packedForwardBytes(const ConvShape& s) {
    return packedSize(s);
}

std::size_t packedBackwardBytes(const ConvShape& s) {
    return packedSize(s);
}

void packForward(const ConvShape& s, const float* weight, ConvWeightLayout layout, void* packed) {
    std::vector<float> copy;
    const float* ohwi = asOhwi(s, weight, layout, copy);
    const int panels = s.cout / kPanel, chunks = s.channels() / 32;
#pragma omp parallel for schedule(static)
    for (int task = 0; task < panels * chunks; ++task)
        packForwardChunk(s.upsample ? kUpsampledRule : kPlainRule, ohwi, s.channels(), task / chunks, task % chunks,
                         static_cast<uint16_t*>(packed));
}

void packBackward(const ConvShape& s, const float* weight, ConvWeightLayout layout, void* packed) {
    std::vector<float> copy;
    const float* ohwi = asOhwi(s, weight, layout, copy);
    const int panels = s.channels() / kPanel, chunks = s.cout / 32;
#pragma omp parallel for schedule(static)
    for (int task = 0; task < panels * chunks; ++task)
        packBackwardChunk(s.upsample ? kPooledRule : kPlainRule, ohwi, s.channels(), s.cout, task / chunks, task % chunks,
                          static_cast<uint16_t*>(packed));
}

}  // namespace winograd
}  // namespace imago::nn::conv

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
