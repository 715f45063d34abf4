// JPEG: reads grey, colour and CMYK (as RGB), turned as the EXIF orientation says; writes grey and RGB. Any thread.
#pragma once

#include <string>
#include <vector>

#include "core/base/hash.h"
#include "core/image/image.h"

namespace imago {

struct Photo;  // core/image/photo.h

bool isJpeg(Bytes head);
Result<Image> decodeJpeg(Bytes file, const std::string& name);
void jpegExtras(Bytes file, Photo& photo);
Result<ImageHead> jpegHead(Bytes file, const std::string& name);
int jpegOrientation(Bytes file);  // EXIF 1-8; 1 if there is none
// quality 1-100; 8 bit, 1 or 3 channels (alpha has to be composited before).
Result<std::vector<std::uint8_t>> encodeJpeg(const ImageView& view, int quality = 92);

// The picture as seen for an EXIF orientation 1-8.
Image oriented(const ImageView& view, int orientation);

}  // namespace imago
