// links: imago_base TIFF::TIFF PkgConfig::WEBP_TEST
// WebP, TIFF and BMP: what independent writers make is read exactly, turned as its orientation says; what is cut off,
// damaged or absurdly large is refused with a sentence, before it costs memory.
#include <tiffio.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include <QTemporaryDir>
#include <QTest>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "core/base/durable_file.h"
#include "core/base/random.h"
#include "core/image/bmp.h"
#include "core/image/codecs.h"
#include "core/image/exif.h"
#include "core/image/jpeg.h"
#include "core/image/photo.h"
#include "core/image/tiff.h"
#include "core/image/webp.h"

using namespace imago;

namespace {

using Buffer = std::vector<std::uint8_t>;

Image noise(int width, int height, int channels, PixelType type = PixelType::U8) {
    Image image(width, height, channels, type);
    for (std::size_t i = 0; i < image.byteCount(); ++i) image.data()[i] = static_cast<std::uint8_t>(randomBits({3, Purpose::Test, 1}, i));
    if (type == PixelType::F32)
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width * channels; ++x)
                image.row<float>(y)[x] = uniform({3, Purpose::Test, 2}, static_cast<std::uint64_t>(y * 1000 + x));
    return image;
}

Buffer webp(const Image& image) {
    std::uint8_t* out = nullptr;
    const std::size_t size =
        image.channels() == 4 ? WebPEncodeLosslessRGBA(image.data(), image.width(), image.height(), static_cast<int>(image.stride()), &out)
                              : WebPEncodeLosslessRGB(image.data(), image.width(), image.height(), static_cast<int>(image.stride()), &out);
    Buffer bytes(out, out + size);
    WebPFree(out);
    return bytes;
}

Buffer withChunk(const Buffer& file, const char* type, const Buffer& body) {
    const WebPData picture{file.data(), file.size()}, chunk{body.data(), body.size()};
    WebPMux* mux = WebPMuxCreate(&picture, 1);
    WebPMuxSetChunk(mux, type, &chunk, 1);
    WebPData out;
    WebPMuxAssemble(mux, &out);
    Buffer bytes(out.bytes, out.bytes + out.size);
    WebPDataClear(&out);
    WebPMuxDelete(mux);
    return bytes;
}

// With nothing but an orientation.
Buffer exifBlock(int orientation) {
    return {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, static_cast<std::uint8_t>(orientation), 0, 0, 0, 0, 0, 0, 0};
}

Buffer animatedWebp(const Image& first, const Image& second) {
    WebPAnimEncoderOptions options;
    WebPAnimEncoderOptionsInit(&options);
    WebPAnimEncoder* encoder = WebPAnimEncoderNew(first.width(), first.height(), &options);
    WebPConfig config;
    WebPConfigInit(&config);
    config.lossless = 1;
    config.exact = 1;
    int time = 0;
    for (const Image* image : {&first, &second}) {
        WebPPicture picture;
        WebPPictureInit(&picture);
        picture.use_argb = 1;
        picture.width = image->width();
        picture.height = image->height();
        WebPPictureImportRGB(&picture, image->data(), static_cast<int>(image->stride()));
        WebPAnimEncoderAdd(encoder, &picture, time, &config);
        WebPPictureFree(&picture);
        time += 100;
    }
    WebPAnimEncoderAdd(encoder, nullptr, time, nullptr);
    WebPData out;
    WebPDataInit(&out);
    WebPAnimEncoderAssemble(encoder, &out);
    Buffer bytes(out.bytes, out.bytes + out.size);
    WebPDataClear(&out);
    WebPAnimEncoderDelete(encoder);
    return bytes;
}

struct TiffKind {
    int compression = COMPRESSION_NONE, photometric = PHOTOMETRIC_RGB, orientation = 1;
    bool tiled = false, planes = false;
    int alpha = 0;  // EXTRASAMPLE_...
    Buffer icc{};
};

void put(Buffer& out, std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

// A BMP with a 40-byte header; height < 0: rows from the top.
Buffer bmp(int width, int height, int bits, std::uint32_t compression, const Buffer& middle, const Buffer& pixels) {
    Buffer out{'B', 'M'};
    const auto at = static_cast<std::uint32_t>(54 + middle.size());
    put(out, at + static_cast<std::uint32_t>(pixels.size()), 4);
    put(out, 0, 4);
    put(out, at, 4);
    put(out, 40, 4);
    put(out, static_cast<std::uint32_t>(width), 4);
    put(out, static_cast<std::uint32_t>(height), 4);
    put(out, 1, 2);
    put(out, static_cast<std::uint32_t>(bits), 2);
    put(out, compression, 4);
    for (int i = 0; i < 5; ++i) put(out, 0, 4);
    out.insert(out.end(), middle.begin(), middle.end());
    out.insert(out.end(), pixels.begin(), pixels.end());
    return out;
}

Image rgb(int width, int height, const std::vector<std::uint8_t>& values) {
    Image image(width, height, 3);
    std::memcpy(image.data(), values.data(), image.byteCount());
    return image;
}

}  // namespace

class FormatsTest : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;

    Buffer tiff(const Image& image, const TiffKind& kind) {
        const std::string path = (m_folder.path() + "/t.tif").toStdString();
        TIFF* out = TIFFOpen(path.c_str(), "w");
        const int bits = image.type() == PixelType::U8 ? 8 : image.type() == PixelType::U16 ? 16 : 32;
        TIFFSetField(out, TIFFTAG_IMAGEWIDTH, image.width());
        TIFFSetField(out, TIFFTAG_IMAGELENGTH, image.height());
        TIFFSetField(out, TIFFTAG_BITSPERSAMPLE, bits);
        TIFFSetField(out, TIFFTAG_SAMPLESPERPIXEL, image.channels());
        TIFFSetField(out, TIFFTAG_PHOTOMETRIC, kind.photometric);
        TIFFSetField(out, TIFFTAG_COMPRESSION, kind.compression);
        TIFFSetField(out, TIFFTAG_PLANARCONFIG, kind.planes ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
        TIFFSetField(out, TIFFTAG_ORIENTATION, kind.orientation);
        if (bits == 32) TIFFSetField(out, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_IEEEFP);
        const std::uint16_t extra[1] = {static_cast<std::uint16_t>(kind.alpha)};
        if (kind.alpha) TIFFSetField(out, TIFFTAG_EXTRASAMPLES, 1, extra);
        if (!kind.icc.empty()) TIFFSetField(out, TIFFTAG_ICCPROFILE, static_cast<std::uint32_t>(kind.icc.size()), kind.icc.data());
        if (kind.tiled) {
            TIFFSetField(out, TIFFTAG_TILEWIDTH, 16);
            TIFFSetField(out, TIFFTAG_TILELENGTH, 16);
            for (int y = 0; y < image.height(); y += 16)
                for (int x = 0; x < image.width(); x += 16) {
                    Image tile(16, 16, image.channels(), image.type());
                    for (int r = 0; r < std::min(16, image.height() - y); ++r)
                        std::memcpy(tile.row<std::uint8_t>(r),
                                    image.row<std::uint8_t>(y + r) +
                                        static_cast<std::size_t>(x) * image.stride() / static_cast<std::size_t>(image.width()),
                                    static_cast<std::size_t>(std::min(16, image.width() - x)) * image.stride() /
                                        static_cast<std::size_t>(image.width()));
                    TIFFWriteTile(out, tile.data(), static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y), 0, 0);
                }
        } else {
            TIFFSetField(out, TIFFTAG_ROWSPERSTRIP, 5);
            for (int s = 0; s < (kind.planes ? image.channels() : 1); ++s)
                for (int y = 0; y < image.height(); ++y) {
                    Buffer row(image.row<std::uint8_t>(y), image.row<std::uint8_t>(y) + image.stride());
                    if (kind.planes)
                        for (int x = 0; x < image.width(); ++x)
                            row[static_cast<std::size_t>(x)] = image.row<std::uint8_t>(y)[x * image.channels() + s];
                    TIFFWriteScanline(out, row.data(), static_cast<std::uint32_t>(y), static_cast<std::uint16_t>(s));
                }
        }
        TIFFClose(out);
        return *readFile(path);
    }

    static Image read(const Buffer& file) {
        Result<Image> image = readImage(Bytes(file), "x");
        if (!image) qWarning("%s", image.error().text().c_str());
        return image ? std::move(*image) : Image();
    }
    static std::string errorOf(const Buffer& file) {
        const Result<Image> image = readImage(Bytes(file), "x");
        return image ? std::string() : image.error().text();
    }

  private Q_SLOTS:
    void webpIsReadExactly() {
        const Image colour = noise(37, 23, 3);
        QVERIFY(read(webp(colour)) == colour);
        Image clear = noise(20, 31, 4);
        for (std::size_t i = 3; i < clear.byteCount(); i += 4) clear.data()[i] |= 1;  // what is quite clear may lose its colour
        QVERIFY(read(webp(clear)) == clear);
        for (int orientation = 1; orientation <= 8; ++orientation) {
            const Buffer file = withChunk(webp(colour), "EXIF", exifBlock(orientation));
            QVERIFY(read(file) == oriented(colour, orientation));
            const auto head = readImageHead(Bytes(file), "x");
            QVERIFY(head && head->width == (orientation >= 5 ? 23 : 37) && head->height == (orientation >= 5 ? 37 : 23));
        }
        const Image first = read(animatedWebp(colour, noise(37, 23, 3)));
        QVERIFY(withChannels(first, 3) == colour);
    }

    void profilesAndExifAreHandedOn() {
        const Buffer icc{1, 2, 3, 0, 255}, exif = exifBlock(6);
        Buffer marked{'E', 'x', 'i', 'f', 0, 0};
        marked.insert(marked.end(), exif.begin(), exif.end());
        const Image colour = noise(9, 7, 3);
        const auto both = readPhoto(withChunk(withChunk(webp(colour), "ICCP", icc), "EXIF", marked), "x");
        QVERIFY(both->icc == icc && both->metadata.exif == exif);
        QVERIFY(both->image == oriented(colour, 6));
        const auto neither = readPhoto(webp(colour), "x");
        QVERIFY(neither->icc.empty() && neither->metadata.exif.empty());
        TiffKind kind{COMPRESSION_LZW, PHOTOMETRIC_RGB};
        QVERIFY(readPhoto(tiff(colour, kind), "x")->icc.empty());
        kind.icc = icc;
        QVERIFY(readPhoto(tiff(colour, kind), "x")->icc == icc);
        QVERIFY(!readPhoto(Buffer{1, 2, 3}, "x"));
    }

    void webpDamageIsRefused() {
        const Buffer file = webp(noise(64, 64, 3));
        for (const std::size_t length : {file.size() - 1, file.size() / 2, std::size_t(40), std::size_t(12)}) {
            const std::string text = errorOf(Buffer(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length)));
            QVERIFY2(text.find("WebP") != std::string::npos && text.find("ends too early") != std::string::npos, text.c_str());
        }
    }

    void tiffsOfEveryKind() {
        for (const bool tiled : {false, true})
            for (const int compression : {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_PACKBITS})
                for (const int channels : {1, 3})
                    for (const PixelType type : {PixelType::U8, PixelType::U16, PixelType::F32}) {
                        const Image image = noise(37, 21, channels, type);
                        TiffKind kind{compression, channels == 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK};
                        kind.tiled = tiled;
                        QVERIFY(read(tiff(image, kind)) == image);
                    }
        const Image colour = noise(30, 18, 3), grey = noise(30, 18, 1);
        for (int orientation = 1; orientation <= 8; ++orientation) {
            const Buffer file = tiff(colour, {COMPRESSION_LZW, PHOTOMETRIC_RGB, orientation});
            QVERIFY(read(file) == oriented(colour, orientation));
            QCOMPARE(readImageHead(Bytes(file), "x")->width, orientation >= 5 ? 18 : 30);
        }
        Image negative = copyOf(grey);
        for (std::size_t i = 0; i < negative.byteCount(); ++i) negative.data()[i] = static_cast<std::uint8_t>(255 - grey.data()[i]);
        QVERIFY(read(tiff(negative, {COMPRESSION_LZW, PHOTOMETRIC_MINISWHITE})) == grey);
        TiffKind planes{COMPRESSION_LZW, PHOTOMETRIC_RGB};
        planes.planes = true;
        QVERIFY(read(tiff(colour, planes)) == colour);
        planes.orientation = 6;
        QVERIFY(read(tiff(colour, planes)) == oriented(colour, 6));
        TiffKind clear{COMPRESSION_NONE, PHOTOMETRIC_RGB};
        clear.alpha = EXTRASAMPLE_UNASSALPHA;
        const Image alpha = noise(9, 7, 4);
        QVERIFY(read(tiff(alpha, clear)) == alpha);
        // Multiplied by its alpha: half-clear red at half strength is red.
        Image multiplied(1, 1, 4);
        multiplied.data()[0] = 128, multiplied.data()[3] = 128;
        clear.alpha = EXTRASAMPLE_ASSOCALPHA;
        const Image red = read(tiff(multiplied, clear));
        QCOMPARE(int(red.data()[0]), 255);
        QCOMPARE(int(red.data()[3]), 128);
        // Inks: nothing printed is white, full cyan has no red.
        Image inks(2, 1, 4);
        inks.data()[4] = 255;
        const Image printed = read(tiff(inks, {COMPRESSION_NONE, PHOTOMETRIC_SEPARATED}));
        QVERIFY(printed.channels() == 3 && printed.data()[0] == 255 && printed.data()[2] == 255 && printed.data()[3] == 0 &&
                printed.data()[5] == 255);
    }

    void tiffDamageIsRefused() {
        const Buffer file = tiff(noise(64, 64, 3), {COMPRESSION_NONE, PHOTOMETRIC_RGB});
        for (const std::size_t length : {file.size() - 30, file.size() / 2, std::size_t(9)}) {
            const std::string text = errorOf(Buffer(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length)));
            QVERIFY2(text.find("cannot be read as a TIFF") != std::string::npos, text.c_str());
        }
    }

    void bmpsOfEveryKind() {
        const std::vector<std::uint8_t> seen{255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30};  // 2 x 2
        const Image image = rgb(2, 2, seen);
        const Buffer bottomUp{255, 0, 0, 30, 20, 10, 0, 0, 0, 0, 255, 0, 255, 0, 0, 0},
            topDown{0, 0, 255, 0, 255, 0, 0, 0, 255, 0, 0, 30, 20, 10, 0, 0};
        QVERIFY(read(bmp(2, 2, 24, 0, {}, bottomUp)) == image);
        QVERIFY(read(bmp(2, -2, 24, 0, {}, topDown)) == image);
        const Buffer palette{0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 30, 20, 10, 0};
        Buffer wide = palette;
        wide.resize(256 * 4);
        QVERIFY(read(bmp(2, 2, 8, 0, wide, {2, 3, 0, 0, 0, 1, 0, 0})) == image);
        Buffer sixteen = palette;
        sixteen.resize(16 * 4);
        QVERIFY(read(bmp(2, 2, 4, 0, sixteen, {0x23, 0, 0, 0, 0x01, 0, 0, 0})) == image);
        QVERIFY(read(bmp(2, 2, 8, 1, wide, {0, 0, 1, 2, 1, 3, 0, 0, 1, 0, 1, 1, 0, 1})).isNull() == false);
        QVERIFY(read(bmp(2, 2, 8, 1, wide, {1, 2, 1, 3, 0, 0, 1, 0, 1, 1, 0, 1})) == image);
        QVERIFY(read(bmp(2, 2, 4, 2, sixteen, {2, 0x23, 0, 0, 2, 0x01, 0, 1})) == image);
        // A literal run, padded to an even number of bytes.
        QVERIFY(read(bmp(3, 1, 8, 1, wide, {0, 3, 0, 1, 2, 0, 0, 1})) == rgb(3, 1, {255, 0, 0, 0, 255, 0, 0, 0, 255}));
        QVERIFY(read(bmp(2, 1, 1, 0, Buffer{0, 0, 0, 0, 255, 255, 255, 0}, {0x40, 0, 0, 0})) == rgb(2, 1, {0, 0, 0, 255, 255, 255}));
        // 5-6-5 in fields: full green is 255.
        QVERIFY(read(bmp(2, 1, 16, 3, Buffer{0, 0xf8, 0, 0, 0xe0, 7, 0, 0, 0x1f, 0, 0, 0}, {0xe0, 7, 0, 0xf8})) ==
                rgb(2, 1, {0, 255, 0, 255, 0, 0}));
        QVERIFY(read(bmp(1, 1, 32, 0, {}, {3, 2, 1, 0})) == rgb(1, 1, {1, 2, 3}));
        const Image clear = read(bmp(1, 1, 32, 6, Buffer{0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255}, {3, 2, 1, 77}));
        QVERIFY(clear.channels() == 4 && clear.data()[0] == 1 && clear.data()[3] == 77);
        for (const auto& bad : {bmp(2, 2, 24, 0, {}, {1, 2, 3}), bmp(2, 2, 8, 1, wide, {1, 2}), bmp(2, 2, 7, 0, {}, bottomUp),
                                bmp(0, 2, 24, 0, {}, bottomUp), bmp(2, 2, 24, 4, {}, bottomUp)})
            QVERIFY(!errorOf(bad).empty());
    }

    void twentyThousandPixelsASideAreRefusedByTheHeader() {
        Buffer lossless = webp(noise(16, 16, 3));  // a lossless header: 14 bits each; 16383 is what the format can say
        QVERIFY(readImageHead(Bytes(lossless), "x").ok());
        Buffer rle = bmp(20000, 20000, 8, 1, Buffer(1024), Buffer(20000));
        Buffer large = tiff(noise(16, 16, 1), {COMPRESSION_LZW, PHOTOMETRIC_MINISBLACK});
        // The two SHORT or LONG entries 256 and 257 of the directory.
        const std::uint32_t directory = large[4] | large[5] << 8 | large[6] << 16 | std::uint32_t(large[7]) << 24;
        for (std::size_t at = directory + 2; at + 12 <= large.size(); at += 12)
            if (large[at + 1] == 1 && (large[at] == 0 || large[at] == 1)) {
                large[at + 8] = 0x20;
                large[at + 9] = 0x4e;
            }
        for (const Buffer& file : {rle, large}) {
            const std::string text = errorOf(file);
            QVERIFY2(text.find("too large") != std::string::npos && text.find("20000 x 20000") != std::string::npos, text.c_str());
            const auto head = readImageHead(Bytes(file), "x");
            QVERIFY(!head.ok());
        }
        // A size that is allowed, but that so few bytes cannot hold.
        for (std::size_t at = directory + 2; at + 12 <= large.size(); at += 12)
            if (large[at + 1] == 1 && (large[at] == 0 || large[at] == 1)) large[at + 9] = 0x2e;
        QVERIFY(errorOf(large).find("too short") != std::string::npos);
    }

    // Heads too short for what they begin like.
    void stumpsAreRefused() {
        for (const char* head : {"RIFF", "RIFF12", "BM", "II*", "MM", "GIF8", "8BPS", "ftyp"}) {
            const std::string_view text(head);
            const std::vector<std::uint8_t> bytes(text.begin(), text.end());
            QVERIFY2(!readImage(Bytes(bytes), "stump").ok(), head);
            QVERIFY2(!readImageHead(Bytes(bytes), "stump").ok(), head);
        }
    }

    void noDamageCrashes() {
        const std::vector<Buffer> files{webp(noise(20, 20, 4)),
                                        withChunk(webp(noise(9, 9, 3)), "EXIF", exifBlock(6)),
                                        tiff(noise(20, 20, 3), {COMPRESSION_LZW, PHOTOMETRIC_RGB}),
                                        tiff(noise(20, 20, 1), {COMPRESSION_PACKBITS, PHOTOMETRIC_MINISWHITE}),
                                        bmp(20, 20, 8, 1, Buffer(1024, 9), Buffer(80, 3)),
                                        bmp(20, 20, 32, 3, Buffer(16, 0xf0), Buffer(1600, 200))};
        std::size_t refused = 0, total = 0;
        for (const Buffer& whole : files)
            for (std::uint64_t round = 0; round < 400; ++round) {
                Buffer file = whole;
                const RandomKey key{11, Purpose::Test, round};
                for (std::uint64_t flip = 0; flip < 1 + round % 4; ++flip)
                    file[randomBelow(key, 2 * flip, std::min<std::uint64_t>(file.size(), round % 2 ? 120 : file.size()))] =
                        static_cast<std::uint8_t>(randomBits(key, 20 + flip));
                if (round % 5 == 0) file.resize(randomBelow(key, 40, file.size()));
                const Result<Image> image = readImage(Bytes(file), "x");
                refused += !image.ok();
                ++total;
                if (!image) continue;
                QVERIFY(image->byteCount() < std::size_t(2) << 30);
                QVERIFY(readPhoto(Bytes(file), "x").ok());
            }
        QVERIFY2(refused > 200 && refused < total, qPrintable(QString::number(refused)));
    }
};

QTEST_GUILESS_MAIN(FormatsTest)
#include "tst_formats.moc"
