// links: imago_base JPEG::JPEG ZLIB::ZLIB
// Pictures: every kind of PNG and JPEG, damaged and hostile files, and geometry against what it must be.
#include "core/image/codecs.h"
#include "core/image/geometry.h"
#include "core/image/image.h"
#include "core/image/jpeg.h"
#include "core/image/png.h"

#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <random>

#include <jpeglib.h>
#include <zlib.h>

#include "core/base/durable_file.h"

using namespace imago;

namespace {

using File = std::vector<std::uint8_t>;

void append32(std::string& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out += char(value >> shift);
}

std::string chunk(const std::string& type, const std::string& body) {
    std::string out;
    append32(out, std::uint32_t(body.size()));
    out += type;
    out += body;
    append32(out, std::uint32_t(crc32(0, reinterpret_cast<const Bytef*>((type + body).data()), uInt(body.size() + 4))));
    return out;
}

std::string deflated(const std::string& raw) {
    uLongf size = compressBound(raw.size());
    std::string out(size, '\0');
    compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(raw.data()), raw.size(), 9);
    out.resize(size);
    return out;
}

std::string ihdr(std::uint32_t width, std::uint32_t height, int depth, int colour, int interlace = 0) {
    std::string body;
    append32(body, width);
    append32(body, height);
    body += {char(depth), char(colour), 0, 0, char(interlace)};
    return chunk("IHDR", body);
}

// A PNG by hand: `raw` are the filtered rows, `before` the chunks between header and data.
File pngByHand(const std::string& header, const std::string& raw, const std::string& before = {}) {
    const std::string text = "\x89PNG\r\n\x1a\n" + header + before + chunk("IDAT", deflated(raw)) + chunk("IEND", "");
    return {text.begin(), text.end()};
}

Image randomImage(int width, int height, int channels, PixelType type, unsigned seed) {
    std::mt19937 rng(seed);
    Image out(width, height, channels, type);
    for (int y = 0; y < height; ++y)
        for (int i = 0; i < width * channels; ++i) {
            if (type == PixelType::U8) out.row<std::uint8_t>(y)[i] = std::uint8_t(rng());
            if (type == PixelType::U16) out.row<std::uint16_t>(y)[i] = std::uint16_t(rng());
            if (type == PixelType::F32) out.row<float>(y)[i] = float(rng() >> 8) * 0x1p-24F;
        }
    return out;
}

// Smooth, as photographs are.
Image smoothImage(int width, int height, int channels) {
    Image out(width, height, channels);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < channels; ++c)
                out.row<std::uint8_t>(y)[x * channels + c] = std::uint8_t(128 + 100 * std::sin(x * 0.05 + c) * std::cos(y * 0.04 + 2 * c));
    return out;
}

Image filled(int width, int height, std::initializer_list<int> pixel) {
    Image out(width, height, int(pixel.size()));
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) std::copy(pixel.begin(), pixel.end(), out.row<std::uint8_t>(y) + x * int(pixel.size()));
    return out;
}

int largestDifference(const Image& a, const Image& b) {
    if (a.width() != b.width() || a.height() != b.height() || a.channels() != b.channels()) return 1000;
    int worst = 0;
    for (std::size_t i = 0; i < a.byteCount(); ++i) worst = std::max(worst, std::abs(int(a.data()[i]) - int(b.data()[i])));
    return worst;
}

std::vector<int> samples(const Image& image) {
    std::vector<int> out;
    for (int y = 0; y < image.height(); ++y)
        for (int i = 0; i < image.width() * image.channels(); ++i)
            out.push_back(image.type() == PixelType::U16 ? image.row<std::uint16_t>(y)[i] : image.row<std::uint8_t>(y)[i]);
    return out;
}

std::size_t residentBytes() {
    std::ifstream in("/proc/self/statm");
    std::size_t total = 0, resident = 0;
    in >> total >> resident;
    return resident * 4096;
}

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

class TestImage : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void pngRoundTrip_data();
    void pngRoundTrip();
    void pngKinds();
    void pngInterlaced();
    void pngTextChunks();
    void pngBytesAreTheSame();
    void pngRefuses_data();
    void pngRefuses();
    void pngFlipsAreHarmless();
    void bombsAreRefused();
    void pngSurvivesDamage();
    void jpegRoundTrip();
    void jpegKinds();
    void jpegOrientation_data();
    void jpegOrientation();
    void jpegRefuses();
    void jpegSurvivesDamage();
    void codecs();
    void files();
    void types();
    void channels();
    void cropping();
    void areaAverages();
    void constantStaysConstant();
    void smoothStaysSmooth();
    void linearLight();
    void transparentColourDoesNotBleed();
    void squares();
    void grids();
};

void TestImage::pngRoundTrip_data() {
    QTest::addColumn<int>("channels");
    QTest::addColumn<bool>("wide");
    for (int channels = 1; channels <= 4; ++channels)
        for (bool wide : {false, true}) QTest::addRow("%d channels, %d bit", channels, wide ? 16 : 8) << channels << wide;
}

void TestImage::pngRoundTrip() {
    QFETCH(int, channels);
    QFETCH(bool, wide);
    for (const auto& [width, height] : {std::pair{1, 1}, {7, 3}, {64, 65}, {300, 2}}) {
        const Image image = randomImage(width, height, channels, wide ? PixelType::U16 : PixelType::U8, unsigned(width));
        const auto file = encodePng(image);
        QVERIFY(file && isPng(*file));
        const auto read = decodePng(*file, "x");
        QVERIFY2(read, read ? "" : read.error().text().c_str());
        QVERIFY(*read == image);
    }
}

void TestImage::pngKinds() {
    const auto read = [](const File& file) {
        const auto image = decodePng(file, "x");
        if (!image) qWarning("%s", image.error().text().c_str());
        return image ? samples(*image) : std::vector<int>{};
    };
    using V = std::vector<int>;
    QCOMPARE(read(pngByHand(ihdr(8, 1, 1, 0), std::string("\0\xA5", 2))), (V{255, 0, 255, 0, 0, 255, 0, 255}));
    QCOMPARE(read(pngByHand(ihdr(4, 1, 2, 0), std::string("\0\x1B", 2))), (V{0, 85, 170, 255}));
    QCOMPARE(read(pngByHand(ihdr(2, 1, 4, 0), std::string("\0\x3F", 2))), (V{51, 255}));
    QCOMPARE(read(pngByHand(ihdr(1, 2, 16, 0), std::string("\0\x12\x34\0\xFF\x01", 6))), (V{0x1234, 0xFF01}));
    QCOMPARE(read(pngByHand(ihdr(1, 1, 8, 2), std::string("\0\x01\x02\x03", 4))), (V{1, 2, 3}));
    QCOMPARE(read(pngByHand(ihdr(1, 1, 8, 4), std::string("\0\x09\x80", 3))), (V{9, 128}));
    const std::string palette = chunk("PLTE", std::string("\x0A\x0B\x0C\x14\x15\x16", 6));
    QCOMPARE(read(pngByHand(ihdr(2, 1, 8, 3), std::string("\0\x01\0", 3), palette)), (V{20, 21, 22, 10, 11, 12}));
    QCOMPARE(read(pngByHand(ihdr(8, 1, 1, 3), std::string("\0\x80", 2), palette)).front(), 20);
    QCOMPARE(read(pngByHand(ihdr(2, 1, 8, 3), std::string("\0\x01\0", 3), palette + chunk("tRNS", "\x40"))),
             (V{20, 21, 22, 255, 10, 11, 12, 64}));
    QCOMPARE(read(pngByHand(ihdr(2, 1, 8, 0), std::string("\0\x05\x06", 3), chunk("tRNS", std::string("\0\x05", 2)))), (V{5, 0, 6, 255}));
    // Colour profiles and other extras do not change the numbers.
    QCOMPARE(read(pngByHand(ihdr(1, 1, 8, 0), std::string("\0\x63", 2), chunk("gAMA", std::string("\0\0\x10\0", 4)) + chunk("teSt", "x"))),
             V{99});
    // Each row may be filtered: Sub, Up, Average, Paeth.
    QCOMPARE(read(pngByHand(ihdr(3, 4, 8, 0), std::string("\x01\x0A\x01\x01\x02\x01\x01\x01\x03\x05\x01\x01\x04\x01\x01\x01", 16))),
             (V{10, 11, 12, 11, 12, 13, 10, 12, 13, 11, 13, 14}));
}

void TestImage::pngInterlaced() {
    // Adam7 by hand: passes of an 8 x 8 grey picture whose values are 8 y + x.
    static constexpr int kX0[] = {0, 4, 0, 2, 0, 1, 0}, kY0[] = {0, 0, 4, 0, 2, 0, 1}, kDx[] = {8, 8, 4, 4, 2, 2, 1},
                         kDy[] = {8, 8, 8, 4, 4, 2, 2};
    std::string raw;
    for (int pass = 0; pass < 7; ++pass)
        for (int y = kY0[pass]; y < 8; y += kDy[pass]) {
            raw += '\0';
            for (int x = kX0[pass]; x < 8; x += kDx[pass]) raw += char(8 * y + x);
        }
    const auto image = decodePng(pngByHand(ihdr(8, 8, 8, 0, 1), raw), "x");
    QVERIFY(image);
    const auto got = samples(*image);
    for (int i = 0; i < 64; ++i) QCOMPARE(got[std::size_t(i)], i);
}

void TestImage::pngTextChunks() {
    const TextChunks texts{{"imago.seed", "42"}, {"Comment", "图像 é 🙂\nline"}, {"Empty", ""}};
    const auto file = encodePng(filled(2, 2, {1, 2, 3}), texts);
    QVERIFY(file);
    QVERIFY(pngTexts(*file, "x").value() == texts);
    QVERIFY(decodePng(*file, "x"));
    QVERIFY(!encodePng(filled(1, 1, {1}), {{"", "x"}}));
    QVERIFY(!encodePng(filled(1, 1, {1}), {{std::string(80, 'k'), "x"}}));
    QVERIFY(!encodePng(filled(1, 1, {1}), {{"k", std::string("a\0b", 3)}}));
    // Texts of other programs: Latin-1, packed, packed UTF-8; damaged ones are left out.
    std::string damaged = chunk("tEXt", std::string("bad\0x", 5));
    damaged.back() = char(damaged.back() ^ 1);
    const File other =
        pngByHand(ihdr(1, 1, 8, 0), std::string("\0\x01", 2),
                  chunk("tEXt", std::string("Title\0caf\xE9", 10)) + chunk("zTXt", std::string("Packed\0\0", 8) + deflated("hello")) +
                      chunk("iTXt", std::string("Both\0\x01\0en\0\0", 11) + deflated("héllo")) + damaged + chunk("tEXt", "no zero"));
    QVERIFY((pngTexts(other, "x").value() == TextChunks{{"Title", "café"}, {"Packed", "hello"}, {"Both", "héllo"}}));
    QVERIFY(!pngTexts(bytesOf("nothing"), "x"));
}

void TestImage::pngBytesAreTheSame() {
    const Image image = smoothImage(100, 80, 3);
    QVERIFY(*encodePng(image, {{"a", "b"}}) == *encodePng(copyOf(image), {{"a", "b"}}));
    // A view with longer rows gives the same as its copy.
    ImageView part = image.view();
    part.data += 5 * part.stride + 3 * 10;
    part.width = 40, part.height = 30;
    QVERIFY(*encodePng(part) == *encodePng(copyOf(part)));
}

void TestImage::pngRefuses_data() {
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QByteArray>("why");
    const auto row = [](const char* name, const File& file, const char* why) {
        QTest::newRow(name) << QByteArray(reinterpret_cast<const char*>(file.data()), qsizetype(file.size())) << QByteArray(why);
    };
    const File good = *encodePng(smoothImage(64, 64, 3));
    row("cut in the data", File(good.begin(), good.begin() + 500), "too early");
    row("cut in the header", File(good.begin(), good.begin() + 20), "header is missing");
    row("without end", File(good.begin(), good.end() - 12), "too early");
    File flipped = good;
    flipped[300] ^= 1;
    row("a flipped bit", flipped, "IDAT");
    row("40000 x 40000", pngByHand(ihdr(40000, 40000, 8, 2), ""), "40000 x 40000");
    row("wide", pngByHand(ihdr(2000000000, 1, 8, 2), ""), "too large");
    row("many pixels", pngByHand(ihdr(30000, 30000, 8, 0), ""), "at most 32768 a side and 268 million");
    row("no pixels", pngByHand(ihdr(0, 5, 8, 2), ""), "no pixels");
    row("bomb", pngByHand(ihdr(10000, 10000, 8, 2), std::string("\0", 1)), "too short for the size");
    row("depth 3", pngByHand(ihdr(1, 1, 3, 0), std::string("\0\0", 2)), "IHDR");
    row("palette without colours", pngByHand(ihdr(1, 1, 8, 3), std::string("\0\0", 2)), "PLTE");
    row("too little data", pngByHand(ihdr(50, 50, 8, 0), std::string(100, '\0')), "");
    row("unknown filter", pngByHand(ihdr(1, 1, 8, 0), "\x09x"), "filter");
}

void TestImage::pngRefuses() {
    QFETCH(QByteArray, file);
    QFETCH(QByteArray, why);
    const auto image = decodePng({reinterpret_cast<const std::uint8_t*>(file.constData()), std::size_t(file.size())}, "the file a.png");
    QVERIFY(!image);
    const auto text = QByteArray::fromStdString(image.error().text());
    QVERIFY2(text.contains("the file a.png") && text.contains(why) && !image.error().remedy.empty(), text.constData());
}

// T-FLIP: a changed bit is noticed, or the picture is the same (the bit was in a text).
void TestImage::pngFlipsAreHarmless() {
    const Image image = randomImage(7, 6, 3, PixelType::U8, 9);
    const File good = *encodePng(image, {{"imago.seed", "12345"}});
    int refused = 0, same = 0;
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        File file = good;
        file[bit / 8] ^= std::uint8_t(1U << (bit % 8));
        const auto read = decodePng(file, "x");
        if (!read) {
            ++refused;
            continue;
        }
        QVERIFY2(*read == image, QByteArray::number(qulonglong(bit)).constData());
        ++same;
    }
    qInfo("flips=%d refused=%d harmless=%d", refused + same, refused, same);
    for (std::size_t length = 0; length < good.size(); ++length) QVERIFY(!decodePng(Bytes(good).first(length), "x"));
}

void TestImage::bombsAreRefused() {  // T-BOMB: within 200 ms, without taking memory
    const auto before = residentBytes();
#if defined(__SANITIZE_ADDRESS__)
    constexpr double kSlower = 10;  // the sanitizer is; the figures count without it
    const std::size_t pieces = 20;
#else
    constexpr double kSlower = 1;
    const std::size_t pieces = 100;
#endif
    const auto quickly = [](auto&& work) {
        const std::clock_t start = std::clock();  // processor time: other programs may be busy
        work();
        return double(std::clock() - start) / CLOCKS_PER_SEC <= 0.2 * kSlower;
    };
    const std::string zeros = deflated(std::string(pieces << 20, '\0'));  // 1 : 1000
    const File packed = pngByHand(ihdr(1, 1, 8, 0), std::string("\0\x01", 2),
                                  chunk("zTXt", std::string("a\0\0", 3) + zeros) + chunk("iTXt", std::string("b\0\x01\0\0\0", 6) + zeros) +
                                      chunk("iCCP", std::string("c\0\0", 3) + zeros));
    QVERIFY(quickly([&] { QVERIFY(decodePng(packed, "x")); }));  // the picture is fine, the rest is not unpacked
    QVERIFY(quickly([&] { QVERIFY(pngTexts(packed, "x")->size() <= 2); }));
    std::string many;
    for (int i = 0; i < 100000; ++i) many += chunk("tEXt", std::string("k\0v", 3));
    const File chunks = pngByHand(ihdr(1, 1, 8, 0), std::string("\0\x01", 2), many);
    QVERIFY(quickly([&] { QVERIFY(decodePng(chunks, "x")); }));
    // The data go on for ever: libpng stops when the picture is full.
    const File longData = pngByHand(ihdr(4, 4, 8, 0), std::string(std::size_t(50) << 20, '\0'));
    QVERIFY(quickly([&] { static_cast<void>(decodePng(longData, "x")); }));
    File jpeg = *encodeJpeg(filled(16, 16, {1, 2, 3}));
    for (std::size_t i = 0; i + 9 < jpeg.size(); ++i)
        if (jpeg[i] == 0xFF && jpeg[i + 1] == 0xC0) jpeg[i + 5] = jpeg[i + 6] = jpeg[i + 7] = jpeg[i + 8] = 0x7F;  // 32639 x 32639
    QVERIFY(quickly([&] { QVERIFY(!decodeJpeg(jpeg, "x")); }));
#if !defined(__SANITIZE_ADDRESS__)
    QVERIFY2(residentBytes() < before + (std::size_t(64 + 130) << 20),
             "too much memory was taken");  // the files themselves are 130 MB at most
#else
    static_cast<void>(before);
#endif
}

void TestImage::pngSurvivesDamage() {
    std::vector<File> seeds;
    for (int channels = 1; channels <= 4; ++channels) {
        seeds.push_back(*encodePng(randomImage(9, 5, channels, PixelType::U8, 1), {{"key", "text"}}));
        seeds.push_back(*encodePng(randomImage(5, 4, channels, PixelType::U16, 2)));
    }
    const std::string palette = chunk("PLTE", std::string("\x0A\x0B\x0C\x14\x15\x16", 6));
    seeds.push_back(pngByHand(ihdr(2, 2, 8, 3), std::string("\0\x01\0\0\0\x01", 6), palette + chunk("tRNS", "\x40")));
    seeds.push_back(pngByHand(ihdr(8, 8, 1, 0, 1), std::string(15 + 15, '\0'), chunk("zTXt", std::string("k\0\0", 3) + deflated("text"))));
    std::mt19937 rng(20000);
    int read = 0;
    for (int i = 0; i < 20000; ++i) {
        File file = seeds[rng() % seeds.size()];
        for (unsigned e = 1 + rng() % 4; e > 0; --e) {
            const std::size_t at = rng() % 6 == 0 ? 16 + rng() % 13 : 8 + rng() % (file.size() - 8);
            switch (rng() % 4) {
                case 0:
                    file[at] = std::uint8_t(rng());
                    break;
                case 1:
                    file[at] ^= std::uint8_t(1U << rng() % 8);
                    break;
                case 2:
                    file.erase(file.begin() + long(at), file.begin() + long(std::min(file.size(), at + 1 + rng() % 4)));
                    break;
                default:
                    file.insert(file.begin() + long(at), std::uint8_t(rng()));
            }
            if (file.size() < 40) break;
        }
        // Most of the time the checksums are made right again, so that the damage gets further in.
        if (rng() % 4)
            for (std::size_t at = 8; at + 12 <= file.size();) {
                const std::size_t size =
                    std::size_t(file[at]) << 24 | std::size_t(file[at + 1]) << 16 | std::size_t(file[at + 2]) << 8 | file[at + 3];
                if (size > file.size() - at - 12) break;
                const auto crc = std::uint32_t(crc32(0, file.data() + at + 4, uInt(size + 4)));
                for (int b = 0; b < 4; ++b) file[at + 8 + size + std::size_t(b)] = std::uint8_t(crc >> (24 - 8 * b));
                at += size + 12;
            }
        const auto image = decodePng(file, "x");
        static_cast<void>(pngTexts(file, "x"));
        if (image) {
            ++read;
            QVERIFY(image->channels() >= 1 && image->channels() <= 4 && !image->isNull());
        } else {
            QVERIFY(!image.error().text().empty());
        }
    }
    qInfo("read=%d of 20000", read);
    QVERIFY(read > 200 && read < 19000);
}

void TestImage::jpegRoundTrip() {
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

void TestImage::jpegKinds() {
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

void TestImage::jpegOrientation_data() {
    QTest::addColumn<int>("orientation");
    for (int i = 1; i <= 8; ++i) QTest::addRow("%d", i) << i;
}

// The table of the EXIF standard: where row 0 and column 0 of the file are in the picture as seen.
void TestImage::jpegOrientation() {
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
        QCOMPARE(imago::jpegOrientation(file), orientation);
        const auto read = decodeJpeg(file, "x");
        QVERIFY(read);
        QVERIFY2(largestDifference(*read, seen) < 40, QByteArray::number(largestDifference(*read, seen)).constData());
    }
    QCOMPARE(imago::jpegOrientation(withOrientation(plain, 9, true)), 1);
    QCOMPARE(imago::jpegOrientation(plain), 1);
}

void TestImage::jpegRefuses() {
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

void TestImage::jpegSurvivesDamage() {
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
        read += image.ok();
        if (!image) QVERIFY(!image.error().text().empty());
    }
    qInfo("read=%d of 5000", read);
    QVERIFY(read > 50);
}

void TestImage::codecs() {
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

void TestImage::files() {
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

void TestImage::cropping() {
    const Image image = randomImage(10, 8, 3, PixelType::U16, 1);
    const Image part = crop(image, 2, 3, 4, 5);
    QVERIFY(part.width() == 4 && part.height() == 5);
    for (int y = 0; y < 5; ++y) QVERIFY(std::memcmp(part.row<std::uint16_t>(y), image.row<std::uint16_t>(y + 3) + 6, 24) == 0);
    QVERIFY(crop(image, -2, -2, 100, 100) == image);
    QVERIFY(crop(image, 8, 0, 5, 1).width() == 2);
    QVERIFY(crop(image, 10, 0, 5, 5).isNull() && crop(image, 0, 0, 0, 5).isNull() && crop(image, 2147483647, 0, 2147483647, 5).isNull());
}

void TestImage::areaAverages() {
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

void TestImage::constantStaysConstant() {
    for (int value : {0, 1, 77, 128, 254, 255})
        for (Filter filter : {Filter::Nearest, Filter::Area, Filter::Bicubic, Filter::Lanczos})
            for (bool linear : {false, true})
                for (const auto& [width, height] : {std::pair{1, 1}, {3, 50}, {31, 17}, {64, 64}, {7, 200}}) {
                    const Image out = resize(filled(31, 17, {value, 255 - value, value, 200}), width, height, filter, linear);
                    QVERIFY2(out == filled(width, height, {value, 255 - value, value, 200}),
                             qPrintable(QString("%1 %2 %3 %4x%5").arg(value).arg(int(filter)).arg(linear).arg(width).arg(height)));
                }
}

// A smooth picture made smaller and larger is the same function sampled elsewhere.
void TestImage::smoothStaysSmooth() {
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

void TestImage::linearLight() {
    Image checker(2, 2, 1);
    checker.data()[0] = checker.data()[3] = 255;
    QCOMPARE(samples(resize(checker, 1, 1, Filter::Area, true)), std::vector<int>{188});  // half the light
    QCOMPARE(samples(resize(checker, 1, 1, Filter::Area, false)), std::vector<int>{128});
    QCOMPARE(samples(resize(withType(checker, PixelType::U16), 1, 1, Filter::Area, true))[0] / 257, 187);
}

void TestImage::transparentColourDoesNotBleed() {
    Image image(2, 1, 4);
    const std::uint8_t pixels[] = {255, 0, 0, 0, 0, 0, 200, 255};  // transparent red beside opaque blue
    std::memcpy(image.data(), pixels, sizeof pixels);
    QCOMPARE(samples(resize(image, 1, 1, Filter::Area)), (std::vector<int>{0, 0, 200, 128}));
}

void TestImage::squares() {
    Image wide(6, 2, 1);
    for (int i = 0; i < 12; ++i) wide.data()[i] = std::uint8_t(i % 6 * 10);
    QCOMPARE(samples(fitSquare(wide, 2)), (std::vector<int>{20, 30, 20, 30}));
    QCOMPARE(samples(fitSquare(wide, 1)), std::vector<int>{25});
    QCOMPARE(fitSquare(smoothImage(300, 100, 3), 28).height(), 28);
}

void TestImage::grids() {
    std::vector<Image> tiles;
    for (int i = 0; i < 5; ++i) tiles.push_back(filled(2, 1, {i, i + 1, i + 2}));
    const Image grid = makeGrid(tiles, 3, 1, {9, 9, 9});
    QVERIFY(grid.width() == 8 && grid.height() == 3 && grid.channels() == 3);
    for (int i = 0; i < 5; ++i) QVERIFY(crop(grid, i % 3 * 3, i / 3 * 2, 2, 1) == tiles[std::size_t(i)]);
    QVERIFY(crop(grid, 2, 0, 1, 3) == filled(1, 3, {9, 9, 9}) && crop(grid, 6, 2, 2, 1) == filled(2, 1, {9, 9, 9}));
    QVERIFY(makeGrid(tiles, 100).width() == 10);
    QVERIFY(makeGrid({}, 3).isNull());
    QVERIFY(makeGrid(std::span(tiles).first(1), 1) == tiles[0]);
    const std::vector<Image> grey{filled(1, 1, {5}), filled(1, 1, {6})};
    QCOMPARE(samples(makeGrid(grey, 2, 1, {255, 255, 255})), (std::vector<int>{5, 255, 6}));
}

QTEST_APPLESS_MAIN(TestImage)
#include "tst_image.moc"
