// links: imago_base JPEG::JPEG
// JPEG: every kind of it, orientations, and damaged files.
#include <QtTest>
#include <cstdio>
#include <cstring>
#include <random>

#include <jpeglib.h>

#include "core/image/exif.h"
#include "core/image/jpeg.h"
#include "core/image/photo.h"
#include "tests/support/images.h"

using namespace imago;
using namespace imago::test;

namespace {

// An APP1 block with nothing but an orientation, put behind the start of the file.
File withOrientation(const File& jpeg, int orientation, bool little) {
    std::string tiff = little ? std::string("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 18)
                              : std::string("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01", 18);
    tiff += little ? std::string{char(orientation), 0, 0, 0} : std::string{0, char(orientation), 0, 0};
    tiff += std::string(4, '\0');
    const std::string body = std::string("Exif\0\0", 6) + tiff;
    const std::string text = std::string("\xFF\xD8\xFF\xE1") + char((body.size() + 2) >> 8) + char(body.size() + 2) + body;
    File out(text.begin(), text.end());
    out.insert(out.end(), jpeg.begin() + 2, jpeg.end());
    return out;
}

File jpegBySpace(J_COLOR_SPACE in, J_COLOR_SPACE stored, int channels, std::initializer_list<int> pixel, bool progressive = false) {
    jpeg_compress_struct info{};
    jpeg_error_mgr manager;
    info.err = jpeg_std_error(&manager);
    jpeg_create_compress(&info);
    unsigned char* out = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&info, &out, &size);
    info.image_width = info.image_height = 16;
    info.input_components = channels;
    info.in_color_space = in;
    jpeg_set_defaults(&info);
    jpeg_set_colorspace(&info, stored);
    jpeg_set_quality(&info, 100, TRUE);
    if (progressive) jpeg_simple_progression(&info);
    jpeg_start_compress(&info, TRUE);
    Image image = filled(16, 1, pixel);
    for (int y = 0; y < 16; ++y) {
        JSAMPROW row = image.data();
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    File file(out, out + size);
    jpeg_destroy_compress(&info);
    std::free(out);
    return file;
}

}  // namespace

class TestJpeg : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void roundTrip();
    void kinds();
    void orientations_data();
    void orientations();
    void profilesAndExif();
    void refuses();
    void survivesDamage();
};

void TestJpeg::roundTrip() {
    for (int channels : {1, 3}) {
        const Image image = smoothImage(123, 77, channels);
        const auto file = encodeJpeg(image, 95);
        QVERIFY(file && isJpeg(*file));
        const auto read = decodeJpeg(*file, "x");
        QVERIFY(read);
        QVERIFY2(largestDifference(*read, image) <= 6, QByteArray::number(largestDifference(*read, image)).constData());
        QVERIFY(*encodeJpeg(image, 95) == *file);
    }
    QVERIFY(!encodeJpeg(Image(4, 4, 4)) && !encodeJpeg(Image(4, 4, 3, PixelType::U16)));
}

void TestJpeg::kinds() {
    const auto colour = [](const File& file) {
        const auto image = decodeJpeg(file, "x");
        if (!image || image->channels() != 3) return QByteArray("no");
        const auto* p = image->row<std::uint8_t>(8) + 24;
        return QByteArray::number(p[0]) + ' ' + QByteArray::number(p[1]) + ' ' + QByteArray::number(p[2]);
    };
    const auto near = [](const QByteArray& text, int r, int g, int b) {
        const auto parts = text.split(' ');
        return parts.size() == 3 && std::abs(parts[0].toInt() - r) <= 3 && std::abs(parts[1].toInt() - g) <= 3 &&
               std::abs(parts[2].toInt() - b) <= 3;
    };
    QVERIFY(near(colour(jpegBySpace(JCS_RGB, JCS_YCbCr, 3, {200, 100, 50}, true)), 200, 100, 50));  // progressive
    QVERIFY(near(colour(jpegBySpace(JCS_RGB, JCS_RGB, 3, {200, 100, 50})), 200, 100, 50));
    // libjpeg writes the Adobe marker: 255 is no ink. Cyan 0 (full), no other ink: red is gone.
    QVERIFY(near(colour(jpegBySpace(JCS_CMYK, JCS_CMYK, 4, {0, 255, 255, 255})), 0, 255, 255));
    QVERIFY(near(colour(jpegBySpace(JCS_CMYK, JCS_YCCK, 4, {255, 128, 255, 255})), 255, 128, 255));
    QVERIFY(near(colour(jpegBySpace(JCS_CMYK, JCS_CMYK, 4, {255, 255, 255, 0})), 0, 0, 0));
}

void TestJpeg::orientations_data() {
    QTest::addColumn<int>("orientation");
    for (int i = 1; i <= 8; ++i) QTest::addRow("%d", i) << i;
}

void TestJpeg::orientations() {
    QFETCH(int, orientation);
    Image seen = filled(32, 16, {0, 0, 0});  // as it should be seen: red top left, green top right, blue bottom left
    const auto paint = [&](int x0, int y0, int channel) {
        for (int y = y0; y < y0 + 8; ++y)
            for (int x = x0; x < x0 + 8; ++x) seen.row<std::uint8_t>(y)[3 * x + channel] = 255;
    };
    paint(0, 0, 0);
    paint(24, 0, 1);
    paint(0, 8, 2);
    // row 0 of the file is this side of the picture, column 0 that one.
    static const char* const kRow[] = {"top", "top", "bottom", "bottom", "left", "right", "right", "left"};
    static const char* const kColumn[] = {"left", "right", "right", "left", "top", "top", "bottom", "bottom"};
    const std::string row = kRow[orientation - 1], column = kColumn[orientation - 1];
    const bool swapped = row == "left" || row == "right";
    Image stored(swapped ? 16 : 32, swapped ? 32 : 16, 3);
    for (int r = 0; r < stored.height(); ++r)
        for (int c = 0; c < stored.width(); ++c) {
            const int across = swapped ? r : c, down = swapped ? c : r;
            const bool fromRight = (swapped ? row : column) == "right", fromBottom = (swapped ? column : row) == "bottom";
            const int x = fromRight ? 31 - across : across, y = fromBottom ? 15 - down : down;
            std::memcpy(stored.row<std::uint8_t>(r) + 3 * c, seen.row<std::uint8_t>(y) + 3 * x, 3);
        }
    QVERIFY(oriented(stored, orientation) == seen);
    const File plain = *encodeJpeg(stored, 100);
    for (bool little : {false, true}) {
        const File file = withOrientation(plain, orientation, little);
        QCOMPARE(jpegOrientation(file), orientation);
        const auto read = decodeJpeg(file, "x");
        QVERIFY(read);
        QVERIFY2(largestDifference(*read, seen) < 40, QByteArray::number(largestDifference(*read, seen)).constData());
    }
    QCOMPARE(jpegOrientation(withOrientation(plain, 9, true)), 1);
    QCOMPARE(jpegOrientation(plain), 1);
}

void TestJpeg::profilesAndExif() {
    const File plain = *encodeJpeg(smoothImage(16, 16, 3));
    File profile(100'000);  // more than one segment holds
    for (std::size_t i = 0; i < profile.size(); ++i) profile[i] = std::uint8_t(i * 7 + i / 256);
    const auto segment = [&](int number, int count, Bytes piece) {
        std::string out = std::string("\xFF\xE2") + char((piece.size() + 16) >> 8) + char(piece.size() + 16);
        out += std::string("ICC_PROFILE\0", 12) + char(number) + char(count);
        return out.append(piece.begin(), piece.end());
    };
    const std::string one = segment(1, 2, Bytes(profile).first(60'000)), two = segment(2, 2, Bytes(profile).subspan(60'000));
    const auto with = [&](const std::string& segments) {
        File file(plain.begin(), plain.begin() + 2);
        file.insert(file.end(), segments.begin(), segments.end());
        file.insert(file.end(), plain.begin() + 2, plain.end());
        return readPhoto(file, "x");
    };
    QVERIFY(with(one + two)->icc == profile);
    QVERIFY(with(two + one)->icc == profile);  // by their numbers
    QVERIFY(with(one + two)->image == *decodeJpeg(plain, "x"));
    QVERIFY(with(one)->icc.empty() && with(two)->icc.empty() && with(one + one)->icc.empty());
    QVERIFY(with({})->icc.empty() && with({})->metadata.exif.empty());
    const auto turned = readPhoto(withOrientation(plain, 6, true), "x");
    QCOMPARE(turned->metadata.exif.size(), std::size_t(26));
    QCOMPARE(exifOrientation(turned->metadata.exif), 6);
}

void TestJpeg::refuses() {
    const File good = *encodeJpeg(smoothImage(200, 200, 3));
    for (std::size_t length : {std::size_t(3), std::size_t(20), good.size() / 2, good.size() - 100}) {
        const auto read = decodeJpeg(Bytes(good).first(length), "the file b.jpg");
        QVERIFY(!read);
        QVERIFY2(read.error().text().find("the file b.jpg cannot be read as a JPEG") == 0 && !read.error().remedy.empty(),
                 read.error().text().c_str());
    }
    QVERIFY(!decodeJpeg(bytesOf("\xFF\xD8\xFF\xD9"), "x"));
    QVERIFY(!decodeJpeg(bytesOf("nothing"), "x"));
}

void TestJpeg::survivesDamage() {
    std::vector<File> seeds{*encodeJpeg(smoothImage(24, 17, 3)), *encodeJpeg(smoothImage(16, 16, 1)),
                            withOrientation(*encodeJpeg(smoothImage(8, 8, 3)), 6, true), jpegBySpace(JCS_CMYK, JCS_YCCK, 4, {1, 2, 3, 4}),
                            jpegBySpace(JCS_RGB, JCS_YCbCr, 3, {9, 8, 7}, true)};
    std::mt19937 rng(5000);
    int read = 0;
    for (int i = 0; i < 5000; ++i) {
        File file = seeds[rng() % seeds.size()];
        for (unsigned e = 1 + rng() % 4; e > 0; --e) {
            const std::size_t at = 2 + rng() % (file.size() - 2);
            if (rng() % 8 == 0)
                file.resize(std::max<std::size_t>(8, at));
            else
                file[at] = std::uint8_t(rng());
        }
        const auto image = decodeJpeg(file, "x");
        Photo photo;
        jpegExtras(file, photo);
        read += image.ok();
        if (!image) QVERIFY(!image.error().text().empty());
    }
    qInfo("read=%d of 5000", read);
    QVERIFY(read > 50);
}

QTEST_APPLESS_MAIN(TestJpeg)
#include "tst_jpeg.moc"
