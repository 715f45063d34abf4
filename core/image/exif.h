// EXIF: the one thing in it that changes how a picture is seen, its orientation. Any thread.
#pragma once

#include "core/base/hash.h"

namespace imago {

// From the body of an EXIF block (a small TIFF; the "Exif" mark before it may be there): 1-8, 1 if there is none.
int exifOrientation(Bytes tiff);

}  // namespace imago
