// links: imago_ml
// Distances of core/evaluate against analytic truths and an independent table (tests/baselines/evaluate_numpy.py).
#include <QtTest>

#include <cmath>
#include <fstream>
#include <numeric>
#include <sstream>

#include "core/base/json.h"
#include "core/base/random.h"
#include "core/evaluate/frechet.h"
#include "core/evaluate/kernel_distance.h"
#include "core/evaluate/prdc.h"
#include "core/evaluate/swd.h"
#include "core/image/difference.h"

using namespace imago;
using namespace imago::evaluate;

namespace {

// The same generator as in the script.
class Lcg {
  public:
    explicit Lcg(std::uint64_t seed) : m_x(seed) {}
    double value() {
        m_x = m_x * 6364136223846793005ULL + 1442695040888963407ULL;
        return static_cast<double>(m_x >> 40) / 8388608.0 - 1.0;
    }

  private:
    std::uint64_t m_x;
};

Features tableFeatures(std::uint64_t seed, std::int64_t rows, std::int64_t dims, double scale, double shift) {
    Lcg g(seed);
    Features f{rows, dims, {}};
    for (std::int64_t i = 0; i < rows; ++i) {
        double before = 0;
        for (std::int64_t j = 0; j < dims; ++j) {
            double v = g.value();
            v += g.value();
            v += g.value();
            f.values.push_back(static_cast<float>(scale * (0.5 * v + 0.5 * before) + shift));
            before = v;
        }
    }
    return f;
}

std::vector<float> tablePlane(std::uint64_t seed, int height, int width, int channels) {
    Lcg g(seed);
    std::vector<float> p(static_cast<std::size_t>(height * width * channels));
    for (float& v : p) v = static_cast<float>(std::floor((g.value() + 1.0) * 128.0));
    return p;
}

Features gaussian(std::uint64_t seed, std::int64_t rows, std::int64_t dims) {
    Features f{rows, dims, std::vector<float>(static_cast<std::size_t>(rows * dims))};
    fillNormal({seed, Purpose::Test, 0}, 0, f.values);
    return f;
}

PictureSet noisePictures(std::uint64_t seed, int count, int low, int range) {
    PictureSet set;
    set.count = count;
    set.pixels.resize(static_cast<std::size_t>(set.count * set.bytesEach()));
    Lcg g(seed);
    for (auto& p : set.pixels) p = static_cast<std::uint8_t>(low + static_cast<int>((g.value() + 1) / 2 * range));
    return set;
}

Json table() {
    std::ifstream file(IMAGO_SOURCE_DIR "/tests/baselines/evaluate_numpy.json");
    std::stringstream text;
    text << file.rdbuf();
    return Json::parse(text.str());
}

bool near(double got, double want, double relative = 1e-5) {
    const bool ok = std::abs(got - want) <= relative * std::abs(want);
    if (!ok) qWarning("got %.12g, want %.12g", got, want);
    return ok;
}

}  // namespace

class TestEvaluate : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    // N(m1, diag a) and N(m2, diag b): |m1 - m2|^2 + sum (sqrt a - sqrt b)^2, and the same in a rotated frame.
    void frechetOfKnownGaussians() {
        GaussianFit a{100, 2, {1, 2}, {4, 0, 0, 9}}, b{100, 2, {3, -1}, {1, 0, 0, 16}};
        QVERIFY(near(frechetDistance(a, b), 4 + 9 + 1 + 1, 1e-12));
        const double c = std::cos(0.7), s = std::sin(0.7);
        const auto rotate = [&](GaussianFit& f) {
            const double x = f.covariance[0], y = f.covariance[3];
            f.covariance = {c * c * x + s * s * y, c * s * (x - y), c * s * (x - y), s * s * x + c * c * y};
            f.mean = {c * f.mean[0] - s * f.mean[1], s * f.mean[0] + c * f.mean[1]};
        };
        rotate(a);
        rotate(b);
        QVERIFY(near(frechetDistance(a, b), 15, 1e-12));
        QVERIFY(near(frechetDistance(b, a), 15, 1e-12));
    }

    void frechetOfEqualAndSingularSets() {
        const Features a = gaussian(1, 500, 16);
        QVERIFY(frechetDistance(fitGaussian(a), fitGaussian(a)) < 1e-9);
        // Fewer rows than dims: the covariance is singular; still 0 for the same set and finite otherwise.
        const Features few = gaussian(2, 10, 16), others = gaussian(3, 10, 16);
        QVERIFY(frechetDistance(fitGaussian(few), fitGaussian(few)) < 1e-6);
        const double d = frechetDistance(fitGaussian(few), fitGaussian(others));
        QVERIFY(std::isfinite(d) && d > 1);
    }

    void kernelDistanceIsUnbiased() {
        const Features a = gaussian(1, 3000, 32), b = gaussian(2, 3000, 32);
        const KernelDistance same = kernelDistance(a, b, {40, 500, 3});
        QCOMPARE(same.subsets, 40);
        QVERIFY2(std::abs(same.mean) < 4e-3, qPrintable(QString::number(same.mean)));
        Features moved = b;
        for (float& v : moved.values) v += 0.5f;
        // With t = x.y/32: E (1 + t)^3 is 1.0938 within a, 2.1304 within the moved b, 1.1172 between them.
        QVERIFY(near(kernelDistance(a, moved, {40, 500, 3}).mean, 1.0938 + 2.1304 - 2 * 1.1172, 0.08));
        // The same seed draws the same subsets.
        QCOMPARE(kernelDistance(a, moved, {3, 200, 9}).mean, kernelDistance(a, moved, {3, 200, 9}).mean);
        QVERIFY(kernelDistance(a, moved, {3, 200, 9}).mean != kernelDistance(a, moved, {3, 200, 10}).mean);
    }

    // For two sets from one distribution density tends to 1 and coverage to 1 - 2^-k = 0.97 (Naeem et al. 2020, eq. 9).
    void prdcOfIdenticalGaussians() {
        const Prdc r = prdc(gaussian(1, 5000, 64), gaussian(2, 5000, 64));
        QVERIFY2(std::abs(r.density - 1.0) < 0.05, qPrintable(QString::number(r.density)));
        QVERIFY2(std::abs(r.coverage - 0.97) < 0.015, qPrintable(QString::number(r.coverage)));
    }

    void prdcSeesWhatIsMissing() {
        const Features real = gaussian(1, 2000, 8);
        Features narrow = gaussian(2, 2000, 8), far = gaussian(3, 2000, 8);
        for (float& v : narrow.values) v *= 0.3f;
        for (float& v : far.values) v += 20.f;
        const Prdc n = prdc(real, narrow), f = prdc(real, far), same = prdc(real, gaussian(4, 2000, 8));
        QVERIFY(n.precision > 0.99 && n.recall < 0.2 * same.recall && n.coverage < 0.5);
        QVERIFY(f.precision == 0 && f.recall == 0 && f.density == 0 && f.coverage == 0);
    }

    void slicedWassersteinOfKnownShifts() {
        const PictureSet a = noisePictures(1, 200, 0, 256), b = noisePictures(2, 200, 0, 256), weak = noisePictures(3, 200, 64, 128);
        QCOMPARE(slicedWasserstein(a, a).mean, 0.0);
        const Swd same = slicedWasserstein(a, b), other = slicedWasserstein(a, weak);
        QCOMPARE(int(same.levels.size()), 2);
        QCOMPARE(same.levels[1].height, 14);
        QVERIFY2(same.mean < 20, qPrintable(QString::number(same.mean)));
        // Half the contrast: projections of N(0, 1) against N(0, 1/4) differ by (1 - 1/2) sqrt(2 / pi) = 0.399.
        QVERIFY2(std::abs(other.levels[0].distance - 399) < 20, qPrintable(QString::number(other.levels[0].distance)));
        // One dimension, a shift of 3: the distance is 3.
        Features x = gaussian(1, 100, 1), y = x;
        for (float& v : y.values) v += 3.f;
        QVERIFY(near(slicedDistance(x, y, {1, 1, {1.f}}), 3, 1e-6));
    }

    void psnrAndSsim() {
        Image a(20, 20, 1), b(20, 20, 1);
        std::fill_n(a.data(), 400, std::uint8_t(100));
        std::fill_n(b.data(), 400, std::uint8_t(110));
        QVERIFY(std::isinf(psnr(a, a)));
        QVERIFY(near(psnr(a, b), 20 * std::log10(25.5), 1e-9));
        QVERIFY(near(ssim(a, a), 1, 1e-12));
        // Other samples, the same pictures.
        for (const PixelType type : {PixelType::U16, PixelType::F32}) {
            QVERIFY(near(psnr(withType(a, type), withType(b, type)), psnr(a, b)));
            QVERIFY(near(ssim(withType(a, type), withType(b, type)), ssim(a, b)));
        }
        // Flat pictures: only the luminance term is left.
        const double c1 = 2.55 * 2.55;
        QVERIFY(near(ssim(a, b), (2 * 100.0 * 110 + c1) / (100.0 * 100 + 110.0 * 110 + c1), 1e-9));
    }

    void independentTable() {
        const Json want = table();
        const Features a = tableFeatures(1, 400, 24, 1.0, 0.0), b = tableFeatures(2, 300, 24, 0.8, 0.1);
        const Features c = tableFeatures(3, 300, 24, 1.0, 0.05);
        QVERIFY(near(frechetDistance(fitGaussian(a), fitGaussian(b)), want["frechet_a_b"]));
        QVERIFY(near(frechetDistance(fitGaussian(a), fitGaussian(c)), want["frechet_a_c"]));
        const KernelDistance whole = kernelDistance(a, b);
        QCOMPARE(whole.subsets, 1);
        QCOMPARE(whole.deviation, 0.0);
        QVERIFY(near(whole.mean, want["kernel_a_b"]));
        std::vector<std::int64_t> rowsOfA(100), rowsOfC(200);
        std::iota(rowsOfA.begin(), rowsOfA.end(), 10);
        std::iota(rowsOfC.begin(), rowsOfC.end(), 5);
        QVERIFY(near(unbiasedDiscrepancy(a, rowsOfA, c, rowsOfC), want["kernel_rows"]));
        const Prdc p = prdc(tableFeatures(4, 200, 6, 1.0, 0.0), tableFeatures(5, 150, 6, 0.9, 0.2), 5);
        QVERIFY(near(p.precision, want["prdc"]["precision"]) && near(p.recall, want["prdc"]["recall"]));
        QVERIFY(near(p.density, want["prdc"]["density"]) && near(p.coverage, want["prdc"]["coverage"]));
        QVERIFY(near(slicedDistance(b, c, tableFeatures(6, 16, 24, 1.0, 0.0)), want["sliced_b_c"]));
        const auto pyramid = laplacianPyramid(tablePlane(9, 29, 23, 1), 29, 23, 2);
        for (std::size_t l = 0; l < 2; ++l) {
            double sum = 0;
            for (const float v : pyramid[l]) sum += std::abs(double{v});
            QCOMPARE(pyramid[l].size(), want["pyramid_shapes"][l][0].get<std::size_t>() * want["pyramid_shapes"][l][1].get<std::size_t>());
            QVERIFY(near(sum, want["pyramid_sums"][l]));
            QVERIFY(near(pyramid[l][0], want["pyramid_corner"][l]));
        }
        const auto x = tablePlane(7, 29, 23, 3);
        auto y = tablePlane(8, 29, 23, 3);
        for (std::size_t i = 0; i < y.size(); ++i) y[i] = 0.75f * x[i] + 0.25f * y[i];
        const auto picture = [](const std::vector<float>& plane) {  // of floats: white is 1
            Image image(23, 29, 3, PixelType::F32);
            std::transform(plane.begin(), plane.end(), image.row<float>(0), [](float v) { return v / 255.f; });
            return image;
        };
        QVERIFY(near(psnr(picture(x), picture(y)), want["psnr"]));
        QVERIFY(near(ssim(picture(x), picture(y)), want["ssim"]));
    }
};

QTEST_GUILESS_MAIN(TestEvaluate)
#include "tst_evaluate.moc"
