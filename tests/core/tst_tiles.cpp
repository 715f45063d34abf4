// links: imago_base
// Tiles: where they lie, what is cut, and that a picture cut and blended back is the same picture.
#include <QtTest>

#include "core/image/geometry.h"
#include "core/image/tiles.h"
#include "tests/support/images.h"

using namespace imago;
using namespace imago::test;

class TestTiles : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void theGridCoversThePicture();
    void beyondTheBorderTheEdgeGoesOn();
    void whatWasCutComesBack_data();
    void whatWasCutComesBack();
    void tilesFadeIntoEachOther();
    void weightsSumToOne();
};

void TestTiles::theGridCoversThePicture() {
    // Without overlap: as many as fit, and one more for the rest.
    const TileGrid plain{70, 33, 32, 32};
    QCOMPARE(plain.columns(), 3);
    QCOMPARE(plain.rows(), 2);
    QVERIFY((plain.rect(0) == PixelRect{0, 0, 32, 32}) && (plain.rect(5) == PixelRect{64, 32, 32, 32}));
    QVERIFY((plain.inside(5) == PixelRect{64, 32, 6, 1}));
    QVERIFY((TileGrid{64, 32, 32, 32}.count() == 2));
    QVERIFY((TileGrid{5, 5, 32, 32, 16}.count() == 1));
    for (int overlap = 0; overlap <= 8; ++overlap)
        for (int width = 1; width < 90; ++width) {
            const TileGrid grid{width, 20, 16, 20, overlap};
            QCOMPARE(grid.rows(), 1);
            int covered = 0;
            for (std::size_t i = 0; i < grid.count(); ++i) {
                const PixelRect rect = grid.rect(i), inside = grid.inside(i);
                QVERIFY(rect.x == (i == 0 ? 0 : covered - overlap) && rect.width == 16);  // what neighbours share
                QVERIFY(inside.right() > covered);                                        // none is there for nothing
                covered = inside.right();
            }
            QCOMPARE(covered, width);
        }
}

void TestTiles::beyondTheBorderTheEdgeGoesOn() {
    Image image(3, 2, 1);
    for (int i = 0; i < 6; ++i) image.data()[i] = std::uint8_t(i);
    using V = std::vector<int>;
    const TileGrid grid{3, 2, 2, 3};
    QCOMPARE(samples(cutTile(image, grid, 0)), (V{0, 1, 3, 4, 3, 4}));
    QCOMPARE(samples(cutTile(image, grid, 1)), (V{2, 2, 5, 5, 5, 5}));
    // From a view with longer rows.
    QCOMPARE(samples(cutTile(part(image, {1, 0, 2, 2}), {2, 2, 2, 3}, 0)), (V{1, 2, 4, 5, 4, 5}));
    Image back(3, 2, 1);
    placeTile(back, grid, 1, cutTile(image, grid, 1));
    QCOMPARE(samples(back), (V{0, 0, 2, 0, 0, 5}));
}

void TestTiles::whatWasCutComesBack_data() {
    QTest::addColumn<int>("type");
    for (const auto& [name, type] : {std::pair{"8 bit", PixelType::U8}, {"16 bit", PixelType::U16}, {"float", PixelType::F32}})
        QTest::newRow(name) << int(type);
}

void TestTiles::whatWasCutComesBack() {
    QFETCH(int, type);
    for (const auto& [width, height] : {std::pair{1, 1}, {16, 12}, {17, 12}, {50, 41}, {64, 3}, {5, 90}})
        for (const int overlap : {0, 1, 3, 6})
            for (const int channels : {1, 3, 4}) {
                const Image image = randomImage(width, height, channels, PixelType(type), unsigned(width * 7 + overlap));
                const TileGrid grid{width, height, 16, 12, overlap};
                Image back(width, height, channels, PixelType(type));
                for (std::size_t i = 0; i < grid.count(); ++i) placeTile(back, grid, i, cutTile(image, grid, i));
                QVERIFY2(back == image, qPrintable(QString("%1 x %2, %3 shared").arg(width).arg(height).arg(overlap)));
            }
}

// Black, white, black: between them the weights are seen.
void TestTiles::tilesFadeIntoEachOther() {
    const TileGrid grid{20, 6, 8, 6, 3};  // at 0, 5, 10 and 15
    QCOMPARE(int(grid.count()), 4);
    Image out(20, 6, 1);
    for (std::size_t i = 0; i < 4; ++i) placeTile(out, grid, i, filled(8, 6, {i % 2 ? 200 : 0}));
    const auto row = [&](int y) { return samples(copyOf(part(out, {0, y, 20, 1}))); };
    for (const int y : {0, 5})
        QCOMPARE(row(y), (std::vector<int>{0, 0, 0, 0, 0, 50, 100, 150, 200, 200, 150, 100, 50, 0, 0, 50, 100, 150, 200, 200}));
    const TileGrid beside{20, 6, 8, 6};
    for (std::size_t i = 0; i < 3; ++i) placeTile(out, beside, i, filled(8, 6, {int(i)}));
    QCOMPARE(row(3), (std::vector<int>{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2}));
}

// A tile of ones among tiles of zeros leaves its weights; all of them together are one everywhere.
void TestTiles::weightsSumToOne() {
    for (const int overlap : {1, 2, 5}) {
        const TileGrid grid{27, 23, 11, 10, overlap};
        std::vector<double> sum(27 * 23);
        const Image zeros(11, 10, 1, PixelType::F32);
        Image ones(11, 10, 1, PixelType::F32);
        for (int i = 0; i < 110; ++i) reinterpret_cast<float*>(ones.data())[i] = 1;
        for (std::size_t white = 0; white < grid.count(); ++white) {
            Image out(27, 23, 1, PixelType::F32);
            for (std::size_t i = 0; i < grid.count(); ++i) placeTile(out, grid, i, i == white ? ones : zeros);
            for (int y = 0; y < 23; ++y)
                for (int x = 0; x < 27; ++x) {
                    const float weight = out.row<float>(y)[x];
                    const PixelRect rect = grid.inside(white);
                    const bool within = x >= rect.x && x < rect.right() && y >= rect.y && y < rect.bottom();
                    QVERIFY(within ? weight > 0 && weight <= 1 : weight == 0);
                    sum[std::size_t(y * 27 + x)] += double(weight);
                }
        }
        for (const double all : sum) QVERIFY(std::abs(all - 1) < 1e-6);
    }
}

QTEST_APPLESS_MAIN(TestTiles)
#include "tst_tiles.moc"
