// links: imago_ml
// The bf16 convolution kernels against plain loops in double precision, for every kind of shape and instruction set.
#include "core/nn/kernels/conv_bf16.h"

#include <omp.h>

#include <QtTest>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <random>
#include <vector>

using namespace imago::nn;

namespace {

using Bits = std::vector<std::uint16_t>;

float toFloat(std::uint16_t b) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(b) << 16);
}

std::uint16_t toBits(float v) {
    const auto u = std::bit_cast<std::uint32_t>(v);
    return static_cast<std::uint16_t>((u + 0x7fffU + ((u >> 16) & 1U)) >> 16);
}

Bits randomBits(std::size_t count, std::mt19937& rng, float scale = 1.0F) {
    std::normal_distribution<float> normal(0.0F, scale);
    Bits out(count);
    for (auto& v : out) v = toBits(normal(rng));
    return out;
}

std::vector<float> randomFloats(std::size_t count, std::mt19937& rng, float scale) {
    std::normal_distribution<float> normal(0.0F, scale);
    std::vector<float> out(count);
    for (auto& v : out) v = normal(rng);
    return out;
}

// A 64-byte aligned block for packed weights.
struct Packed {
    explicit Packed(std::size_t bytes) : memory(std::aligned_alloc(64, (bytes + 63) / 64 * 64)) {}
    ~Packed() { std::free(memory); }
    Packed(const Packed&) = delete;
    Packed& operator=(const Packed&) = delete;
    void* memory;
};

struct Reference {
    std::vector<double> y, gx, gx2, gw, gb;
};

// Everything at once with loops over outputs, taps and channels; weights Ohwi, not rounded.
Reference reference(const ConvShape& s, const Bits& x, const Bits& x2, const std::vector<float>& w, const std::vector<float>& bias,
                    const Bits& residual, const Bits& gy) {
    const int oh = s.outHeight(), ow = s.outWidth(), c = s.channels();
    const int ih = s.upsample ? 2 * s.h : s.h, iw = s.upsample ? 2 * s.w : s.w;
    Reference r;
    r.y.assign(static_cast<std::size_t>(s.n) * oh * ow * s.cout, 0.0);
    r.gx.assign(x.size(), 0.0);
    r.gx2.assign(x2.size(), 0.0);
    r.gw.assign(w.size(), 0.0);
    r.gb.assign(static_cast<std::size_t>(s.cout), 0.0);
    for (int n = 0; n < s.n; ++n)
        for (int oy = 0; oy < oh; ++oy)
            for (int ox = 0; ox < ow; ++ox)
                for (int o = 0; o < s.cout; ++o) {
                    const std::size_t at = ((static_cast<std::size_t>(n) * oh + oy) * ow + ox) * s.cout + o;
                    double sum = bias[static_cast<std::size_t>(o)] + toFloat(residual[at]);
                    const double g = toFloat(gy[at]);
                    r.gb[static_cast<std::size_t>(o)] += g;
                    for (int t = 0; t < s.taps(); ++t) {
                        int iy = oy * s.stride + t / s.kernel - s.kernel / 2;
                        int ix = ox * s.stride + t % s.kernel - s.kernel / 2;
                        if (iy < 0 || ix < 0 || iy >= ih || ix >= iw) continue;
                        if (s.upsample) iy /= 2, ix /= 2;
                        const std::size_t pixel = (static_cast<std::size_t>(n) * s.h + iy) * s.w + ix;
                        for (int i = 0; i < c; ++i) {
                            const std::size_t wi = (static_cast<std::size_t>(o) * s.taps() + t) * c + i;
                            const bool first = i < s.cin;
                            const std::size_t xi = first ? pixel * s.cin + i : pixel * s.cin2 + (i - s.cin);
                            const double v = toFloat(first ? x[xi] : x2[xi]);
                            sum += v * w[wi];
                            r.gw[wi] += v * g;
                            (first ? r.gx : r.gx2)[xi] += w[wi] * g;
                        }
                    }
                    r.y[at] = sum;
                }
    return r;
}

double rms(const std::vector<double>& v) {
    double sum = 0;
    for (double x : v) sum += x * x;
    return std::sqrt(sum / static_cast<double>(std::max<std::size_t>(1, v.size())));
}

// {rms error, largest error}, both over the reference's rms.
template <class Get>
std::pair<double, double> errors(const std::vector<double>& ref, Get get) {
    double sum = 0, largest = 0;
    const double scale = rms(ref) + 1e-12;
    for (std::size_t i = 0; i < ref.size(); ++i) {
        const double e = std::abs(get(i) - ref[i]) / scale;
        if (!(e < 1e30)) return {1e30, 1e30};
        sum += e * e;
        largest = std::max(largest, e);
    }
    return {std::sqrt(sum / static_cast<double>(std::max<std::size_t>(1, ref.size()))), largest};
}

}  // namespace

class TestConvKernels : public QObject {
    Q_OBJECT

  private:
    // bf16 has 8 bits of mantissa: rounding a normal value once costs about 0.17 % rms of it.
    static constexpr double kRms = 0.009, kLargest = 0.06;

    void expectClose(const char* what, const std::vector<double>& ref, const std::function<double(std::size_t)>& get) {
        const auto [mean, largest] = errors(ref, get);
        const QByteArray text = QByteArray(what) + ": rms " + QByteArray::number(mean) + " largest " + QByteArray::number(largest);
        QVERIFY2(mean < kRms && largest < kLargest, text.constData());
    }

    void check(const ConvShape& s, ConvWeightLayout layout);

  private Q_SLOTS:
    void shapes_data();
    void shapes();
    void sameBytesTwice();
    void anyNumberOfThreads();
    void choosesFastKernelsWhereTheCpuHasThem();
};

void TestConvKernels::check(const ConvShape& s, ConvWeightLayout layout) {
    std::mt19937 rng(7);
    const std::size_t pixels = static_cast<std::size_t>(s.n) * s.h * s.w;
    const std::size_t outs = static_cast<std::size_t>(s.n) * s.outHeight() * s.outWidth() * s.cout;
    const Bits x = randomBits(pixels * s.cin, rng), x2 = randomBits(pixels * s.cin2, rng);
    const auto w = randomFloats(s.weightCount(), rng, 1.0F / std::sqrt(static_cast<float>(s.channels() * s.taps())));
    const auto bias = randomFloats(static_cast<std::size_t>(s.cout), rng, 1.0F);
    const Bits residual = randomBits(outs, rng), gy = randomBits(outs, rng);
    const Reference ref = reference(s, x, x2, w, bias, residual, gy);

    const int c = s.channels(), taps = s.taps();
    const auto place = [&](std::size_t ohwi) {  // index of an Ohwi element in the layout under test
        if (layout == ConvWeightLayout::Ohwi) return ohwi;
        const std::size_t i = ohwi % c, t = ohwi / c % taps, o = ohwi / c / taps;
        return (o * c + i) * taps + t;
    };
    std::vector<float> master(w.size());
    for (std::size_t k = 0; k < w.size(); ++k) master[place(k)] = w[k];

    ConvWorkspace workspace;
    const Packed forward(convPackedForwardBytes(s)), backward(convPackedBackwardBytes(s));
    convPackForward(s, master.data(), layout, forward.memory);
    convPackBackward(s, master.data(), layout, backward.memory);

    Bits y(outs, 0x7fc0);
    convForward(s, x.data(), x2.data(), forward.memory, bias.data(), residual.data(), y.data(), workspace);
    expectClose("forward", ref.y, [&](std::size_t i) { return toFloat(y[i]); });

    // Without bias and residual, and the residual added in place.
    Bits plain(outs, 0x7fc0), inPlace = residual;
    convForward(s, x.data(), x2.data(), forward.memory, nullptr, nullptr, plain.data(), workspace);
    std::vector<double> bare(ref.y);
    for (std::size_t i = 0; i < outs; ++i) bare[i] -= bias[i % s.cout] + toFloat(residual[i]);
    expectClose("forward, no bias", bare, [&](std::size_t i) { return toFloat(plain[i]); });
    convForward(s, x.data(), x2.data(), forward.memory, bias.data(), inPlace.data(), inPlace.data(), workspace);
    QVERIFY(inPlace == y);

    Bits gx(x.size(), 0x7fc0), gx2(x2.size(), 0x7fc0);
    convBackwardData(s, gy.data(), backward.memory, gx.data(), gx2.data(), workspace);
    expectClose("gx", ref.gx, [&](std::size_t i) { return toFloat(gx[i]); });
    expectClose("gx2", ref.gx2, [&](std::size_t i) { return toFloat(gx2[i]); });
    if (s.cin2 > 0) {  // one of the two alone
        Bits alone(x2.size(), 0x7fc0);
        convBackwardData(s, gy.data(), backward.memory, nullptr, alone.data(), workspace);
        QVERIFY(alone == gx2);
    }

    std::vector<float> gw(w.size(), 1.0F), gb(static_cast<std::size_t>(s.cout), 2.0F);  // must be added to
    convBackwardWeight(s, x.data(), x2.data(), gy.data(), layout, gw.data(), gb.data(), workspace);
    expectClose("gw", ref.gw, [&](std::size_t i) { return gw[place(i)] - 1.0; });
    expectClose("gb", ref.gb, [&](std::size_t i) { return gb[i] - 2.0; });
}

void TestConvKernels::shapes_data() {
    QTest::addColumn<QList<int>>("v");  // n h w cin cin2 cout kernel stride upsample
    const QList<QList<int>> cases = {
        {2, 32, 32, 32, 0, 32, 3, 1, 0}, {3, 16, 16, 32, 0, 64, 3, 1, 0}, {2, 8, 8, 64, 0, 64, 3, 1, 0},   {5, 4, 4, 128, 0, 128, 3, 1, 0},
        {2, 7, 5, 32, 0, 64, 3, 1, 0},   {1, 28, 28, 64, 0, 32, 3, 1, 0}, {1, 14, 14, 96, 0, 64, 3, 1, 0}, {1, 1, 1, 32, 0, 32, 3, 1, 0},
        {3, 2, 3, 64, 0, 96, 3, 1, 0},   {2, 32, 32, 1, 0, 32, 3, 1, 0},  {2, 32, 32, 3, 0, 64, 3, 1, 0},  {2, 32, 32, 32, 0, 1, 3, 1, 0},
        {2, 32, 32, 64, 0, 3, 3, 1, 0},  {2, 9, 9, 20, 0, 24, 3, 1, 0},   {2, 6, 6, 48, 0, 16, 3, 1, 0},   {1, 32, 32, 64, 32, 32, 3, 1, 0},
        {2, 8, 8, 64, 64, 64, 3, 1, 0},  {2, 7, 5, 128, 64, 64, 3, 1, 0}, {2, 6, 6, 5, 3, 7, 3, 1, 0},     {2, 4, 4, 32, 16, 32, 3, 1, 0},
        {2, 16, 16, 32, 0, 32, 3, 1, 1}, {2, 7, 5, 64, 0, 32, 3, 1, 1},   {1, 3, 4, 3, 0, 5, 3, 1, 1},     {1, 4, 4, 32, 64, 64, 3, 1, 1},
        {1, 4, 4, 32, 0, 64, 1, 1, 1},   {2, 32, 32, 32, 0, 32, 3, 2, 0}, {2, 7, 5, 64, 0, 64, 3, 2, 0},   {1, 28, 28, 32, 0, 64, 3, 2, 0},
        {2, 9, 6, 3, 0, 5, 3, 2, 0},     {1, 8, 8, 32, 32, 64, 3, 2, 0},  {2, 16, 16, 64, 0, 32, 1, 1, 0}, {2, 7, 5, 32, 64, 96, 1, 1, 0},
        {2, 7, 5, 3, 0, 5, 1, 1, 0},     {2, 9, 7, 32, 0, 64, 1, 2, 0},   {1, 32, 32, 32, 0, 32, 3, 1, 0}, {9, 1, 1, 64, 0, 64, 1, 1, 0},
        {1, 1, 7, 32, 0, 32, 3, 1, 0},   {1, 5, 1, 32, 0, 32, 3, 2, 0},
    };
    for (const auto& c : cases) {
        QStringList words;
        for (int v : c) words << QString::number(v);
        QTest::newRow(qPrintable(words.join(u' '))) << c;
    }
}

void TestConvKernels::shapes() {
    QFETCH(QList<int>, v);
    ConvShape s{v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8] != 0};
    for (ConvIsa isa : {ConvIsa::Portable, bestConvIsa()}) {
        s.isa = isa;
        for (auto layout : {ConvWeightLayout::Ohwi, ConvWeightLayout::Oihw}) {
            check(s, layout);
            if (QTest::currentTestFailed()) {
                qWarning("instructions %d, layout %d", static_cast<int>(isa), static_cast<int>(layout));
                return;
            }
        }
    }
}

void TestConvKernels::sameBytesTwice() {
    const ConvShape s{3, 13, 11, 64, 32, 64, 3, 1, false};
    std::mt19937 rng(3);
    const std::size_t pixels = static_cast<std::size_t>(s.n) * s.h * s.w;
    const Bits x = randomBits(pixels * s.cin, rng), x2 = randomBits(pixels * s.cin2, rng);
    const Bits gy = randomBits(pixels * s.cout, rng);
    ConvWorkspace workspace;
    std::vector<float> first(s.weightCount(), 0.0F), second(first);
    convBackwardWeight(s, x.data(), x2.data(), gy.data(), ConvWeightLayout::Ohwi, first.data(), nullptr, workspace);
    convBackwardWeight(s, x.data(), x2.data(), gy.data(), ConvWeightLayout::Ohwi, second.data(), nullptr, workspace);
    QVERIFY(first == second);
}

// Outputs do not depend on the team; sums over pixels only by rounding.
void TestConvKernels::anyNumberOfThreads() {
    const int before = omp_get_max_threads();
    for (const ConvShape& s : {ConvShape{3, 13, 11, 64, 32, 64, 3, 1, false}, ConvShape{1, 8, 8, 160, 0, 160, 3, 1, false},
                               ConvShape{2, 9, 9, 32, 0, 32, 3, 2, false}, ConvShape{1, 20, 18, 3, 0, 32, 3, 1, false},
                               ConvShape{1, 5, 5, 64, 64, 32, 1, 1, false}}) {
        std::mt19937 rng(5);
        const std::size_t pixels = static_cast<std::size_t>(s.n) * s.h * s.w;
        const std::size_t outs = static_cast<std::size_t>(s.n) * s.outHeight() * s.outWidth() * s.cout;
        const Bits x = randomBits(pixels * s.cin, rng), x2 = randomBits(pixels * s.cin2, rng), gy = randomBits(outs, rng);
        const auto w = randomFloats(s.weightCount(), rng, 0.05F);
        const Packed forward(convPackedForwardBytes(s)), backward(convPackedBackwardBytes(s));
        convPackForward(s, w.data(), ConvWeightLayout::Ohwi, forward.memory);
        convPackBackward(s, w.data(), ConvWeightLayout::Ohwi, backward.memory);
        Bits y[2], gx[2];
        std::vector<float> gw[2];
        for (int k = 0; k < 2; ++k) {
            omp_set_num_threads(k == 0 ? 1 : 3);
            ConvWorkspace workspace;
            y[k].resize(outs);
            gx[k].resize(x.size());
            gw[k].assign(w.size(), 0.0F);
            convForward(s, x.data(), x2.data(), forward.memory, nullptr, nullptr, y[k].data(), workspace);
            convBackwardData(s, gy.data(), backward.memory, gx[k].data(), nullptr, workspace);
            convBackwardWeight(s, x.data(), x2.data(), gy.data(), ConvWeightLayout::Ohwi, gw[k].data(), nullptr, workspace);
        }
        omp_set_num_threads(before);
        QVERIFY(y[0] == y[1]);
        QVERIFY(gx[0] == gx[1]);
        const std::vector<double> first(gw[0].begin(), gw[0].end());
        QVERIFY(errors(first, [&](std::size_t i) { return gw[1][i]; }).second < 1e-4);
    }
}

void TestConvKernels::choosesFastKernelsWhereTheCpuHasThem() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bf16")) QCOMPARE(bestConvIsa(), ConvIsa::Avx512Bf16);
#endif
    ConvShape portable;
    portable.isa = ConvIsa::Portable;
    QCOMPARE(convPackedForwardBytes(portable), 9 * sizeof(float));
}

QTEST_APPLESS_MAIN(TestConvKernels)
#include "tst_conv_kernels.moc"
