#include "core/image/tiff.h"

#include <tiffio.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>

#include "core/image/jpeg.h"
#include "core/image/photo.h"

namespace imago {
namespace {

constexpr tmsize_t kMostAtOnce = tmsize_t(1) << 30;

Error damaged(const std::string& name, std::string why) {
    return {ErrorCode::BadInput,
            IMAGO_TR("{file} cannot be read as a TIFF: {why}."),
            {{"file", name}, {"why", std::move(why)}},
            IMAGO_TR("The file is damaged or incomplete; export or copy it again.")};
}

// What libtiff's callbacks share with us.
struct Source {
    Bytes file;
    std::uint64_t at = 0;
    bool ended = false;  // something beyond the end was asked for
    char problem[200] = "its pixels are damaged";
    const char* why() const { return ended ? "the file ends too early" : problem; }
};

Source& sourceOf(thandle_t handle) {
    return *static_cast<Source*>(handle);
}

tmsize_t onRead(thandle_t handle, void* out, tmsize_t size) {
    Source& s = sourceOf(handle);
    const std::uint64_t left = s.at < s.file.size() ? s.file.size() - s.at : 0;
    const std::uint64_t count = std::min<std::uint64_t>(left, static_cast<std::uint64_t>(size));
    if (count < static_cast<std::uint64_t>(size)) s.ended = true;
    if (count > 0) std::memcpy(out, s.file.data() + s.at, count);
    s.at += count;
    return static_cast<tmsize_t>(count);
}

toff_t onSeek(thandle_t handle, toff_t offset, int whence) {
    Source& s = sourceOf(handle);
    s.at = whence == SEEK_SET ? offset : whence == SEEK_CUR ? s.at + offset : s.file.size() + offset;
    return s.at;
}

int onError(TIFF*, void* user, const char*, const char* format, va_list arguments) {
    Source& s = *static_cast<Source*>(user);
    std::vsnprintf(s.problem, sizeof s.problem, format, arguments);
    const std::size_t length = std::strlen(s.problem);
    if (length > 0 && s.problem[length - 1] == '.') s.problem[length - 1] = 0;
    return 1;
}
int onWarning(TIFF*, void*, const char*, const char*, va_list) {
    return 1;
}

struct Closer {
    void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using Handle = std::unique_ptr<TIFF, Closer>;

Handle open(Source& source, const std::string& name) {
    TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
    if (!options) return nullptr;
    TIFFOpenOptionsSetErrorHandlerExtR(options, onError, &source);
    TIFFOpenOptionsSetWarningHandlerExtR(options, onWarning, nullptr);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, kMostAtOnce);
    TIFF* tiff = TIFFClientOpenExt(
        name.c_str(), "rm", &source, onRead, [](thandle_t, void*, tmsize_t) -> tmsize_t { return 0; }, onSeek, [](thandle_t) { return 0; },
        [](thandle_t handle) -> toff_t { return sourceOf(handle).file.size(); }, [](thandle_t, void**, toff_t*) { return 0; },
        [](thandle_t, void*, toff_t) {}, options);
    TIFFOpenOptionsFree(options);
    return Handle(tiff);
}

struct Header {
    std::uint32_t width = 0, height = 0;
    std::uint16_t bits = 1, samples = 1, photometric = 0, planar = PLANARCONFIG_CONTIG, format = SAMPLEFORMAT_UINT, orientation = 1;
    bool alpha = false, associated = false;
    bool plain = false;  // grey or RGB samples side by side that we take as they are

    int colours() const { return photometric == PHOTOMETRIC_RGB ? 3 : 1; }
    int channels() const { return (plain ? colours() : 3) + (alpha ? 1 : 0); }
    PixelType type() const { return !plain || bits == 8 ? PixelType::U8 : bits == 16 ? PixelType::U16 : PixelType::F32; }
};

Result<Header> readHeader(TIFF* tiff, Bytes file, const std::string& name) {
    Header h;
    if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &h.width) || !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &h.height))
        return damaged(name, "its header is missing");
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &h.bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &h.samples);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &h.planar);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &h.format);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &h.orientation);
    if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &h.photometric)) h.photometric = h.samples >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
    if (h.orientation < 1 || h.orientation > 8) h.orientation = 1;
    std::uint16_t extra = 0, *kinds = nullptr;
    if (TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extra, &kinds) && extra > 0) {
        h.associated = kinds[0] == EXTRASAMPLE_ASSOCALPHA;
        h.alpha = h.associated || kinds[0] == EXTRASAMPLE_UNASSALPHA;
    }
    const bool numbers =
        (h.format == SAMPLEFORMAT_UINT && (h.bits == 8 || h.bits == 16)) || (h.format == SAMPLEFORMAT_IEEEFP && h.bits == 32);
    const bool grey = h.photometric == PHOTOMETRIC_MINISBLACK || h.photometric == PHOTOMETRIC_MINISWHITE;
    h.plain = numbers && (h.planar == PLANARCONFIG_CONTIG || h.samples == 1) && (grey || h.photometric == PHOTOMETRIC_RGB) &&
              h.samples >= h.colours() + (h.alpha ? 1 : 0);
    IMAGO_TRY(checkImageSize(h.width, h.height, 4, std::max<std::size_t>(1, h.bits / 8u), name));
    // Flat areas of one bit compress without end; of more bits than that, nothing honest goes beyond this.
    const std::uint64_t raw = std::uint64_t(h.width) * h.height * h.samples * std::max<unsigned>(8, h.bits) / 8;
    if (h.bits > 1 && raw / 4000 > file.size()) return damaged(name, "it is too short for the size that its header claims");
    if (TIFFIsTiled(tiff)) {
        const tmsize_t tile = TIFFTileSize(tiff);
        if (tile <= 0 || std::uint64_t(tile) > std::max<std::uint64_t>(4 * raw, std::uint64_t(64) << 20))
            return damaged(name, "its tiles are far larger than its picture");
    }
    return h;
}

// Pixels of `samples` numbers each into ours of `channels`.
template <class S>
void takePixels(const Header& h, const void* from, S* to, std::uint32_t count) {
    const S* p = static_cast<const S*>(from);
    const int channels = h.channels();
    for (std::uint32_t x = 0; x < count; ++x, p += h.samples, to += channels)
        for (int c = 0; c < channels; ++c) to[c] = p[c];
}

void takeRow(const Header& h, const void* from, Image& image, std::uint32_t x, std::uint32_t y, std::uint32_t count) {
    const std::size_t first = std::size_t(x) * static_cast<std::size_t>(h.channels());
    const auto row = static_cast<int>(y);
    switch (h.type()) {
        case PixelType::U8:
            return takePixels(h, from, image.row<std::uint8_t>(row) + first, count);
        case PixelType::U16:
            return takePixels(h, from, image.row<std::uint16_t>(row) + first, count);
        case PixelType::F32:
            return takePixels(h, from, image.row<float>(row) + first, count);
    }
}

bool readStrips(TIFF* tiff, const Header& h, Image& image) {
    std::uint32_t rows = h.height;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &rows);
    rows = std::clamp<std::uint32_t>(rows, 1, h.height);
    const tmsize_t size = TIFFStripSize(tiff), stride = TIFFScanlineSize(tiff);
    if (size <= 0 || stride <= 0 || size > kMostAtOnce) return false;
    std::vector<std::uint8_t> strip(static_cast<std::size_t>(size));
    for (std::uint32_t y = 0; y < h.height; y += rows) {
        const std::uint32_t here = std::min(rows, h.height - y);
        const tmsize_t wanted = stride * static_cast<tmsize_t>(here);
        if (wanted > size || TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, y, 0), strip.data(), wanted) != wanted) return false;
        for (std::uint32_t r = 0; r < here; ++r)
            takeRow(h, strip.data() + std::size_t(r) * static_cast<std::size_t>(stride), image, 0, y + r, h.width);
    }
    return true;
}

bool readTiles(TIFF* tiff, const Header& h, Image& image) {
    std::uint32_t width = 0, height = 0;
    if (!TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &width) || !TIFFGetField(tiff, TIFFTAG_TILELENGTH, &height) || width == 0 || height == 0)
        return false;
    const tmsize_t size = TIFFTileSize(tiff), stride = TIFFTileRowSize(tiff);
    if (size <= 0 || stride <= 0 || size > kMostAtOnce) return false;
    std::vector<std::uint8_t> tile(static_cast<std::size_t>(size));
    for (std::uint32_t y = 0; y < h.height; y += height)
        for (std::uint32_t x = 0; x < h.width; x += width) {
            if (TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, x, y, 0, 0), tile.data(), size) < 0) return false;
            const std::uint32_t across = std::min(width, h.width - x), down = std::min(height, h.height - y);
            for (std::uint32_t r = 0; r < down; ++r)
                takeRow(h, tile.data() + std::size_t(r) * static_cast<std::size_t>(stride), image, x, y + r, across);
        }
    return true;
}

// Colours that were multiplied by their alpha, or have white as zero, as everybody else has them.
template <class S>
void tidy(const Header& h, Image& image, double full) {
    const bool negative = h.photometric == PHOTOMETRIC_MINISWHITE, multiplied = h.alpha && h.associated;
    if (!negative && !multiplied) return;
    const int channels = image.channels(), colours = channels - (h.alpha ? 1 : 0);
    for (int y = 0; y < image.height(); ++y) {
        S* p = image.row<S>(y);
        for (int x = 0; x < image.width(); ++x, p += channels)
            for (int c = 0; c < colours; ++c) {
                double value = negative ? full - static_cast<double>(p[c]) : static_cast<double>(p[c]);
                if (multiplied) value = p[colours] > 0 ? std::min(full, value * full / static_cast<double>(p[colours])) : 0;
                p[c] = static_cast<S>(std::is_floating_point_v<S> ? value : std::round(value));
            }
    }
}

Result<Image> readPlain(TIFF* tiff, const Header& h, const Source& source, const std::string& name) {
    Image image(static_cast<int>(h.width), static_cast<int>(h.height), h.channels(), h.type());
    if (!(TIFFIsTiled(tiff) ? readTiles(tiff, h, image) : readStrips(tiff, h, image))) return damaged(name, source.why());
    if (h.type() == PixelType::U8)
        tidy<std::uint8_t>(h, image, 255);
    else if (h.type() == PixelType::U16)
        tidy<std::uint16_t>(h, image, 65535);
    else
        tidy<float>(h, image, 1);
    return image;
}

// libtiff's own conversion to 8 bit RGBA, whose colours are multiplied by their alpha.
Result<Image> readConverted(TIFF* tiff, Header h, const Source& source, const std::string& name) {
    char why[1024] = "";
    if (!TIFFRGBAImageOK(tiff, why)) return damaged(name, why);
    std::vector<std::uint32_t> raster(std::size_t(h.width) * h.height);
    // Asked for in the file's own orientation, so that it turns nothing: we do that.
    if (!TIFFReadRGBAImageOriented(tiff, h.width, h.height, raster.data(), h.orientation, 1)) return damaged(name, source.why());
    Image image(static_cast<int>(h.width), static_cast<int>(h.height), h.alpha ? 4 : 3);
    std::uint8_t* to = image.data();
    for (const std::uint32_t pixel : raster) {
        to[0] = static_cast<std::uint8_t>(TIFFGetR(pixel));
        to[1] = static_cast<std::uint8_t>(TIFFGetG(pixel));
        to[2] = static_cast<std::uint8_t>(TIFFGetB(pixel));
        if (h.alpha) to[3] = static_cast<std::uint8_t>(TIFFGetA(pixel));
        to += h.alpha ? 4 : 3;
    }
    h.associated = true;
    h.photometric = PHOTOMETRIC_RGB;
    tidy<std::uint8_t>(h, image, 255);
    return image;
}

}  // namespace

bool isTiff(Bytes head) {
    return head.size() >= 4 && ((head[0] == 'I' && head[1] == 'I' && (head[2] == 42 || head[2] == 43) && head[3] == 0) ||
                                (head[0] == 'M' && head[1] == 'M' && head[2] == 0 && (head[3] == 42 || head[3] == 43)));
}

Result<ImageHead> tiffHead(Bytes file, const std::string& name) {
    Source source{file};
    const Handle tiff = open(source, name);
    if (!tiff) return damaged(name, source.why());
    IMAGO_ASSIGN(const Header h, readHeader(tiff.get(), file, name));
    const auto width = static_cast<int>(h.width), height = static_cast<int>(h.height);
    return ImageHead{h.orientation >= 5 ? height : width, h.orientation >= 5 ? width : height, h.channels()};
}

Result<Image> decodeTiff(Bytes file, const std::string& name) {
    Source source{file};
    const Handle tiff = open(source, name);
    if (!tiff) return damaged(name, source.why());
    IMAGO_ASSIGN(const Header h, readHeader(tiff.get(), file, name));
    IMAGO_ASSIGN(Image image, h.plain ? readPlain(tiff.get(), h, source, name) : readConverted(tiff.get(), h, source, name));
    return h.orientation == 1 ? std::move(image) : oriented(image, h.orientation);
}

void tiffExtras(Bytes file, Photo& photo) {
    Source source{file};
    const Handle tiff = open(source, {});
    std::uint32_t size = 0;
    const std::uint8_t* profile = nullptr;
    if (tiff && TIFFGetField(tiff.get(), TIFFTAG_ICCPROFILE, &size, &profile)) photo.icc.assign(profile, profile + size);
}

}  // namespace imago
