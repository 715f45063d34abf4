// EXIF: the one thing in it that changes how a picture is seen, its orientation. Any thread.
#pragma once

#include "core/base/hash.h"

namespace imago {

// Some put the mark "Exif" before the block: what follows it.
Bytes withoutExifMark(Bytes block);

// From the body of an EXIF block (a small TIFF; the "Exif" mark before it may be there): 1-8, 1 if there is none.
int exifOrientation(Bytes tiff);

}  // namespace imago
