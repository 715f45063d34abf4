// Photo: a picture with what its file says beside the pixels: colour profile and metadata, byte for byte as they are stored.
// What a file does not say stays empty; nothing is guessed. Moved, or shared. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/image/codecs.h"
#include "core/image/image.h"

namespace imago {

struct PhotoMetadata {
    std::vector<std::uint8_t> exif{};  // a small TIFF, without the "Exif" mark before it. Of a TIFF: none, it is the file itself
    TextChunks texts{};                // PNG
};

struct Photo {
    Image image{};
    std::vector<std::uint8_t> icc{};  // empty: none is said
    PhotoMetadata metadata{};
};

// As readImage(): the pixels are the same. Their orientation has been followed, also where the EXIF block still names it.
Result<Photo> readPhoto(Bytes file, const std::string& name, const CodecList& codecs = builtInCodecs());

}  // namespace imago
