// links: imago_base
// Pictures as values: their samples, their channels, and how they are handed on.
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <cstring>

#include "core/image/codecs.h"
#include "core/image/image.h"
#include "core/image/picture_ref.h"
#include "core/image/pixel_rect.h"
#include "tests/support/images.h"

using namespace imago;
using namespace imago::test;

class TestImage : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void types();
    void channels();
    void copiesAreAskedFor();
    void rectangles();
    void picturesByPathOrInMemory();
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

void TestImage::copiesAreAskedFor() {
    static_assert(!std::is_copy_constructible_v<Image> && !std::is_copy_assignable_v<Image>);
    static_assert(std::is_nothrow_move_constructible_v<Image> && std::is_nothrow_move_assignable_v<Image>);
    Image image = randomImage(5, 4, 3, PixelType::U16, 1);
    const Image copy = copyOf(image);
    QVERIFY(copy == image && copy.data() != image.data());
    const std::uint8_t* pixels = image.data();
    const Image moved = std::move(image);
    QVERIFY(moved == copy && moved.data() == pixels);
}

void TestImage::rectangles() {
    const PixelRect a{2, 3, 4, 5}, b{4, 1, 10, 3}, empty{7, 7, 0, 3};
    QCOMPARE(a.right(), 6);
    QCOMPARE(a.bottom(), 8);
    QVERIFY(empty.isEmpty() && PixelRect().isEmpty() && !a.isEmpty());
    QVERIFY((intersected(a, b) == PixelRect{4, 3, 2, 1}) && intersected(a, b) == intersected(b, a));
    QVERIFY((united(a, b) == PixelRect{2, 1, 12, 7}) && united(a, b) == united(b, a));
    QVERIFY(intersected(a, {6, 3, 4, 4}).isEmpty() && intersected(a, empty).isEmpty());
    QVERIFY(united(a, empty) == a && united(empty, a) == a);
}

void TestImage::picturesByPathOrInMemory() {
    QTemporaryDir dir;
    const std::string path = dir.filePath("图像 a.png").toStdString();
    const auto image = std::make_shared<const Image>(filled(3, 2, {10, 20, 30}));
    QVERIFY(writeImage(path, *image));
    const PictureRef none, file(path), memory(image, "Layer 1");
    QVERIFY(none.isEmpty() && !file.isEmpty() && !memory.isEmpty());
    QVERIFY(!file.inMemory() && memory.inMemory());
    QCOMPARE(file.name(), std::string("图像 a.png"));
    QCOMPARE(memory.name(), std::string("Layer 1"));
    QVERIFY(file.path() == path && memory.path().empty());
    // What is in a file is read, what is in memory shared.
    QVERIFY(**load(file) == *image);
    QVERIFY(load(memory).value() == image);
    QCOMPARE(load(PictureRef(path + ".none")).error().code, ErrorCode::BadInput);
    QVERIFY(!load(none));
    // In JSON a path goes there and back; pixels have no such form, and say so.
    QVERIFY(Json(file) == Json(path) && Json(file).get<PictureRef>() == file && Json(none).get<PictureRef>() == none);
    QVERIFY((Json(memory) == Json{{"in_memory", "Layer 1"}}));
    QVERIFY(memory != file && memory == PictureRef(image, "Layer 1"));
    QVERIFY(memory != PictureRef(std::make_shared<const Image>(copyOf(*image)), "Layer 1"));
}

QTEST_APPLESS_MAIN(TestImage)
#include "tst_image.moc"
