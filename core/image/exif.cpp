#include "core/image/exif.h"

#include <cstring>

namespace imago {

Bytes withoutExifMark(Bytes block) {
    return block.size() > 6 && std::memcmp(block.data(), "Exif\0\0", 6) == 0 ? block.subspan(6) : block;
}

int exifOrientation(Bytes tiff) {
    tiff = withoutExifMark(tiff);
    if (tiff.size() < 14) return 1;
    const bool little = tiff[0] == 'I' && tiff[1] == 'I';
    if (!little && !(tiff[0] == 'M' && tiff[1] == 'M')) return 1;
    const auto u16 = [&](std::size_t at) -> unsigned {
        return little ? tiff[at] | unsigned(tiff[at + 1]) << 8 : tiff[at + 1] | unsigned(tiff[at]) << 8;
    };
    const auto u32 = [&](std::size_t at) -> std::size_t {
        return little ? u16(at) | std::size_t(u16(at + 2)) << 16 : u16(at + 2) | std::size_t(u16(at)) << 16;
    };
    const std::size_t directory = u32(4);
    if (directory < 8 || directory > tiff.size() - 2) return 1;
    const std::size_t entries = u16(directory);
    for (std::size_t i = 0; i < entries; ++i) {
        const std::size_t at = directory + 2 + i * 12;
        if (at + 12 > tiff.size()) return 1;
        if (u16(at) != 0x0112) continue;
        const unsigned value = u16(at + 8);
        return u16(at + 2) == 3 && value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
    }
    return 1;
}

}  // namespace imago
