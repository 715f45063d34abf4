#include "core/data/font_face.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H
#include FT_TRUETYPE_TABLES_H

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/base/durable_file.h"
#include "core/data/glyph_ligatures.h"
#include "core/data/sources.h"

namespace imago {

struct FontFace::State {
    std::vector<std::uint8_t> bytes;
    FT_Library library = nullptr;
    FT_Face face = nullptr;
    std::string name;
    GlyphLigatures ligatures;

    ~State() {
        if (face) FT_Done_Face(face);
        if (library) FT_Done_FreeType(library);
    }
};

namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t(256) << 20;

std::vector<std::uint8_t> tableOf(FT_Face face, FT_ULong tag) {
    FT_ULong size = 0;
    if (FT_Load_Sfnt_Table(face, tag, 0, nullptr, &size) != 0 || size > (FT_ULong(64) << 20)) return {};
    std::vector<std::uint8_t> bytes(size);
    if (FT_Load_Sfnt_Table(face, tag, 0, bytes.data(), &size) != 0) return {};
    return bytes;
}

// FreeType's BGRA has its colours multiplied by alpha.
void unpremultiply(const std::uint8_t* from, std::uint8_t* to) {
    const int alpha = from[3];
    for (int c = 0; c < 3; ++c)
        to[c] = alpha > 0 ? static_cast<std::uint8_t>(std::min(255, (from[2 - c] * 255 + alpha / 2) / alpha)) : std::uint8_t(0);
    to[3] = static_cast<std::uint8_t>(alpha);
}

}  // namespace

FontFace::FontFace(std::unique_ptr<State> state) : m_state(std::move(state)) {}
FontFace::FontFace(FontFace&&) noexcept = default;
FontFace& FontFace::operator=(FontFace&&) noexcept = default;
FontFace::~FontFace() = default;

Result<FontFace> FontFace::open(const std::filesystem::path& file) {
    auto state = std::make_unique<State>();
    IMAGO_ASSIGN(state->bytes, readFile(file, kMostBytes));
    const auto failed = [&] {
        return Error{ErrorCode::BadInput, IMAGO_TR("{file} is not a font that can be read."), {{"file", printableName(file.native())}}};
    };
    if (FT_Init_FreeType(&state->library) != 0) return failed();
    if (FT_New_Memory_Face(state->library, state->bytes.data(), static_cast<FT_Long>(state->bytes.size()), 0, &state->face) != 0)
        return failed();
    FT_Face face = state->face;
    FT_Select_Charmap(face, FT_ENCODING_UNICODE);  // symbol fonts keep the one they have
    state->name = printableName(file.stem().native());
    if (face->family_name)
        state->name = printableName(std::string(face->family_name) + (face->style_name ? std::string(" ") + face->style_name : ""));
    if (FT_HAS_FIXED_SIZES(face)) {
        int best = 0;
        for (int i = 1; i < face->num_fixed_sizes; ++i)
            if (face->available_sizes[i].height > face->available_sizes[best].height) best = i;
        if (FT_Select_Size(face, best) != 0) return failed();
    }
    state->ligatures = GlyphLigatures::parse(tableOf(face, FT_MAKE_TAG('G', 'S', 'U', 'B')));
    return FontFace(std::move(state));
}

const std::string& FontFace::name() const {
    return m_state->name;
}

bool FontFace::coloured() const {
    return FT_HAS_COLOR(m_state->face) && FT_HAS_FIXED_SIZES(m_state->face);
}

unsigned FontFace::glyphOf(const std::u32string& text) const {
    // With and without the marks that ask for the coloured form: fonts differ in which they join.
    for (const bool keepsMarks : {true, false}) {
        std::vector<std::uint16_t> glyphs;
        bool known = true;
        for (const char32_t c : text) {
            if (!keepsMarks && c == 0xfe0f) continue;
            const FT_UInt glyph = FT_Get_Char_Index(m_state->face, c);
            if (glyph == 0 || glyph > 0xffff) known = false;
            glyphs.push_back(static_cast<std::uint16_t>(glyph));
        }
        if (!known) continue;
        m_state->ligatures.apply(glyphs);
        if (glyphs.size() == 1) return glyphs[0];
    }
    return 0;
}

std::optional<FontFace::Box> FontFace::inkOf(unsigned glyph) const {
    FT_Face face = m_state->face;
    if (FT_Load_Glyph(face, glyph, FT_LOAD_NO_SCALE) != 0 || face->glyph->format != FT_GLYPH_FORMAT_OUTLINE) return std::nullopt;
    FT_BBox box;
    FT_Outline_Get_CBox(&face->glyph->outline, &box);
    if (box.xMax <= box.xMin || box.yMax <= box.yMin) return std::nullopt;
    return Box{box.xMin, box.yMin, box.xMax, box.yMax};
}

Image FontFace::drawOutline(unsigned glyph, int side, double scale, double x, double y) const {
    Image canvas(side, side, 1);
    FT_Face face = m_state->face;
    if (FT_Load_Glyph(face, glyph, FT_LOAD_NO_SCALE) != 0 || face->glyph->format != FT_GLYPH_FORMAT_OUTLINE) return canvas;
    // 16.16: units of the font to 1/64 of a pixel; then to where the canvas' middle is.
    const FT_Matrix zoom{std::lround(scale * 64 * 65536), 0, 0, std::lround(scale * 64 * 65536)};
    FT_Outline_Transform(&face->glyph->outline, &zoom);
    FT_Outline_Translate(&face->glyph->outline, std::lround((side / 2.0 - x * scale) * 64), std::lround((side / 2.0 - y * scale) * 64));
    FT_Bitmap bitmap{};
    bitmap.rows = bitmap.width = static_cast<unsigned>(side);
    bitmap.pitch = side;  // positive: rows from the top
    bitmap.buffer = canvas.data();
    bitmap.num_grays = 256;
    bitmap.pixel_mode = FT_PIXEL_MODE_GRAY;
    FT_Outline_Get_Bitmap(m_state->library, &face->glyph->outline, &bitmap);
    return canvas;
}

Image FontFace::drawColour(unsigned glyph) const {
    FT_Face face = m_state->face;
    if (FT_Load_Glyph(face, glyph, FT_LOAD_COLOR) != 0) return {};
    const FT_Bitmap& bitmap = face->glyph->bitmap;
    if (face->glyph->format != FT_GLYPH_FORMAT_BITMAP || bitmap.pixel_mode != FT_PIXEL_MODE_BGRA || bitmap.width == 0 || bitmap.rows == 0 ||
        bitmap.width > 4096 || bitmap.rows > 4096 || bitmap.pitch <= 0)
        return {};
    const auto width = static_cast<int>(bitmap.width), height = static_cast<int>(bitmap.rows), side = std::max(width, height);
    Image square(side, side, 4);
    for (int y = 0; y < height; ++y) {
        std::uint8_t* to = square.row<std::uint8_t>(y + (side - height) / 2) + 4 * ((side - width) / 2);
        const std::uint8_t* from = bitmap.buffer + static_cast<std::ptrdiff_t>(y) * bitmap.pitch;
        for (int x = 0; x < width; ++x, from += 4, to += 4) unpremultiply(from, to);
    }
    return square;
}

}  // namespace imago
