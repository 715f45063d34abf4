// links: imago_base
// Mask: what is selected, where, and what has changed.
#include <QtTest>

#include "core/image/mask.h"
#include "tests/support/images.h"

using namespace imago;
using namespace imago::test;

class TestMask : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void selectsSoftly();
    void knowsItsBounds();
    void knowsWhatChanged();
    void comesFromAPicture();
    void isCopiedInWords();
};

void TestMask::selectsSoftly() {
    Mask mask(8, 6);
    QVERIFY(mask.width() == 8 && mask.height() == 6);
    mask.fill({2, 1, 3, 2}, 255);
    const auto run = mask.edit(4, 2, 2);
    QCOMPARE(int(run.size()), 2);
    QCOMPARE(int(run[0]), 255);
    run[0] = 128, run[1] = 1;
    for (int y = 0; y < 6; ++y)
        for (int x = 0; x < 8; ++x) {
            const bool filled = x >= 2 && x < 5 && y >= 1 && y < 3;
            QCOMPARE(int(mask.at(x, y)), y == 2 && x == 4 ? 128 : y == 2 && x == 5 ? 1 : filled ? 255 : 0);
        }
    QCOMPARE(mask.view().channels, 1);
    QVERIFY(mask.view().row<std::uint8_t>(2)[4] == 128);
}

void TestMask::knowsItsBounds() {
    Mask mask(8, 6);
    QVERIFY(mask.bounds().isEmpty());
    mask.fill({2, 1, 3, 2}, 255);
    QVERIFY((mask.bounds() == PixelRect{2, 1, 3, 2}));
    mask.edit(7, 5, 1)[0] = 1;  // a little counts
    QVERIFY((mask.bounds() == PixelRect{2, 1, 6, 5}));
    mask.fill({0, 0, 8, 5}, 0);
    QVERIFY((mask.bounds() == PixelRect{7, 5, 1, 1}));
    mask.fill({-5, -5, 100, 100}, 255);  // only what lies inside
    QVERIFY((mask.bounds() == PixelRect{0, 0, 8, 6}));
    QVERIFY(Mask().bounds().isEmpty());
}

void TestMask::knowsWhatChanged() {
    Mask mask(8, 6);
    QVERIFY(mask.takeDirty().isEmpty());
    mask.fill({1, 1, 2, 2}, 9);
    static_cast<void>(mask.edit(5, 4, 2));
    QVERIFY((mask.dirty() == PixelRect{1, 1, 6, 4}));
    QVERIFY((mask.takeDirty() == PixelRect{1, 1, 6, 4}));
    QVERIFY(mask.takeDirty().isEmpty());
    mask.fill({20, 20, 4, 4}, 255);
    QVERIFY(mask.takeDirty().isEmpty());
    mask.fill({1, 1, 1, 1}, 0);  // also what is taken away
    QVERIFY((mask.takeDirty() == PixelRect{1, 1, 1, 1}));
}

void TestMask::comesFromAPicture() {
    Image grey(2, 1, 1);
    grey.data()[0] = 0, grey.data()[1] = 200;
    Mask mask(grey);
    QVERIFY(mask.at(0, 0) == 0 && mask.at(1, 0) == 200);
    QVERIFY((mask.takeDirty() == PixelRect{0, 0, 2, 1}));
    QCOMPARE(int(Mask(withType(grey, PixelType::U16)).at(1, 0)), 200);
    QCOMPARE(int(Mask(filled(1, 1, {0, 255, 0})).at(0, 0)), 182);
    QCOMPARE(int(Mask(filled(1, 1, {255, 255, 255, 51})).at(0, 0)), 51);
    QVERIFY(Mask(mask.view()).view().row<std::uint8_t>(0)[1] == 200);
}

void TestMask::isCopiedInWords() {
    static_assert(!std::is_copy_constructible_v<Mask> && std::is_nothrow_move_constructible_v<Mask>);
    Mask mask(4, 4);
    mask.fill({1, 1, 2, 2}, 7);
    Mask copy = copyOf(mask);
    copy.fill({0, 0, 1, 1}, 9);
    QVERIFY(copy.at(1, 1) == 7 && copy.at(0, 0) == 9 && mask.at(0, 0) == 0);
    QVERIFY((copy.takeDirty() == PixelRect{0, 0, 3, 3}) && (mask.takeDirty() == PixelRect{1, 1, 2, 2}));
}

QTEST_APPLESS_MAIN(TestMask)
#include "tst_mask.moc"
