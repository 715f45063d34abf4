#include "core/data/glyph_items.h"

#include <algorithm>
#include <filesystem>

#include "core/data/emoji_names.h"
#include "core/data/sources.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

void addRange(std::u32string& out, char32_t first, char32_t last) {
    for (char32_t c = first; c <= last; ++c)
        if (c < 0xd800 || c > 0xdfff) out += c;  // halves of a surrogate pair are not characters
}

// "A-Za-z", "digits", "0123,": a named set, or characters with ranges.
std::u32string expandChars(const std::string& chars) {
    std::u32string out;
    if (chars == "capitals") return addRange(out, 'A', 'Z'), out;
    if (chars == "small") return addRange(out, 'a', 'z'), out;
    if (chars == "digits") return addRange(out, '0', '9'), out;
    if (chars.empty() || chars == "letters") addRange(out, 'A', 'Z'), addRange(out, 'a', 'z');
    if (chars.empty()) addRange(out, '0', '9');
    if (chars == "greek") addRange(out, 0x391, 0x3a1), addRange(out, 0x3a3, 0x3a9), addRange(out, 0x3b1, 0x3c9);
    if (chars == "cyrillic") addRange(out, 0x410, 0x44f);
    if (chars == "kana") addRange(out, 0x3041, 0x3096), addRange(out, 0x30a1, 0x30fa);
    if (chars == "chinese") addRange(out, 0x4e00, 0x9fff);
    if (!out.empty()) return out;
    const std::u32string text = fromUtf8(chars);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i + 2 < text.size() && text[i + 1] == U'-' && text[i + 2] >= text[i] && text[i + 2] - text[i] < 0x10000) {
            addRange(out, text[i], text[i + 2]);
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

}  // namespace

Result<GlyphRequest> parseGlyphRequest(const std::string& rest) {
    GlyphRequest out;
    std::size_t at = 0;
    while (at < rest.size()) {
        const std::string_view left = std::string_view(rest).substr(at);
        if (left.starts_with("chars=")) {  // the last one: it may hold commas
            out.chars = left.substr(6);
            break;
        }
        const std::size_t comma = std::min(rest.find(',', at), rest.size());
        const std::string part = rest.substr(at, comma - at);
        at = comma + 1;
        if (part.starts_with("classes=")) {
            out.classes = part.substr(8);
            if (out.classes != "names" && out.classes != "groups" && out.classes != "none")
                return Error{ErrorCode::BadInput,
                             IMAGO_TR("classes= is names, groups or none, not {value}."),
                             {{"value", printableName(out.classes)}}};
        } else if (!part.empty()) {
            out.fonts.push_back(part);
        }
    }
    if (out.fonts.empty()) return Error{ErrorCode::BadInput, IMAGO_TR("glyphs: needs a font.")};
    return out;
}

std::string codeName(char32_t c) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    for (int shift = c > 0xffff ? 20 : 12; shift >= 0; shift -= 4) out += kHex[(c >> shift) & 15];
    return "U+" + out;
}

Result<std::vector<GlyphItem>> glyphItems(const FontFace& font, const GlyphRequest& request) {
    std::vector<GlyphItem> items;
    if (request.chars == "emoji" || (request.chars.empty() && font.coloured())) {
        const fs::path names = emojiTestFile();
        if (names.empty())
            return Error{ErrorCode::BadInput,
                         IMAGO_TR("The names of the emoji are not on this machine."),
                         {},
                         IMAGO_TR("Install the package unicode-data.")};
        IMAGO_ASSIGN(const std::vector<Emoji> emoji, readEmojiNames(names));
        for (const Emoji& one : emoji) items.push_back({one.text, one.name, one.group});
        return items;
    }
    for (const char32_t c : expandChars(request.chars)) {
        const bool shown = c > 0x20 && c != 0x7f;
        if (shown) items.push_back({std::u32string(1, c), toUtf8(std::u32string(1, c)), {}});
    }
    return items;
}

}  // namespace imago
