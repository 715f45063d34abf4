// links: imago_base
// Codecs: formats told apart by their first bytes, and pictures in files.
#include <QTemporaryDir>
#include <QtTest>

#include "core/base/durable_file.h"
#include "core/image/codecs.h"
#include "core/image/jpeg.h"
#include "tests/support/images.h"

using namespace imago;
using namespace imago::test;

class TestCodecs : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void codecs();
    void files();
};

void TestCodecs::codecs() {
    const Image image = filled(3, 2, {10, 20, 30});
    QVERIFY(readImage(*encodePng(image), "x").value() == image);
    QVERIFY(readImage(*encodeJpeg(image), "x"));
    const auto says = [](std::string_view head, const char* word) {
        const auto read = readImage(bytesOf(head), "the picture");
        const bool good = !read && read.error().text().find(word) != std::string::npos && read.error().text().find("the picture") == 0;
        if (!good && !read) qWarning("%s", read.error().text().c_str());
        return good;
    };
    using namespace std::string_view_literals;
    QVERIFY(says("", "is empty"));
    QVERIFY(says("GIF89a....", "a GIF, which this program does not read (it reads PNG, JPEG, WebP, TIFF, BMP)"));
    QVERIFY(says("RIFF1234WEBPVP8 ", "a WebP"));
    QVERIFY(says("II*\0\x08\0\0\0"sv, "a TIFF"));
    QVERIFY(says("hello, world", "not a picture"));
    CodecList list = builtInCodecs();
    list.push_back({"gif",
                    "GIF",
                    {"gif"},
                    [](Bytes head) { return head.size() > 3 && head[0] == 'G'; },
                    [](Bytes, const std::string&) -> Result<Image> { return filled(1, 1, {7}); }});
    QCOMPARE(readImage(bytesOf("GIF89a"), "x", list)->width(), 1);
    QVERIFY(hasImageExtension("a/B.JPeG") && !hasImageExtension("a.gif") && hasImageExtension("a.gif", list) && !hasImageExtension("png"));
}

void TestCodecs::files() {
    QTemporaryDir dir;
    const std::filesystem::path base = dir.filePath("图像 é 空格").toStdString();
    QVERIFY(makeFolders(base));
    const Image image = randomImage(5, 4, 4, PixelType::U8, 3);
    QVERIFY(writeImage(base / "a.png", image, {{"imago.seed", "7"}}));
    QVERIFY(readImage(base / "a.png").value() == image);
    QCOMPARE(pngTexts(readFile(base / "a.png").value(), "x")->front().second, std::string("7"));
    QVERIFY(writeImage(base / "a.JPG", image));  // alpha on white
    QCOMPARE(readImage(base / "a.JPG")->channels(), 3);
    QVERIFY(writeImage(base / "f.png", randomImage(5, 4, 3, PixelType::F32, 3)));
    QCOMPARE(readImage(base / "f.png")->type(), PixelType::U16);
    QCOMPARE(writeImage(base / "a.bmp", image).error().code, ErrorCode::Usage);
    QCOMPARE(writeImage(base / "gone" / "a.png", image).error().code, ErrorCode::Disk);
    const auto none = readImage(base / "none.png");
    QVERIFY(!none && none.error().text().find("none.png") != std::string::npos && none.error().code == ErrorCode::BadInput);
}

QTEST_APPLESS_MAIN(TestCodecs)
#include "tst_codecs.moc"
