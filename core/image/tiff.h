// TIFF: reads the first picture of a file, of any compression that libtiff has: 8 and 16 bit and float grey and RGB as they
// are, the rest (palettes, CMYK, Lab, planes apart) as 8 bit RGB, turned as its orientation says. Any thread.
#pragma once

#include <string>

#include "core/base/hash.h"
#include "core/image/image.h"

namespace imago {

struct Photo;  // core/image/photo.h

bool isTiff(Bytes head);
Result<ImageHead> tiffHead(Bytes file, const std::string& name);
Result<Image> decodeTiff(Bytes file, const std::string& name);
void tiffExtras(Bytes file, Photo& photo);

}  // namespace imago
