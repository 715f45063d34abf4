// links: imago_base ZLIB::ZLIB
// PNG: every kind of it, its texts, damaged files and hostile ones.
#include <QtTest>
#include <ctime>
#include <fstream>
#include <random>

#include <zlib.h>

#include "core/image/jpeg.h"
#include "core/image/photo.h"
#include "core/image/png.h"
#include "tests/support/images.h"

using namespace imago;
using namespace imago::test;

namespace {

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

std::size_t residentBytes() {
    std::ifstream in("/proc/self/statm");
    std::size_t total = 0, resident = 0;
    in >> total >> resident;
    return resident * 4096;
}

}  // namespace

class TestPng : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void roundTrip_data();
    void roundTrip();
    void kinds();
    void interlaced();
    void textChunks();
    void profilesAndExif();
    void bytesAreTheSame();
    void refuses_data();
    void refuses();
    void flipsAreHarmless();
    void bombsAreRefused();
    void survivesDamage();
};

void TestPng::roundTrip_data() {
    QTest::addColumn<int>("channels");
    QTest::addColumn<bool>("wide");
    for (int channels = 1; channels <= 4; ++channels)
        for (bool wide : {false, true}) QTest::addRow("%d channels, %d bit", channels, wide ? 16 : 8) << channels << wide;
}

void TestPng::roundTrip() {
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

void TestPng::kinds() {
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

void TestPng::interlaced() {
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

void TestPng::textChunks() {
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

void TestPng::profilesAndExif() {
    const std::string row("\0\x01", 2), profile = "a colour profile", exif("II*\0\x08\0\0\0\0\0\0\0\0\0", 14);
    const auto photo = [&](const std::string& chunks) { return readPhoto(pngByHand(ihdr(1, 1, 8, 0), row, chunks), "x"); };
    const std::string icc = chunk("iCCP", std::string("name\0\0", 6) + deflated(profile));
    const auto all = photo(icc + chunk("eXIf", exif) + chunk("tEXt", std::string("Title\0pine", 10)));
    QVERIFY(all);
    QVERIFY(std::string(all->icc.begin(), all->icc.end()) == profile);
    QVERIFY(std::string(all->metadata.exif.begin(), all->metadata.exif.end()) == exif);
    QVERIFY((all->metadata.texts == TextChunks{{"Title", "pine"}}));
    QCOMPARE(samples(all->image), std::vector<int>{1});
    // Nothing is guessed: no profile, one that is damaged, one packed in another way.
    const auto plain = photo({});
    QVERIFY(plain && plain->icc.empty() && plain->metadata.exif.empty() && plain->metadata.texts.empty());
    std::string flipped = icc;
    flipped.back() = char(flipped.back() ^ 1);
    QVERIFY(photo(flipped)->icc.empty());
    QVERIFY(photo(chunk("iCCP", std::string("name\0\x01", 6) + deflated(profile)))->icc.empty());
    QVERIFY(photo(chunk("iCCP", std::string("name\0", 5)))->icc.empty());
    QVERIFY(photo(chunk("iCCP", std::string("name\0\0cut", 9)))->icc.empty());
}

void TestPng::bytesAreTheSame() {
    const Image image = smoothImage(100, 80, 3);
    QVERIFY(*encodePng(image, {{"a", "b"}}) == *encodePng(copyOf(image), {{"a", "b"}}));
    // A view with longer rows gives the same as its copy.
    ImageView part = image.view();
    part.data += 5 * part.stride + 3 * 10;
    part.width = 40, part.height = 30;
    QVERIFY(*encodePng(part) == *encodePng(copyOf(part)));
}

void TestPng::refuses_data() {
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

void TestPng::refuses() {
    QFETCH(QByteArray, file);
    QFETCH(QByteArray, why);
    const auto image = decodePng({reinterpret_cast<const std::uint8_t*>(file.constData()), std::size_t(file.size())}, "the file a.png");
    QVERIFY(!image);
    const auto text = QByteArray::fromStdString(image.error().text());
    QVERIFY2(text.contains("the file a.png") && text.contains(why) && !image.error().remedy.empty(), text.constData());
}

void TestPng::flipsAreHarmless() {
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

void TestPng::bombsAreRefused() {  // T-BOMB: within 200 ms, without taking memory
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
    QVERIFY(quickly([&] { QVERIFY(readPhoto(packed, "x")->icc.empty()); }));
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

void TestPng::survivesDamage() {
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
        Photo photo;
        pngExtras(file, photo);
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

QTEST_APPLESS_MAIN(TestPng)
#include "tst_png.moc"
