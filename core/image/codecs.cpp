#include "core/image/codecs.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "core/base/durable_file.h"
#include "core/image/bmp.h"
#include "core/image/jpeg.h"
#include "core/image/photo.h"
#ifdef IMAGO_HAVE_TIFF
#include "core/image/tiff.h"
#endif
#ifdef IMAGO_HAVE_WEBP
#include "core/image/webp.h"
#endif

namespace imago {

namespace {

std::string extensionOf(const std::filesystem::path& path) {
    std::string out = path.extension().string();
    if (!out.empty()) out.erase(0, 1);
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

// Formats we can name though we may not read them.
const char* guessFormat(Bytes file) {
    const std::string_view head(reinterpret_cast<const char*>(file.data()), std::min<std::size_t>(file.size(), 64));
    using namespace std::string_view_literals;
    if (head.starts_with("GIF8")) return "a GIF";
    if (head.starts_with("II*\0"sv) || head.starts_with("MM\0*"sv)) return "a TIFF";
    if (head.size() >= 12 && head.starts_with("RIFF") && head.substr(8, 4) == "WEBP") return "a WebP";
    if (head.starts_with("BM")) return "a BMP";
    if (head.starts_with("v/1\x01")) return "an OpenEXR";
    if (head.starts_with("#?RADIANCE") || head.starts_with("#?RGBE")) return "a Radiance HDR";
    if (head.starts_with("\0\0\0\x0CjP  "sv)) return "a JPEG 2000";
    if (head.size() > 12 && head.substr(4, 4) == "ftyp") return head.substr(8, 4) == "avif" ? "an AVIF" : "a HEIC or MP4";
    if (head.starts_with("8BPS")) return "a Photoshop file";
    if (head.starts_with("%PDF")) return "a PDF";
    if (head.starts_with("<?xml") || head.starts_with("<svg")) return "an SVG or XML text";
    if (head.size() > 2 && head[0] == 'P' && head[1] >= '1' && head[1] <= '7' && std::isspace(static_cast<unsigned char>(head[2])))
        return "a PNM";
    return nullptr;
}

}  // namespace

const CodecList& builtInCodecs() {
    static const CodecList list{
        {"png", "PNG", {"png"}, isPng, decodePng, pngHead, pngExtras},
        {"jpeg", "JPEG", {"jpg", "jpeg", "jpe", "jfif"}, isJpeg, decodeJpeg, jpegHead, jpegExtras},
#ifdef IMAGO_HAVE_WEBP
        {"webp", "WebP", {"webp"}, isWebp, decodeWebp, webpHead, webpExtras},
#endif
#ifdef IMAGO_HAVE_TIFF
        {"tiff", "TIFF", {"tif", "tiff"}, isTiff, decodeTiff, tiffHead, tiffExtras},
#endif
        {"bmp", "BMP", {"bmp", "dib"}, isBmp, decodeBmp, bmpHead},
    };
    return list;
}

std::string codecNames(const CodecList& codecs) {
    std::string known;
    for (const Codec& codec : codecs) known += (known.empty() ? "" : ", ") + codec.label;
    return known;
}

namespace {

// The codec that the file's first bytes ask for.
Result<const Codec*> codecFor(Bytes file, const std::string& name, const CodecList& codecs) {
    if (file.empty())
        return Error{ErrorCode::BadInput, IMAGO_TR("{file} is empty."), {{"file", name}}, IMAGO_TR("Copy or export the picture again.")};
    for (const Codec& codec : codecs)
        if (codec.matches(file)) return &codec;
    if (const char* format = guessFormat(file))
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("{file} is {format}, which this program does not read (it reads {known})."),
                     {{"file", name}, {"format", format}, {"known", codecNames(codecs)}},
                     IMAGO_TR("Save it as a PNG first.")};
    return Error{ErrorCode::BadInput,
                 IMAGO_TR("{file} is not a picture that this program knows (it reads {known})."),
                 {{"file", name}, {"known", codecNames(codecs)}},
                 IMAGO_TR("Check the file, or save it as a PNG.")};
}

}  // namespace

Result<Image> readImage(Bytes file, const std::string& name, const CodecList& codecs) {
    IMAGO_ASSIGN(const Codec* codec, codecFor(file, name, codecs));
    return codec->decode(file, name);
}

Result<Photo> readPhoto(Bytes file, const std::string& name, const CodecList& codecs) {
    IMAGO_ASSIGN(const Codec* codec, codecFor(file, name, codecs));
    Photo photo;
    IMAGO_ASSIGN(photo.image, codec->decode(file, name));
    if (codec->extras) codec->extras(file, photo);
    return photo;
}

Result<ImageHead> readImageHead(Bytes file, const std::string& name, const CodecList& codecs) {
    IMAGO_ASSIGN(const Codec* codec, codecFor(file, name, codecs));
    if (codec->head) return codec->head(file, name);
    IMAGO_ASSIGN(const Image image, codec->decode(file, name));
    return ImageHead{image.width(), image.height(), image.channels()};
}

std::string foreignImageExtension(const std::filesystem::path& path, const CodecList& codecs) {
    static constexpr std::string_view kForeign[] = {"gif", "svg",  "heic", "heif", "avif", "jxl", "jp2", "j2k", "psd", "xcf", "kra",
                                                    "ora", "ico",  "exr",  "hdr",  "tga",  "pcx", "ppm", "pgm", "pbm", "pnm", "webp",
                                                    "tif", "tiff", "cr2",  "cr3",  "nef",  "arw", "dng", "orf", "raf", "rw2", "eps"};
    const std::string extension = extensionOf(path);
    if (hasImageExtension(path, codecs)) return {};
    return std::find(std::begin(kForeign), std::end(kForeign), extension) != std::end(kForeign) ? extension : std::string();
}

Result<Image> readImage(const std::filesystem::path& path, const CodecList& codecs) {
    IMAGO_ASSIGN(const auto file, readFile(path, ImageLimits{}.fileBytes));
    return readImage(Bytes(file), path.string(), codecs);
}

bool hasImageExtension(const std::filesystem::path& path, const CodecList& codecs) {
    const std::string extension = extensionOf(path);
    return std::any_of(codecs.begin(), codecs.end(), [&](const Codec& codec) {
        return std::find(codec.extensions.begin(), codec.extensions.end(), extension) != codec.extensions.end();
    });
}

Result<void> writeImage(const std::filesystem::path& path, const ImageView& view, const TextChunks& texts) {
    const std::string extension = extensionOf(path);
    if (extension == "jpg" || extension == "jpeg") {
        const Image plain = withChannels(withType(view, PixelType::U8), view.channels >= 3 ? 3 : 1);
        IMAGO_ASSIGN(const auto bytes, encodeJpeg(plain));
        return writeDurably(path, Bytes(bytes));
    }
    if (extension != "png")
        return Error{ErrorCode::Usage,
                     IMAGO_TR("{file} cannot be written: pictures are written as .png or .jpg."),
                     {{"file", path.string()}},
                     IMAGO_TR("Change the end of the name.")};
    if (view.type == PixelType::F32) {
        IMAGO_ASSIGN(const auto bytes, encodePng(withType(view, PixelType::U16), texts));
        return writeDurably(path, Bytes(bytes));
    }
    IMAGO_ASSIGN(const auto bytes, encodePng(view, texts));
    return writeDurably(path, Bytes(bytes));
}

}  // namespace imago
