// Codecs: which picture formats are read, told apart by their first bytes. PNG, JPEG and BMP are always there, WebP and TIFF
// where their libraries were; the program's main may add more to a list of its own. Lists are filled once, then read from
// any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/base/hash.h"
#include "core/image/image.h"
#include "core/image/png.h"

namespace imago {

struct Photo;  // core/image/photo.h

struct Codec {
    std::string id;                       // "png"
    std::string label;                    // "PNG"
    std::vector<std::string> extensions;  // lower case, without dot; for file dialogs and folder scans
    std::function<bool(Bytes head)> matches;
    std::function<Result<Image>(Bytes file, const std::string& name)> decode;
    // Size from the header alone, checked against ImageLimits: what is too large is refused before it costs anything.
    std::function<Result<ImageHead>(Bytes file, const std::string& name)> head{};
    // Colour profile and metadata of a file that could be decoded, into the photo; damaged ones are left out.
    std::function<void(Bytes file, Photo& photo)> extras{};
};

using CodecList = std::vector<Codec>;
const CodecList& builtInCodecs();
std::string codecNames(const CodecList& codecs = builtInCodecs());  // "PNG, JPEG, ..."

// Error says what the file is, if it can be told, and what this program reads.
Result<Image> readImage(Bytes file, const std::string& name, const CodecList& codecs = builtInCodecs());
Result<Image> readImage(const std::filesystem::path& path, const CodecList& codecs = builtInCodecs());
Result<ImageHead> readImageHead(Bytes file, const std::string& name, const CodecList& codecs = builtInCodecs());
// The end of a name that people give to pictures, of a format that is not on the list: "gif", "heic"; else empty.
std::string foreignImageExtension(const std::filesystem::path& path, const CodecList& codecs = builtInCodecs());
bool hasImageExtension(const std::filesystem::path& path, const CodecList& codecs = builtInCodecs());

// Durably; the extension says which: .png (8 and 16 bit, texts kept) or .jpg / .jpeg.
Result<void> writeImage(const std::filesystem::path& path, const ImageView& view, const TextChunks& texts = {});

}  // namespace imago
