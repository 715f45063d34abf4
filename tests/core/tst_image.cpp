// links: imago_base
// Pictures as values: their samples, their channels, and how they are handed on.
#include <QtTest>
#include <cmath>
#include <cstring>

#include "core/image/image.h"
#include "tests/support/images.h"

using namespace imago;
using namespace imago::test;

class TestImage : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void types();
    void channels();
};

void TestImage::types() {
    Image all(256, 1, 1);
    for (int i = 0; i < 256; ++i) all.data()[i] = std::uint8_t(i);
    for (PixelType type : {PixelType::U16, PixelType::F32}) QVERIFY(withType(withType(all, type), PixelType::U8) == all);
    Image odd(6, 1, 1, PixelType::F32);
    const float values[] = {-1, 2, NAN, INFINITY, 0.5F, -INFINITY};
    std::memcpy(odd.data(), values, sizeof values);
    QCOMPARE(samples(withType(odd, PixelType::U8)), (std::vector<int>{0, 255, 0, 255, 128, 0}));
    QCOMPARE(samples(withType(all, PixelType::U16))[128], 128 * 257);
}

void TestImage::channels() {
    const auto convert = [](std::initializer_list<int> pixel, int count, Rgb ground = {}) {
        return samples(withChannels(filled(1, 1, pixel), count, ground));
    };
    using V = std::vector<int>;
    QCOMPARE(convert({100}, 3), (V{100, 100, 100}));
    QCOMPARE(convert({100}, 4), (V{100, 100, 100, 255}));
    QCOMPARE(convert({100, 100, 100}, 1), V{100});
    QCOMPARE(convert({255, 0, 0}, 1), V{54});
    QCOMPARE(convert({0, 255, 0}, 1), V{182});
    QCOMPARE(convert({10, 20, 30, 0}, 3), (V{255, 255, 255}));
    QCOMPARE(convert({10, 20, 30, 0}, 3, {1, 2, 3}), (V{1, 2, 3}));
    QCOMPARE(convert({10, 20, 30, 255}, 3, {1, 2, 3}), (V{10, 20, 30}));
    QCOMPARE(convert({0, 0, 0, 51}, 3), (V{204, 204, 204}));
    QCOMPARE(convert({40, 51}, 4), (V{40, 40, 40, 51}));
    QCOMPARE(convert({10, 20, 30, 7}, 2)[1], 7);
    const Image wide = withChannels(withType(filled(1, 1, {10, 20, 30, 128}), PixelType::U16), 3);
    QCOMPARE(samples(withType(wide, PixelType::U8)), convert({10, 20, 30, 128}, 3));
}

QTEST_APPLESS_MAIN(TestImage)
#include "tst_image.moc"
