#include "core/image/webp.h"

#include <webp/decode.h>
#include <webp/demux.h>

#include <cstring>
#include <memory>

#include "core/image/exif.h"
#include "core/image/jpeg.h"
#include "core/image/photo.h"

namespace imago {
namespace {

struct DemuxerCloser {
    void operator()(WebPDemuxer* demuxer) const { WebPDemuxDelete(demuxer); }
};
using Demuxer = std::unique_ptr<WebPDemuxer, DemuxerCloser>;

Demuxer demuxed(Bytes file) {
    const WebPData data{file.data(), file.size()};
    return Demuxer(WebPDemux(&data));
}

// In the file's bytes; empty: there is none.
Bytes chunkOf(const Demuxer& demuxer, const char* type, std::uint32_t flag) {
    WebPChunkIterator found;
    if (!(WebPDemuxGetI(demuxer.get(), WEBP_FF_FORMAT_FLAGS) & flag) || !WebPDemuxGetChunk(demuxer.get(), type, 1, &found)) return {};
    const Bytes body{found.chunk.bytes, found.chunk.size};
    WebPDemuxReleaseChunkIterator(&found);
    return body;
}

struct AnimationCloser {
    void operator()(WebPAnimDecoder* decoder) const { WebPAnimDecoderDelete(decoder); }
};

Error damaged(const std::string& name, std::string why) {
    return {ErrorCode::BadInput,
            IMAGO_TR("{file} cannot be read as a WebP: {why}."),
            {{"file", name}, {"why", std::move(why)}},
            IMAGO_TR("The file is damaged or incomplete; export or copy it again.")};
}

struct Header {
    WebPBitstreamFeatures features{};
    int orientation = 1;
};

Result<Header> readHeader(Bytes file, const std::string& name) {
    if (!isWebp(file)) return damaged(name, "it does not begin like a WebP");
    const std::uint8_t* p = file.data() + 4;
    const std::uint64_t claimed =
        std::uint64_t(8) + (p[0] | std::uint32_t(p[1]) << 8 | std::uint32_t(p[2]) << 16 | std::uint32_t(p[3]) << 24);
    Header header;
    const VP8StatusCode status = WebPGetFeatures(file.data(), file.size(), &header.features);
    if (claimed > file.size() || status == VP8_STATUS_NOT_ENOUGH_DATA) return damaged(name, "the file ends too early");
    if (status != VP8_STATUS_OK) return damaged(name, "its header is damaged");
    IMAGO_TRY(checkImageSize(header.features.width, header.features.height, 4, 1, name));
    const Demuxer demuxer = demuxed(file);
    if (!demuxer) return damaged(name, "its parts do not fit together");
    header.orientation = exifOrientation(chunkOf(demuxer, "EXIF", EXIF_FLAG));
    return header;
}

Result<Image> firstFrame(Bytes file, const Header& header, const std::string& name) {
    const WebPData data{file.data(), file.size()};
    WebPAnimDecoderOptions options;
    if (!WebPAnimDecoderOptionsInit(&options)) return damaged(name, "the library does not fit");
    options.color_mode = MODE_RGBA;
    options.use_threads = 0;
    const std::unique_ptr<WebPAnimDecoder, AnimationCloser> decoder(WebPAnimDecoderNew(&data, &options));
    std::uint8_t* pixels = nullptr;
    int time = 0;
    if (!decoder || !WebPAnimDecoderGetNext(decoder.get(), &pixels, &time)) return damaged(name, "its first picture is damaged");
    Image image(header.features.width, header.features.height, 4);
    std::memcpy(image.data(), pixels, image.byteCount());
    return image;
}

}  // namespace

bool isWebp(Bytes head) {
    return head.size() >= 12 && std::memcmp(head.data(), "RIFF", 4) == 0 && std::memcmp(head.data() + 8, "WEBP", 4) == 0;
}

Result<ImageHead> webpHead(Bytes file, const std::string& name) {
    IMAGO_ASSIGN(const Header header, readHeader(file, name));
    const bool turned = header.orientation >= 5;
    const int width = header.features.width, height = header.features.height;
    return ImageHead{turned ? height : width, turned ? width : height, header.features.has_alpha ? 4 : 3};
}

Result<Image> decodeWebp(Bytes file, const std::string& name) {
    IMAGO_ASSIGN(const Header header, readHeader(file, name));
    Image image;
    if (header.features.has_animation) {
        IMAGO_ASSIGN(image, firstFrame(file, header, name));
    } else {
        image = Image(header.features.width, header.features.height, header.features.has_alpha ? 4 : 3);
        const auto stride = static_cast<int>(image.stride());
        const auto* done = image.channels() == 4 ? WebPDecodeRGBAInto(file.data(), file.size(), image.data(), image.byteCount(), stride)
                                                 : WebPDecodeRGBInto(file.data(), file.size(), image.data(), image.byteCount(), stride);
        if (!done) return damaged(name, "its pixels are damaged");
    }
    return header.orientation == 1 ? std::move(image) : oriented(image, header.orientation);
}

void webpExtras(Bytes file, Photo& photo) {
    const Demuxer demuxer = demuxed(file);
    if (!demuxer) return;
    const Bytes profile = chunkOf(demuxer, "ICCP", ICCP_FLAG), exif = withoutExifMark(chunkOf(demuxer, "EXIF", EXIF_FLAG));
    photo.icc.assign(profile.begin(), profile.end());
    photo.metadata.exif.assign(exif.begin(), exif.end());
}

}  // namespace imago
