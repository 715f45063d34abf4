// links: imago_base
// Philox: the published vectors, the layout of keys, and that normals, uniforms and permutations are what they promise.
#include "core/base/random.h"

#include <QElapsedTimer>
#include <QtTest>

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

using namespace imago;

class TestRandom : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    // The known answers that come with Random123 (philox4x32, 10 rounds).
    void publishedVectors() {
        using Words = std::array<std::uint32_t, 4>;
        QVERIFY((philox4x32({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
        QVERIFY((philox4x32({~0U, ~0U, ~0U, ~0U}, {~0U, ~0U}) == Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
        QVERIFY((philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
                 Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
    }

    void layoutIsFixed() {
        const RandomKey key{0x299f31d0a4093822ULL, Purpose(0x85a3), 0x0370734413198a2eULL};
        // Block bits 32-47 are 0x08d3, low 0x243f6a88: the counter of the third published vector.
        const auto words = randomBlock(key, 0x08d3243f6a88ULL);
        QCOMPARE(words[0], 0xd16cfe09U);
        QCOMPARE(words[3], 0x24126ea1U);
        QCOMPARE(randomBits(key, 0x08d3243f6a88ULL * 4 + 2), 0x5001e420U);
        std::set<std::uint32_t> seen;  // every part of the key counts
        for (std::uint64_t seed : {1ULL, 1ULL << 40})
            for (Purpose purpose : {Purpose::Init, Purpose::Noise})
                for (std::uint64_t step : {0ULL, 1ULL, 1ULL << 33})
                    for (std::uint64_t index : {0ULL, 1ULL, 1ULL << 35}) seen.insert(randomBits({seed, purpose, step}, index));
        QCOMPARE(seen.size(), std::size_t(36));
    }

    void fillsAgreeWithSingles() {
        const RandomKey key{7, Purpose::Noise, 3};
        for (std::uint64_t first : {0ULL, 1ULL, 3ULL, 250ULL, (1ULL << 34) - 3})
            for (std::size_t count : {std::size_t(0), std::size_t(1), std::size_t(5), std::size_t(256), std::size_t(1031)}) {
                std::vector<float> normals(count), uniforms(count);
                std::vector<std::uint32_t> bits(count);
                fillNormal(key, first, normals);
                fillUniform(key, first, uniforms);
                fillBits(key, first, bits);
                for (std::size_t i = 0; i < count; ++i) {
                    QCOMPARE(std::bit_cast<std::uint32_t>(normals[i]), std::bit_cast<std::uint32_t>(normal(key, first + i)));
                    QCOMPARE(uniforms[i], uniform(key, first + i));
                    QCOMPARE(bits[i], randomBits(key, first + i));
                }
            }
    }

    // The same bits for ever, on every machine: a hash of the words, from a run of this code, pins logarithm and sine.
    void normalsArePinned() {
        std::vector<float> values(100000);
        fillNormal({42, Purpose::Test, 9}, 0, values);
        std::uint64_t hash = 14695981039346656037ULL;
        for (float v : values) hash = (hash ^ std::bit_cast<std::uint32_t>(v)) * 1099511628211ULL;
        QCOMPARE(QByteArray::number(qulonglong(hash), 16), QByteArray("44e2145cb99f619d"));
    }

    void normalsMatchDoublePrecision() {
        const RandomKey key{1, Purpose::Test, 0};
        double worst = 0;
        for (std::uint64_t i = 0; i < 400000; i += 2) {
            const double u = (randomBits(key, i) + 0.5) * 0x1p-32, a = randomBits(key, i + 1) * 0x1p-32 * 2 * M_PI;
            const double radius = std::sqrt(-2 * std::log(u));
            worst = std::max({worst, std::abs(normal(key, i) - radius * std::cos(a)), std::abs(normal(key, i + 1) - radius * std::sin(a))});
        }
        QVERIFY2(worst < 2e-4, QByteArray::number(worst).constData());  // u close to 1 has few bits as a float
    }

    void normalsAreNormal() {
        std::vector<float> values(1 << 21);
        fillNormal({5, Purpose::Test, 1}, 0, values);
        double m1 = 0, m2 = 0, m3 = 0, m4 = 0, neighbours = 0;
        std::size_t tail = 0;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double v = values[i];
            QVERIFY(std::isfinite(v));
            m1 += v, m2 += v * v, m3 += v * v * v, m4 += v * v * v * v;
            neighbours += v * values[(i + 1) % values.size()];
            tail += std::abs(v) > 3;
        }
        const double n = double(values.size()), deviation = 1 / std::sqrt(n);
        QVERIFY(std::abs(m1 / n) < 5 * deviation);
        QVERIFY(std::abs(m2 / n - 1) < 5 * deviation * std::sqrt(2));
        QVERIFY(std::abs(m3 / n) < 5 * deviation * std::sqrt(15));
        QVERIFY(std::abs(m4 / n - 3) < 5 * deviation * std::sqrt(96));
        QVERIFY(std::abs(neighbours / n) < 5 * deviation);
        const double expected = 0.0026998 * n;
        QVERIFY(std::abs(double(tail) - expected) < 5 * std::sqrt(expected));
    }

    void uniformsAreUniform() {
        std::vector<float> values(1 << 20);
        fillUniform({6, Purpose::Test, 1}, 0, values);
        std::vector<int> bins(64);
        for (float v : values) {
            QVERIFY(v >= 0 && v < 1);
            ++bins[std::size_t(v * 64)];
        }
        double chi = 0;
        const double expected = double(values.size()) / 64;
        for (int b : bins) chi += (b - expected) * (b - expected) / expected;
        QVERIFY2(chi > 20 && chi < 130, QByteArray::number(chi).constData());  // 63 degrees of freedom: far beyond 5 sigma
    }

    void permutations() {
        for (std::uint32_t n : {0U, 1U, 2U, 7U, 60000U}) {
            auto p = permutation({3, Purpose::DataOrder, n}, n);
            QCOMPARE(p, permutation({3, Purpose::DataOrder, n}, n));
            if (n > 100) QVERIFY(p != permutation({3, Purpose::DataOrder, n + 1}, n));
            std::sort(p.begin(), p.end());
            for (std::uint32_t i = 0; i < n; ++i) QCOMPARE(p[i], i);
        }
        int counts[6] = {};  // all orders of three alike
        for (std::uint64_t step = 0; step < 60000; ++step) {
            const auto p = permutation({11, Purpose::Test, step}, 3);
            ++counts[p[0] * 2 + (p[1] > p[2])];
        }
        for (int c : counts) QVERIFY2(std::abs(c - 10000) < 500, QByteArray::number(c).constData());
    }

    void randomBelowStaysBelow() {
        const RandomKey key{3, Purpose::Time, 1};
        std::set<std::uint64_t> seen;
        for (std::uint64_t i = 0; i < 1000; ++i) seen.insert(randomBelow(key, i, 10));
        QCOMPARE(seen.size(), std::size_t(10));
        QVERIFY(*seen.rbegin() == 9);
    }

    void speed() {
        std::vector<float> values(1 << 20);
        qint64 best = std::numeric_limits<qint64>::max();
        for (int i = 0; i < 5; ++i) {
            QElapsedTimer timer;
            timer.start();
            fillNormal({1, Purpose::Noise, std::uint64_t(i)}, 0, values);
            best = std::min(best, timer.nsecsElapsed());
        }
        qInfo("%.2f ns a normal", double(best) / double(values.size()));
    }
};

QTEST_APPLESS_MAIN(TestRandom)
#include "tst_random.moc"
