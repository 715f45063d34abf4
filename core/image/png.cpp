#include "core/image/png.h"

#include <png.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstring>

#include "core/image/exif.h"
#include "core/image/jpeg.h"
#include "core/image/photo.h"

namespace imago {

namespace {

constexpr std::array<std::uint8_t, 8> kSignature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::size_t kTextBytes = std::size_t(4) << 20;  // in all, and of a colour profile

std::uint32_t bigEndian(const std::uint8_t* p) {
    return std::uint32_t(p[0]) << 24 | std::uint32_t(p[1]) << 16 | std::uint32_t(p[2]) << 8 | p[3];
}

Error damaged(const std::string& name, std::string why) {
    return {ErrorCode::BadInput,
            IMAGO_TR("{file} cannot be read as a PNG: {why}."),
            {{"file", name}, {"why", std::move(why)}},
            IMAGO_TR("The file is damaged or incomplete; export or copy it again.")};
}

// What libpng's callbacks share with us. Everything with a destructor lives outside the frames that longjmp may leave.
struct Reading {
    Bytes file;
    std::size_t at = 0;
    char problem[200] = {};
};

void onReadError(png_structp png, png_const_charp text) {
    auto* reading = static_cast<Reading*>(png_get_error_ptr(png));
    std::strncpy(reading->problem, text, sizeof reading->problem - 1);
    png_longjmp(png, 1);
}

void onWarning(png_structp, png_const_charp) {}

void onRead(png_structp png, png_bytep out, size_t size) {
    auto* reading = static_cast<Reading*>(png_get_io_ptr(png));
    if (size > reading->file.size() - reading->at) png_error(png, "the file ends too early");
    std::memcpy(out, reading->file.data() + reading->at, size);
    reading->at += size;
}

struct Header {
    std::uint32_t width = 0, height = 0;
    int depth = 0, colourType = 0;
};

// Our own look at the header, before the library sees the file.
Result<Header> readHeader(Bytes file, const std::string& name) {
    if (!isPng(file)) return damaged(name, "it does not begin like a PNG");
    if (file.size() < 33 || bigEndian(file.data() + 8) != 13 || std::memcmp(file.data() + 12, "IHDR", 4) != 0)
        return damaged(name, "its header is missing");
    const std::uint8_t* p = file.data() + 16;
    return Header{bigEndian(p), bigEndian(p + 4), p[8], p[9]};
}

// The checks of every reader, before anything is decoded. Channels: what it may need at most.
Result<void> checkHeader(const Header& header, const std::string& name) {
    const bool alphaPossible = header.colourType == 3 || header.colourType == 2 || header.colourType >= 4;
    return checkImageSize(header.width, header.height, alphaPossible ? 4 : 2, header.depth == 16 ? 2 : 1, name, ImageLimits{});
}

struct Chunk {
    std::string_view type;
    Bytes body;
    // Its checksum stands behind it.
    bool intact() const {
        const auto crc = crc32(0, body.data() - 4, static_cast<uInt>(body.size() + 4));
        return crc == bigEndian(body.data() + body.size());
    }
    std::string_view text() const { return {reinterpret_cast<const char*>(body.data()), body.size()}; }
};

// Calls f for each chunk before IEND. False: the file ends too early.
template <class F>
bool eachChunk(Bytes file, F&& f) {
    for (std::size_t at = 8; at + 12 <= file.size();) {
        const std::size_t size = bigEndian(file.data() + at);
        if (size > file.size() - at - 12) return false;
        const Chunk chunk{{reinterpret_cast<const char*>(file.data() + at + 4), 4}, file.subspan(at + 8, size)};
        if (chunk.type == "IEND") break;
        f(chunk);
        at += size + 12;
    }
    return true;
}

Bytes exifOf(Bytes file) {
    Bytes exif;
    eachChunk(file, [&](const Chunk& chunk) {
        if (exif.empty() && chunk.type == "eXIf") exif = chunk.body;
    });
    return exif;
}

int orientationOf(Bytes file) {
    return exifOrientation(exifOf(file));
}

struct Decoder {
    png_structp png = nullptr;
    png_infop info = nullptr;
    ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }
};

// Reads up to the pixels and sets the conversions. False: reading.problem says why.
bool begin(Decoder& decoder, Reading& reading, int& channels, int& depth, const ImageLimits& limits) {
    if (setjmp(png_jmpbuf(decoder.png))) return false;
    png_set_read_fn(decoder.png, &reading, onRead);
    png_set_user_limits(decoder.png, static_cast<png_uint_32>(limits.side), static_cast<png_uint_32>(limits.side));
    png_set_chunk_malloc_max(decoder.png, kTextBytes);
    // Only what the pixels need: IHDR, PLTE, tRNS, IDAT, IEND. Nothing else can cost memory or be attacked.
    png_set_keep_unknown_chunks(decoder.png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    png_read_info(decoder.png, decoder.info);
    png_set_expand(decoder.png);
    if (png_get_bit_depth(decoder.png, decoder.info) == 16) png_set_swap(decoder.png);
    png_set_interlace_handling(decoder.png);
    png_read_update_info(decoder.png, decoder.info);
    channels = png_get_channels(decoder.png, decoder.info);
    depth = png_get_bit_depth(decoder.png, decoder.info);
    return true;
}

bool readRows(Decoder& decoder, png_bytep* rows) {
    if (setjmp(png_jmpbuf(decoder.png))) return false;
    png_read_image(decoder.png, rows);
    png_read_end(decoder.png, nullptr);
    return true;
}

// Inflates at most `left` bytes, and takes what it unpacked off them; empty on damage.
std::string inflated(Bytes packed, std::size_t& left) {
    std::string out;
    z_stream stream{};
    if (packed.size() > kTextBytes || inflateInit(&stream) != Z_OK) return out;
    stream.next_in = const_cast<Bytef*>(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());
    char piece[16384];
    int state = Z_OK;
    while (state == Z_OK && out.size() <= left) {
        stream.next_out = reinterpret_cast<Bytef*>(piece);
        stream.avail_out = sizeof piece;
        state = inflate(&stream, Z_NO_FLUSH);
        out.append(piece, sizeof piece - stream.avail_out);
    }
    inflateEnd(&stream);
    const bool good = state == Z_STREAM_END && out.size() <= left;
    left -= std::min(left, out.size());
    return good ? out : std::string();
}

std::string fromLatin1(std::string_view text) {
    std::string out;
    for (char c : text) {
        const auto byte = static_cast<std::uint8_t>(c);
        if (byte < 0x80) {
            out += c;
        } else {
            out += static_cast<char>(0xC0 | (byte >> 6));
            out += static_cast<char>(0x80 | (byte & 0x3F));
        }
    }
    return out;
}

// One text chunk; nothing is added if it is damaged or has more than is left of the limit.
void readText(std::string_view type, std::string_view body, std::size_t& left, TextChunks& out) {
    const auto split = [&](std::string_view& part) {
        const auto zero = body.find('\0');
        if (zero == std::string_view::npos) return false;
        part = body.substr(0, zero);
        body = body.substr(zero + 1);
        return true;
    };
    std::string_view key;
    if (!split(key) || key.empty() || key.size() > 79) return;
    std::string text;
    const auto take = [&](std::string_view plain) {
        if (plain.size() > left) plain = {};
        left -= plain.size();
        return std::string(plain);
    };
    if (type == "tEXt") {
        text = fromLatin1(take(body));
    } else if (type == "zTXt") {
        if (body.empty() || body[0] != 0) return;
        text = fromLatin1(inflated(bytesOf(body.substr(1)), left));
    } else {
        if (body.size() < 2) return;
        const bool packed = body[0] == 1;
        if (body[1] != 0 || body[0] > 1 || body[0] < 0) return;
        body = body.substr(2);
        std::string_view language, translated;
        if (!split(language) || !split(translated)) return;
        text = packed ? inflated(bytesOf(body), left) : take(body);
    }
    out.emplace_back(fromLatin1(key), std::move(text));
}

struct Writing {
    std::vector<std::uint8_t> out;
    char problem[200] = {};
};

void onWriteError(png_structp png, png_const_charp text) {
    auto* writing = static_cast<Writing*>(png_get_error_ptr(png));
    std::strncpy(writing->problem, text, sizeof writing->problem - 1);
    png_longjmp(png, 1);
}

void onWrite(png_structp png, png_bytep data, size_t size) {
    auto* writing = static_cast<Writing*>(png_get_io_ptr(png));
    writing->out.insert(writing->out.end(), data, data + size);
}

void onFlush(png_structp) {}

bool writeAll(png_structp png, png_infop info, Writing& writing, const ImageView& view, png_text* texts, int textCount, png_bytep* rows) {
    if (setjmp(png_jmpbuf(png))) return false;
    static constexpr int kColour[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};
    png_set_write_fn(png, &writing, onWrite, onFlush);
    png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
    // Said in full, so that another default of the library gives the same bytes.
    png_set_compression_level(png, 6);
    png_set_compression_strategy(png, Z_FILTERED);
    png_set_compression_mem_level(png, 8);
    png_set_compression_window_bits(png, 15);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_ALL_FILTERS);
    png_set_IHDR(png, info, static_cast<png_uint_32>(view.width), static_cast<png_uint_32>(view.height),
                 view.type == PixelType::U16 ? 16 : 8, kColour[view.channels - 1], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_sRGB(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
    if (textCount > 0) png_set_text(png, info, texts, textCount);
    png_write_info(png, info);
    if (view.type == PixelType::U16) png_set_swap(png);
    png_write_image(png, rows);
    png_write_end(png, nullptr);
    return true;
}

}  // namespace

bool isPng(Bytes head) {
    return head.size() >= kSignature.size() && std::equal(kSignature.begin(), kSignature.end(), head.begin());
}

Result<ImageHead> pngHead(Bytes file, const std::string& name) {
    IMAGO_ASSIGN(const Header header, readHeader(file, name));
    IMAGO_TRY(checkHeader(header, name));
    const bool turned = orientationOf(file) >= 5;
    const auto width = static_cast<int>(header.width), height = static_cast<int>(header.height);
    const int channels = header.colourType == 0 ? 1 : header.colourType == 4 ? 2 : header.colourType == 6 ? 4 : 3;
    return ImageHead{turned ? height : width, turned ? width : height, channels};
}

Result<Image> decodePng(Bytes file, const std::string& name) {
    const ImageLimits limits;
    IMAGO_ASSIGN(const Header header, readHeader(file, name));
    IMAGO_TRY(checkHeader(header, name));
    Reading reading{file};
    Decoder decoder;
    decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reading, onReadError, onWarning);
    decoder.info = decoder.png ? png_create_info_struct(decoder.png) : nullptr;
    if (!decoder.info) return damaged(name, "there is not enough memory to read it");
    int channels = 0, depth = 0;
    if (!begin(decoder, reading, channels, depth, limits)) return damaged(name, reading.problem);
    // A picture of many pixels from a tiny file is a bomb: deflate packs at most about 1 : 1032.
    const std::uint64_t raw =
        std::uint64_t(header.width) * header.height * std::uint64_t(std::max(1, header.depth * (header.colourType == 2 ? 3 : 1))) / 8;
    if (raw / 1100 > file.size()) return damaged(name, "it is too short for the size that its header claims");
    Image image(static_cast<int>(header.width), static_cast<int>(header.height), channels, depth == 16 ? PixelType::U16 : PixelType::U8);
    std::vector<png_bytep> rows(header.height);
    for (std::uint32_t y = 0; y < header.height; ++y) rows[y] = image.row<std::uint8_t>(static_cast<int>(y));
    if (!readRows(decoder, rows.data())) return damaged(name, reading.problem);
    const int orientation = orientationOf(file);
    return orientation == 1 ? std::move(image) : oriented(image, orientation);
}

Result<TextChunks> pngTexts(Bytes file, const std::string& name) {
    IMAGO_TRY(readHeader(file, name));
    TextChunks out;
    std::size_t left = kTextBytes;
    const bool whole = eachChunk(file, [&](const Chunk& chunk) {
        const bool text = chunk.type == "tEXt" || chunk.type == "zTXt" || chunk.type == "iTXt";
        if (text && chunk.intact()) readText(chunk.type, chunk.text(), left, out);
    });
    if (!whole) return damaged(name, "the file ends too early");
    return out;
}

void pngExtras(Bytes file, Photo& photo) {
    const Bytes exif = exifOf(file);
    photo.metadata.exif.assign(exif.begin(), exif.end());
    if (auto texts = pngTexts(file, {})) photo.metadata.texts = std::move(*texts);
    eachChunk(file, [&](const Chunk& chunk) {
        if (chunk.type != "iCCP" || !chunk.intact()) return;
        // Its name, a zero, the method (0: deflate), the packed profile.
        const auto zero = chunk.text().find('\0');
        if (zero == std::string_view::npos || zero + 2 > chunk.body.size() || chunk.body[zero + 1] != 0) return;
        std::size_t left = kTextBytes;
        const std::string profile = inflated(chunk.body.subspan(zero + 2), left);
        photo.icc.assign(profile.begin(), profile.end());
    });
}

Result<std::vector<std::uint8_t>> encodePng(const ImageView& view, const TextChunks& texts) {
    if (view.width < 1 || view.height < 1 || view.channels < 1 || view.channels > 4 || view.type == PixelType::F32)
        return Error{ErrorCode::Internal, IMAGO_TR("This picture cannot be written as a PNG: it is empty or has float pixels.")};
    std::vector<png_text> list(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto& [key, text] = texts[i];
        if (key.empty() || key.size() > 79 || text.find('\0') != std::string::npos)
            return Error{ErrorCode::Internal, IMAGO_TR("The text {key} cannot be stored in a PNG."), {{"key", key}}};
        list[i] = {};
        list[i].compression = PNG_ITXT_COMPRESSION_NONE;
        list[i].key = const_cast<char*>(key.c_str());
        list[i].text = const_cast<char*>(text.c_str());
        list[i].itxt_length = text.size();
    }
    Writing writing;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &writing, onWriteError, onWarning);
    png_infop info = png ? png_create_info_struct(png) : nullptr;
    std::vector<png_bytep> rows(static_cast<std::size_t>(view.height));
    for (int y = 0; y < view.height; ++y) rows[static_cast<std::size_t>(y)] = const_cast<png_bytep>(view.row<std::uint8_t>(y));
    const bool good = info && writeAll(png, info, writing, view, list.data(), static_cast<int>(list.size()), rows.data());
    png_destroy_write_struct(&png, &info);
    if (!good) return Error{ErrorCode::Internal, IMAGO_TR("The PNG could not be made: {why}."), {{"why", writing.problem}}};
    return std::move(writing.out);
}

}  // namespace imago
