// Pixels of the core as a QImage of its own. Any thread.
#pragma once

#include <QImage>

namespace imago {

struct ImageView;
QImage qimageOf(const ImageView& view);  // a copy; 16-bit and float pictures are shown in 8 bits

}  // namespace imago
