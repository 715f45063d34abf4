#include "core/image/jpeg.h"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string_view>

// jpeglib.h needs stdio before it.
#include <jerror.h>
#include <jpeglib.h>

#include "core/image/exif.h"
#include "core/image/photo.h"

namespace imago {

namespace {

constexpr int kMaxScans = 200;  // a progressive file of thousands of scans would take hours

struct Problem {
    jpeg_error_mgr manager;
    std::jmp_buf jump;
    char text[JMSG_LENGTH_MAX] = {};
};

[[noreturn]] void stop(j_common_ptr common) {
    auto* problem = reinterpret_cast<Problem*>(common->err);
    (*common->err->format_message)(common, problem->text);
    std::longjmp(problem->jump, 1);
}

// Missing data would be filled with grey: that is damage. Other warnings are about oddities that real cameras write.
void onMessage(j_common_ptr common, int level) {
    if (level >= 0) return;
    const int code = common->err->msg_code;
    if (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE || code == JWRN_MUST_RESYNC) stop(common);
    ++common->err->num_warnings;
}

void onProgress(j_common_ptr common) {
    if (!common->is_decompressor) return;
    auto* cinfo = reinterpret_cast<j_decompress_ptr>(common);
    if (cinfo->input_scan_number <= kMaxScans) return;
    auto* problem = reinterpret_cast<Problem*>(common->err);
    std::snprintf(problem->text, sizeof problem->text, "it has more than %d scans", kMaxScans);
    std::longjmp(problem->jump, 1);
}

void prepare(Problem& problem) {
    jpeg_std_error(&problem.manager);
    problem.manager.error_exit = stop;
    problem.manager.emit_message = onMessage;
    problem.manager.output_message = [](j_common_ptr) {};
}

Error damaged(const std::string& name, std::string why) {
    return {ErrorCode::BadInput,
            IMAGO_TR("{file} cannot be read as a JPEG: {why}."),
            {{"file", name}, {"why", std::move(why)}},
            IMAGO_TR("The file is damaged or incomplete; export or copy it again.")};
}

int word(const std::uint8_t* p) {
    return p[0] << 8 | p[1];
}

struct Header {
    int width = 0, height = 0, components = 0, orientation = 1;
};

// Calls f(marker, body) for each segment before the pixels, until f returns false. False: the file ends too early.
template <class F>
bool eachSegment(Bytes file, F&& f) {
    for (std::size_t at = 2; at + 4 <= file.size();) {
        if (file[at] != 0xFF) {  // some writers leave bytes between markers; the library skips them too
            ++at;
            continue;
        }
        const int marker = file[at + 1];
        if (marker == 0xFF) {
            ++at;
            continue;
        }
        if (marker == 0x00 || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) {
            at += 2;
            continue;
        }
        if (marker == 0xD9 || marker == 0xDA) break;
        const std::size_t size = static_cast<std::size_t>(word(file.data() + at + 2));
        if (size < 2 || at + 2 + size > file.size()) return false;
        if (!f(marker, file.subspan(at + 4, size - 2))) break;
        at += 2 + size;
    }
    return true;
}

// What follows a mark at the start of a segment; empty: it has another.
Bytes behind(std::string_view mark, Bytes body) {
    return body.size() > mark.size() && std::memcmp(body.data(), mark.data(), mark.size()) == 0 ? body.subspan(mark.size()) : Bytes();
}

constexpr std::string_view kExifMark("Exif\0\0", 6), kIccMark("ICC_PROFILE\0", 12);

// Size and orientation, before the library sees the file.
Result<Header> readHeader(Bytes file, const std::string& name) {
    if (!isJpeg(file)) return damaged(name, "it does not begin like a JPEG");
    Header out;
    const char* problem = "it has no picture header";
    const bool whole = eachSegment(file, [&](int marker, Bytes body) {
        const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
        if (frame) {
            problem = body.size() < 6 ? "its header is too short" : nullptr;
            if (problem) return false;
            out.height = word(body.data() + 1);
            out.width = word(body.data() + 3);
            out.components = body[5];
            return false;
        }
        if (const Bytes exif = behind(kExifMark, body); marker == 0xE1 && !exif.empty()) out.orientation = exifOrientation(exif);
        return true;
    });
    if (!whole) problem = "the file ends too early";
    if (problem) return damaged(name, problem);
    return out;
}

struct Decoder {
    jpeg_decompress_struct info{};
    Problem problem;
    jpeg_progress_mgr progress{};
    bool created = false;
    ~Decoder() {
        if (created) jpeg_destroy_decompress(&info);
    }
};

bool begin(Decoder& decoder, Bytes file) {
    if (setjmp(decoder.problem.jump)) return false;
    jpeg_create_decompress(&decoder.info);
    decoder.created = true;
    decoder.progress.progress_monitor = onProgress;
    decoder.info.progress = &decoder.progress;
    jpeg_mem_src(&decoder.info, file.data(), file.size());
    jpeg_read_header(&decoder.info, TRUE);
    const auto space = decoder.info.jpeg_color_space;
    if (space == JCS_CMYK || space == JCS_YCCK)
        decoder.info.out_color_space = JCS_CMYK;
    else
        decoder.info.out_color_space = space == JCS_GRAYSCALE ? JCS_GRAYSCALE : JCS_RGB;
    decoder.info.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&decoder.info);
    return true;
}

// scratch: one row of CMYK, or null.
bool readRows(Decoder& decoder, Image& image, std::uint8_t* scratch) {
    if (setjmp(decoder.problem.jump)) return false;
    while (decoder.info.output_scanline < decoder.info.output_height) {
        std::uint8_t* row = image.row<std::uint8_t>(static_cast<int>(decoder.info.output_scanline));
        JSAMPROW target = scratch ? scratch : row;
        jpeg_read_scanlines(&decoder.info, &target, 1);
        if (!scratch) continue;
        // Adobe stores CMYK upside down: 255 is no ink.
        const bool inverted = decoder.info.saw_Adobe_marker;
        for (int x = 0; x < image.width(); ++x) {
            const std::uint8_t* c = scratch + 4 * x;
            const int black = inverted ? c[3] : 255 - c[3];
            for (int i = 0; i < 3; ++i) row[3 * x + i] = static_cast<std::uint8_t>(((inverted ? c[i] : 255 - c[i]) * black + 127) / 255);
        }
    }
    jpeg_finish_decompress(&decoder.info);
    return true;
}

struct Encoder {
    jpeg_compress_struct info{};
    Problem problem;
    unsigned char* out = nullptr;
    unsigned long size = 0;
    bool created = false;
    ~Encoder() {
        if (created) jpeg_destroy_compress(&info);
        std::free(out);
    }
};

bool writeAll(Encoder& encoder, const ImageView& view, int quality) {
    if (setjmp(encoder.problem.jump)) return false;
    jpeg_create_compress(&encoder.info);
    encoder.created = true;
    jpeg_mem_dest(&encoder.info, &encoder.out, &encoder.size);
    encoder.info.image_width = static_cast<JDIMENSION>(view.width);
    encoder.info.image_height = static_cast<JDIMENSION>(view.height);
    encoder.info.input_components = view.channels;
    encoder.info.in_color_space = view.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&encoder.info);
    jpeg_set_quality(&encoder.info, quality, TRUE);
    encoder.info.optimize_coding = TRUE;
    if (view.channels == 3 && quality >= 90) encoder.info.comp_info[0].h_samp_factor = encoder.info.comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(&encoder.info, TRUE);
    while (encoder.info.next_scanline < encoder.info.image_height) {
        JSAMPROW row = const_cast<JSAMPROW>(view.row<std::uint8_t>(static_cast<int>(encoder.info.next_scanline)));
        jpeg_write_scanlines(&encoder.info, &row, 1);
    }
    jpeg_finish_compress(&encoder.info);
    return true;
}

}  // namespace

bool isJpeg(Bytes head) {
    return head.size() >= 3 && head[0] == 0xFF && head[1] == 0xD8 && head[2] == 0xFF;
}

Result<ImageHead> jpegHead(Bytes file, const std::string& name) {
    IMAGO_ASSIGN(const Header header, readHeader(file, name));
    IMAGO_TRY(checkImageSize(header.width, header.height, 4, 1, name));
    const bool turned = header.orientation >= 5;
    return ImageHead{turned ? header.height : header.width, turned ? header.width : header.height, header.components == 1 ? 1 : 3};
}

int jpegOrientation(Bytes file) {
    const auto header = readHeader(file, "");
    return header ? header->orientation : 1;
}

Result<Image> decodeJpeg(Bytes file, const std::string& name) {
    IMAGO_ASSIGN(const Header header, readHeader(file, name));
    IMAGO_TRY(checkImageSize(header.width, header.height, 4, 1, name));
    // A block of 8 x 8 takes some bits at least, even where nothing happens.
    if (std::uint64_t(header.width) * std::uint64_t(header.height) / 20000 > file.size())
        return damaged(name, "it is too short for the size that its header claims");
    Decoder decoder;
    prepare(decoder.problem);
    decoder.info.err = &decoder.problem.manager;
    if (!begin(decoder, file)) return damaged(name, decoder.problem.text);
    const bool cmyk = decoder.info.out_color_space == JCS_CMYK;
    const int width = static_cast<int>(decoder.info.output_width), height = static_cast<int>(decoder.info.output_height);
    IMAGO_TRY(checkImageSize(width, height, 4, 1, name));
    Image image(width, height, cmyk ? 3 : decoder.info.output_components);
    std::vector<std::uint8_t> scratch(cmyk ? static_cast<std::size_t>(width) * 4 : 0);
    if (!readRows(decoder, image, cmyk ? scratch.data() : nullptr)) return damaged(name, decoder.problem.text);
    return header.orientation == 1 ? std::move(image) : oriented(image, header.orientation);
}

// A profile comes in numbered pieces: one that lacks a piece is none.
void jpegExtras(Bytes file, Photo& photo) {
    std::map<int, Bytes> pieces;
    int wanted = 0;
    eachSegment(file, [&](int marker, Bytes body) {
        if (const Bytes exif = behind(kExifMark, body); marker == 0xE1 && !exif.empty())
            photo.metadata.exif.assign(exif.begin(), exif.end());
        if (const Bytes piece = behind(kIccMark, body); marker == 0xE2 && piece.size() > 2) {
            wanted = piece[1];
            pieces[piece[0]] = piece.subspan(2);
        }
        return true;
    });
    if (pieces.empty() || static_cast<int>(pieces.size()) != wanted || pieces.begin()->first != 1 || pieces.rbegin()->first != wanted)
        return;
    for (const auto& [number, piece] : pieces) photo.icc.insert(photo.icc.end(), piece.begin(), piece.end());
}

Result<std::vector<std::uint8_t>> encodeJpeg(const ImageView& view, int quality) {
    if (view.type != PixelType::U8 || (view.channels != 1 && view.channels != 3) || view.width < 1 || view.height < 1 ||
        view.width > 65500 || view.height > 65500)
        return Error{ErrorCode::Internal, IMAGO_TR("This picture cannot be written as a JPEG: it needs 8 bit and no alpha.")};
    Encoder encoder;
    prepare(encoder.problem);
    encoder.info.err = &encoder.problem.manager;
    if (!writeAll(encoder, view, std::min(100, std::max(1, quality))))
        return Error{ErrorCode::Internal, IMAGO_TR("The JPEG could not be made: {why}."), {{"why", encoder.problem.text}}};
    return std::vector<std::uint8_t>(encoder.out, encoder.out + encoder.size);
}

Image oriented(const ImageView& view, int orientation) {
    if (orientation <= 1 || orientation > 8) return copyOf(view);
    const bool swapped = orientation >= 5;
    Image out(swapped ? view.height : view.width, swapped ? view.width : view.height, view.channels, view.type);
    const std::size_t pixel = static_cast<std::size_t>(view.channels) * bytesOfSample(view.type);
    // Where the pixel (x, y) of the picture as seen lies in the file (EXIF 2.3, figure 5).
    const bool mirrorX = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool mirrorY = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    for (int y = 0; y < out.height(); ++y) {
        std::uint8_t* to = out.row<std::uint8_t>(y);
        for (int x = 0; x < out.width(); ++x, to += pixel) {
            int fromX = swapped ? y : x, fromY = swapped ? x : y;
            if (mirrorX) fromX = view.width - 1 - fromX;
            if (mirrorY) fromY = view.height - 1 - fromY;
            std::memcpy(to, view.row<std::uint8_t>(fromY) + pixel * static_cast<std::size_t>(fromX), pixel);
        }
    }
    return out;
}

}  // namespace imago
