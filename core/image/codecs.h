// Codecs: which picture formats are read, told apart by their first bytes. PNG and JPEG are always there; the program's
// main adds what it was built with to a list of its own and hands that on. Lists are filled once, then read from any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/base/hash.h"
#include "core/image/image.h"
#include "core/image/png.h"

namespace imago {

struct Codec {
    std::string id;                       // "png"
    std::string label;                    // "PNG"
    std::vector<std::string> extensions;  // lower case, without dot; for file dialogs and folder scans
    std::function<bool(Bytes head)> matches;
    std::function<Result<Image>(Bytes file, const std::string& name)> decode;
};

using CodecList = std::vector<Codec>;
const CodecList& builtInCodecs();  // PNG, JPEG

// Error says what the file is, if it can be told, and what this program reads.
Result<Image> readImage(Bytes file, const std::string& name, const CodecList& codecs = builtInCodecs());
Result<Image> readImage(const std::filesystem::path& path, const CodecList& codecs = builtInCodecs());
bool hasImageExtension(const std::filesystem::path& path, const CodecList& codecs = builtInCodecs());

// Durably; the extension says which: .png (8 and 16 bit, texts kept) or .jpg / .jpeg.
Result<void> writeImage(const std::filesystem::path& path, const ImageView& view, const TextChunks& texts = {});

}  // namespace imago
