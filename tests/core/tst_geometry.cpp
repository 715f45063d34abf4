// links: imago_base
// Geometry against what it must be: crops, sizes, light, squares and grids.
#include <QtTest>
#include <cmath>
#include <cstring>

#include "core/image/geometry.h"
#include "tests/support/images.h"

using namespace imago;
using namespace imago::test;

class TestGeometry : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void cropping();
    void areaAverages();
    void constantStaysConstant();
    void smoothStaysSmooth();
    void linearLight();
    void transparentColourDoesNotBleed();
    void squares();
    void grids();
};

void TestGeometry::cropping() {
    const Image image = randomImage(10, 8, 3, PixelType::U16, 1);
    const Image part = crop(image, 2, 3, 4, 5);
    QVERIFY(part.width() == 4 && part.height() == 5);
    for (int y = 0; y < 5; ++y) QVERIFY(std::memcmp(part.row<std::uint16_t>(y), image.row<std::uint16_t>(y + 3) + 6, 24) == 0);
    QVERIFY(copyOf(imago::part(image, {2, 3, 4, 5})) == part);  // the same without copying
    QVERIFY(crop(image, -2, -2, 100, 100) == image);
    QVERIFY(crop(image, 8, 0, 5, 1).width() == 2);
    QVERIFY(crop(image, 10, 0, 5, 5).isNull() && crop(image, 0, 0, 0, 5).isNull() && crop(image, 2147483647, 0, 2147483647, 5).isNull());
}

void TestGeometry::areaAverages() {
    Image image(4, 2, 1);
    const std::uint8_t values[] = {10, 20, 100, 200, 30, 40, 100, 0};
    std::memcpy(image.data(), values, sizeof values);
    QCOMPARE(samples(resize(image, 2, 1, Filter::Area)), (std::vector<int>{25, 100}));
    // 3 -> 2: each output takes one pixel and half of the middle one.
    Image three(3, 1, 1);
    three.data()[0] = 30, three.data()[1] = 60, three.data()[2] = 120;
    QCOMPARE(samples(resize(three, 2, 1, Filter::Area)), (std::vector<int>{40, 100}));
    QCOMPARE(samples(resize(three, 6, 1, Filter::Nearest)), (std::vector<int>{30, 30, 60, 60, 120, 120}));
    QCOMPARE(samples(upscaleNearest(three, 2)), (std::vector<int>{30, 30, 60, 60, 120, 120, 30, 30, 60, 60, 120, 120}));
    // The mean is kept.
    const Image big = randomImage(97, 61, 1, PixelType::F32, 5), small = resize(big, 13, 7, Filter::Area);
    double before = 0, after = 0;
    for (int i = 0; i < 97 * 61; ++i) before += reinterpret_cast<const float*>(big.data())[i];
    for (int i = 0; i < 13 * 7; ++i) after += reinterpret_cast<const float*>(small.data())[i];
    QVERIFY(std::abs(before / (97 * 61) - after / (13 * 7)) < 1e-5);
}

void TestGeometry::constantStaysConstant() {
    for (int value : {0, 1, 77, 128, 254, 255})
        for (Filter filter : {Filter::Nearest, Filter::Area, Filter::Bicubic, Filter::Lanczos})
            for (bool linear : {false, true})
                for (const auto& [width, height] : {std::pair{1, 1}, {3, 50}, {31, 17}, {64, 64}, {7, 200}}) {
                    const Image out = resize(filled(31, 17, {value, 255 - value, value, 200}), width, height, filter, linear);
                    QVERIFY2(out == filled(width, height, {value, 255 - value, value, 200}),
                             qPrintable(QString("%1 %2 %3 %4x%5").arg(value).arg(int(filter)).arg(linear).arg(width).arg(height)));
                }
}

void TestGeometry::smoothStaysSmooth() {
    const auto wave = [](double x, double y) { return 0.5 + 0.4 * std::sin(x * 3) * std::cos(y * 2); };  // over [0, 1]
    const auto sampled = [&](int width, int height) {
        Image out(width, height, 1, PixelType::F32);
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) out.row<float>(y)[x] = float(wave((x + 0.5) / width, (y + 0.5) / height));
        return out;
    };
    const Image image = sampled(80, 60);
    for (Filter filter : {Filter::Area, Filter::Bicubic, Filter::Lanczos})
        for (const auto& [width, height] : {std::pair{40, 30}, {33, 47}, {160, 120}, {20, 15}}) {
            const Image out = resize(image, width, height, filter), want = sampled(width, height);
            double worst = 0;
            const int border = 6 * width / 80 + 1;  // at the edge the picture has no neighbours
            for (int y = border; y < height - border; ++y)
                for (int x = border; x < width - border; ++x)
                    worst = std::max<double>(worst, std::abs(out.row<float>(y)[x] - want.row<float>(y)[x]));
            const double bar = filter == Filter::Area ? 0.02 : 0.002;
            QVERIFY2(worst < bar, qPrintable(QString("%1 %2x%3: %4").arg(int(filter)).arg(width).arg(height).arg(worst)));
        }
}

void TestGeometry::linearLight() {
    Image checker(2, 2, 1);
    checker.data()[0] = checker.data()[3] = 255;
    QCOMPARE(samples(resize(checker, 1, 1, Filter::Area, true)), std::vector<int>{188});  // half the light
    QCOMPARE(samples(resize(checker, 1, 1, Filter::Area, false)), std::vector<int>{128});
    QCOMPARE(samples(resize(withType(checker, PixelType::U16), 1, 1, Filter::Area, true))[0] / 257, 187);
}

void TestGeometry::transparentColourDoesNotBleed() {
    Image image(2, 1, 4);
    const std::uint8_t pixels[] = {255, 0, 0, 0, 0, 0, 200, 255};  // transparent red beside opaque blue
    std::memcpy(image.data(), pixels, sizeof pixels);
    QCOMPARE(samples(resize(image, 1, 1, Filter::Area)), (std::vector<int>{0, 0, 200, 128}));
}

void TestGeometry::squares() {
    Image wide(6, 2, 1);
    for (int i = 0; i < 12; ++i) wide.data()[i] = std::uint8_t(i % 6 * 10);
    QCOMPARE(samples(fitSquare(wide, 2)), (std::vector<int>{20, 30, 20, 30}));
    QCOMPARE(samples(fitSquare(wide, 1)), std::vector<int>{25});
    QCOMPARE(fitSquare(smoothImage(300, 100, 3), 28).height(), 28);
}

void TestGeometry::grids() {
    std::vector<Image> tiles;
    for (int i = 0; i < 5; ++i) tiles.push_back(filled(2, 1, {i, i + 1, i + 2}));
    const Image grid = makeGrid(tiles, 3, 1, {9, 9, 9});
    QVERIFY(grid.width() == 8 && grid.height() == 3 && grid.channels() == 3);
    for (int i = 0; i < 5; ++i) QVERIFY(crop(grid, i % 3 * 3, i / 3 * 2, 2, 1) == tiles[std::size_t(i)]);
    QVERIFY(crop(grid, 2, 0, 1, 3) == filled(1, 3, {9, 9, 9}) && crop(grid, 6, 2, 2, 1) == filled(2, 1, {9, 9, 9}));
    QVERIFY(makeGrid(tiles, 100).width() == 10);
    QVERIFY(makeGrid({}, 3).isNull());
    QVERIFY(makeGrid(std::span(tiles).first(1), 1) == tiles[0]);
    const Image grey[] = {filled(1, 1, {5}), filled(1, 1, {6})};
    QCOMPARE(samples(makeGrid(grey, 2, 1, {255, 255, 255})), (std::vector<int>{5, 255, 6}));
}

QTEST_APPLESS_MAIN(TestGeometry)
#include "tst_geometry.moc"
