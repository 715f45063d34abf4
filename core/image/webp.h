// WebP: reads lossy and lossless pictures, of animations the first one, turned as the EXIF orientation says. Any thread.
#pragma once

#include <string>

#include "core/base/hash.h"
#include "core/image/image.h"

namespace imago {

struct Photo;  // core/image/photo.h

bool isWebp(Bytes head);
Result<ImageHead> webpHead(Bytes file, const std::string& name);
Result<Image> decodeWebp(Bytes file, const std::string& name);  // 3 or 4 channels
void webpExtras(Bytes file, Photo& photo);

}  // namespace imago
