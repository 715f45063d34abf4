// BMP: reads what Windows and others write: 1 to 32 bit, palettes, bit fields, RLE, both row orders. Any thread.
#pragma once

#include <string>

#include "core/base/hash.h"
#include "core/image/image.h"

namespace imago {

bool isBmp(Bytes head);
Result<ImageHead> bmpHead(Bytes file, const std::string& name);
Result<Image> decodeBmp(Bytes file, const std::string& name);  // 3 channels, 4 where there is an alpha mask in use

}  // namespace imago
