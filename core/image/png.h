// PNG: reads every kind (8 and 16 bit, grey, RGB, alpha, palette, interlaced), writes 8 and 16 bit with text chunks.
// The same picture and texts always give the same bytes. Any thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/base/hash.h"
#include "core/image/image.h"

namespace imago {

struct Photo;  // core/image/photo.h

using TextChunks = std::vector<std::pair<std::string, std::string>>;  // keyword (1-79 characters), UTF-8 text

bool isPng(Bytes head);
Result<ImageHead> pngHead(Bytes file, const std::string& name);
// name: what the picture is called in errors. 1, 2 and 4 bit become 8 bit, palettes become RGB(A); turned as an eXIf chunk says.
Result<Image> decodePng(Bytes file, const std::string& name);
void pngExtras(Bytes file, Photo& photo);
// tEXt, zTXt and iTXt, in order, at most 4 MB in all; a damaged one is left out, one that is too long is empty.
Result<TextChunks> pngTexts(Bytes file, const std::string& name);

Result<std::vector<std::uint8_t>> encodePng(const ImageView& view, const TextChunks& texts = {});

}  // namespace imago
