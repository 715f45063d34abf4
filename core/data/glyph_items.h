// What a "glyphs:" dataset asks for, and the letters or emoji that a font is asked to draw for it. Any thread.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/data/font_face.h"

namespace imago {

struct GlyphRequest {
    std::vector<std::string> fonts;
    std::string classes;  // names | groups | none; empty: what suits
    std::string chars;
};

struct GlyphItem {
    std::u32string text;
    std::string name, group;
};

// rest: "FONT[,FONT...][,classes=names|groups|none][,chars=...]"
Result<GlyphRequest> parseGlyphRequest(const std::string& rest);
Result<std::vector<GlyphItem>> glyphItems(const FontFace& font, const GlyphRequest& request);
std::string codeName(char32_t c);  // "U+1F600"

}  // namespace imago
