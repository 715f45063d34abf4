// The format: Microsoft's BITMAPFILEHEADER followed by a BITMAPCOREHEADER or a BITMAPINFOHEADER and its later extensions.
#include "core/image/bmp.h"

#include <array>
#include <bit>
#include <cstring>

namespace imago {
namespace {

enum Compression : std::uint32_t { kPlain = 0, kRle8 = 1, kRle4 = 2, kFields = 3, kAlphaFields = 6 };

struct Header {
    std::int64_t width = 0, height = 0;
    bool topDown = false;
    int bits = 0;
    std::uint32_t compression = kPlain;
    std::size_t paletteAt = 0, paletteEntry = 4, colours = 0, pixelsAt = 0;
    std::array<std::uint32_t, 4> masks{};  // red, green, blue, alpha; 0: none
};

Error damaged(const std::string& name, std::string why) {
    return {ErrorCode::BadInput,
            IMAGO_TR("{file} cannot be read as a BMP: {why}."),
            {{"file", name}, {"why", std::move(why)}},
            IMAGO_TR("The file is damaged or incomplete; export or copy it again.")};
}

std::uint32_t word16(const std::uint8_t* p) {
    return p[0] | std::uint32_t(p[1]) << 8;
}
std::uint32_t word32(const std::uint8_t* p) {
    return word16(p) | word16(p + 2) << 16;
}

std::size_t strideOf(const Header& h) {
    return (static_cast<std::size_t>(h.width) * static_cast<std::size_t>(h.bits) + 31) / 32 * 4;
}

Result<void> checkHeader(const Header& h, Bytes file, const std::string& name) {
    const bool rle = h.compression == kRle8 || h.compression == kRle4;
    if (h.compression != kPlain && h.compression != kFields && h.compression != kAlphaFields && !rle)
        return damaged(name, "its kind of compression is not known");
    const bool bitsFit = h.bits == 1 || h.bits == 4 || h.bits == 8 || h.bits == 16 || h.bits == 24 || h.bits == 32;
    if (!bitsFit || (h.compression == kRle8 && h.bits != 8) || (h.compression == kRle4 && h.bits != 4))
        return damaged(name, "its number of bits a pixel is not known");
    IMAGO_TRY(checkImageSize(h.width, h.height, 4, 1, name));
    if (h.pixelsAt > file.size()) return damaged(name, "the file ends too early");
    const std::size_t left = file.size() - h.pixelsAt;
    if (!rle && strideOf(h) > left / static_cast<std::size_t>(h.height)) return damaged(name, "the file ends too early");
    // Two bytes stand for 255 pixels at most, or skip at most 255 rows: more than that is a header that lies.
    if (rle && std::uint64_t(h.width) * std::uint64_t(h.height) / 65536 > left)
        return damaged(name, "it is too short for the size that its header claims");
    return {};
}

Result<Header> readHeader(Bytes file, const std::string& name) {
    if (!isBmp(file)) return damaged(name, "it does not begin like a BMP");
    if (file.size() < 26) return damaged(name, "the file ends too early");
    Header h;
    h.pixelsAt = word32(file.data() + 10);
    const std::uint8_t* info = file.data() + 14;
    const std::size_t size = word32(info);
    if (size == 12) {
        h.width = word16(info + 4);
        h.height = word16(info + 6);
        h.bits = static_cast<int>(word16(info + 10));
        h.paletteEntry = 3;
    } else {
        if (size < 40 || size > 256) return damaged(name, "its header is of an unknown kind");
        if (file.size() < 14 + size) return damaged(name, "the file ends too early");
        h.width = static_cast<std::int32_t>(word32(info + 4));
        h.height = static_cast<std::int32_t>(word32(info + 8));
        h.topDown = h.height < 0;
        if (h.topDown) h.height = -h.height;
        h.bits = static_cast<int>(word16(info + 14));
        h.compression = word32(info + 16);
        h.colours = word32(info + 32);
    }
    h.paletteAt = 14 + size;
    const bool fields = h.compression == kFields || h.compression == kAlphaFields;
    if (fields) {
        const bool alpha = h.compression == kAlphaFields || size >= 56;
        const std::size_t count = alpha ? 4 : 3;
        if (file.size() < 54 + 4 * count) return damaged(name, "the file ends too early");
        for (std::size_t i = 0; i < count; ++i) h.masks[i] = word32(info + 40 + 4 * i);
        if (size == 40) h.paletteAt += 4 * count;
    } else if (h.bits == 16) {
        h.masks = {0x7c00, 0x03e0, 0x001f, 0};
    } else {
        h.masks = {0xff0000, 0x00ff00, 0x0000ff, 0};
    }
    if (h.bits <= 8 && (h.colours == 0 || h.colours > std::size_t(1) << h.bits)) h.colours = std::size_t(1) << h.bits;
    IMAGO_TRY(checkHeader(h, file, name));
    return h;
}

std::uint8_t channel(std::uint32_t value, std::uint32_t mask) {
    if (mask == 0) return 0;
    const int shift = std::countr_zero(mask);
    const std::uint64_t most = mask >> shift, part = (value & mask) >> shift;
    return static_cast<std::uint8_t>((part * 255 + most / 2) / most);
}

using Palette = std::array<std::array<std::uint8_t, 3>, 256>;  // RGB; missing entries are black

Palette readPalette(const Header& h, Bytes file) {
    Palette palette{};
    if (h.bits > 8) return palette;  // then its entries, if there are any, only advise a screen of few colours
    for (std::size_t i = 0; i < h.colours; ++i) {
        const std::size_t at = h.paletteAt + i * h.paletteEntry;
        if (at + 3 > file.size()) break;
        palette[i] = {file[at + 2], file[at + 1], file[at]};
    }
    return palette;
}

// Runs and literal stretches into one index a pixel, rows from the bottom. False: it ends too early.
bool unpackRle(const Header& h, Bytes in, std::vector<std::uint8_t>& out) {
    const auto width = static_cast<std::size_t>(h.width), height = static_cast<std::size_t>(h.height);
    out.assign(width * height, 0);
    std::size_t x = 0, y = 0, at = 0;
    const auto put = [&](std::uint8_t value) {
        if (x < width && y < height) out[y * width + x] = value;
        ++x;
    };
    const auto half = [&](std::uint8_t byte, std::size_t i) -> std::uint8_t { return i % 2 ? byte & 15 : byte >> 4; };
    const bool four = h.compression == kRle4;
    while (y < height) {
        if (at + 2 > in.size()) return false;
        const std::size_t count = in[at], value = in[at + 1];
        at += 2;
        if (count > 0) {
            for (std::size_t i = 0; i < count; ++i)
                put(four ? half(static_cast<std::uint8_t>(value), i) : static_cast<std::uint8_t>(value));
        } else if (value == 0) {
            x = 0;
            ++y;
        } else if (value == 1) {
            return true;
        } else if (value == 2) {
            if (at + 2 > in.size()) return false;
            x += in[at];
            y += in[at + 1];
            at += 2;
        } else {
            const std::size_t bytes = four ? (value + 1) / 2 : value;
            if (at + bytes > in.size()) return false;
            for (std::size_t i = 0; i < value; ++i) put(four ? half(in[at + i / 2], i) : in[at + i]);
            at += (bytes + 1) / 2 * 2;
        }
    }
    return true;
}

void readRow(const Header& h, const std::uint8_t* from, const Palette& palette, std::uint8_t* to, int channels) {
    for (std::int64_t x = 0; x < h.width; ++x, to += channels) {
        if (h.bits <= 8) {
            const std::size_t bit = static_cast<std::size_t>(x) * static_cast<std::size_t>(h.bits);
            const int value = from[bit / 8] >> (8 - h.bits - static_cast<int>(bit % 8)) & ((1 << h.bits) - 1);
            std::memcpy(to, palette[static_cast<std::size_t>(value)].data(), 3);
        } else if (h.bits == 24) {
            const std::uint8_t* p = from + 3 * x;
            to[0] = p[2], to[1] = p[1], to[2] = p[0];
        } else {
            const std::uint32_t value = h.bits == 16 ? word16(from + 2 * x) : word32(from + 4 * x);
            for (int c = 0; c < channels; ++c) to[c] = channel(value, h.masks[static_cast<std::size_t>(c)]);
        }
    }
}

}  // namespace

bool isBmp(Bytes head) {
    // Two letters are little: the length of the second header is looked at too, where the file is that long.
    return head.size() >= 2 && head[0] == 'B' && head[1] == 'M' && (head.size() < 18 || word32(head.data() + 14) <= 256);
}

Result<ImageHead> bmpHead(Bytes file, const std::string& name) {
    IMAGO_ASSIGN(const Header h, readHeader(file, name));
    return ImageHead{static_cast<int>(h.width), static_cast<int>(h.height), h.masks[3] != 0 && h.bits > 8 ? 4 : 3};
}

Result<Image> decodeBmp(Bytes file, const std::string& name) {
    IMAGO_ASSIGN(Header h, readHeader(file, name));
    const Palette palette = readPalette(h, file);
    Bytes pixels = file.subspan(h.pixelsAt);
    std::vector<std::uint8_t> indices;
    std::size_t stride = strideOf(h);
    if (h.compression == kRle8 || h.compression == kRle4) {
        if (!unpackRle(h, pixels, indices)) return damaged(name, "the file ends too early");
        pixels = indices;
        h.bits = 8;
        stride = static_cast<std::size_t>(h.width);
    }
    const bool alpha = h.masks[3] != 0 && h.bits > 8;
    Image image(static_cast<int>(h.width), static_cast<int>(h.height), alpha ? 4 : 3);
    for (int y = 0; y < image.height(); ++y) {
        const int row = h.topDown ? y : image.height() - 1 - y;
        readRow(h, pixels.data() + stride * static_cast<std::size_t>(y), palette, image.row<std::uint8_t>(row), image.channels());
    }
    if (!alpha) return image;
    // Many programs leave the alpha bytes at zero and mean a picture that is there.
    for (std::size_t i = 3; i < image.byteCount(); i += 4)
        if (image.data()[i] != 0) return image;
    for (std::size_t i = 3; i < image.byteCount(); i += 4) image.data()[i] = 255;
    return image;
}

}  // namespace imago
