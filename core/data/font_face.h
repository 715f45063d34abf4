// FontFace: one font opened with FreeType: which characters and sequences of characters it has, and their pictures.
// One thread.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/image/image.h"

namespace imago {

class FontFace {
  public:
    static Result<FontFace> open(const std::filesystem::path& file);
    FontFace(FontFace&&) noexcept;
    FontFace& operator=(FontFace&&) noexcept;
    ~FontFace();

    const std::string& name() const;  // "DejaVu Sans Bold"
    bool coloured() const;            // has pictures in colour of its own
    // The one glyph that stands for the text, joined as the font says (flags, families, skin tones); 0: it has none.
    unsigned glyphOf(const std::u32string& text) const;

    // In units of the font: where the ink of a glyph lies, y upwards.
    struct Box {
        long left = 0, bottom = 0, right = 0, top = 0;
    };
    std::optional<Box> inkOf(unsigned glyph) const;  // none: no outline, or no ink
    // Coverage of an outline on a canvas of side x side (1 channel, 255 = ink): `scale` pixels a unit, the point (x, y) in
    // units of the font in the canvas' middle.
    Image drawOutline(unsigned glyph, int side, double scale, double x, double y) const;
    // A picture in colour at the font's own size, as a square with transparent ground (4 channels); null: it has none.
    Image drawColour(unsigned glyph) const;

  private:
    struct State;
    explicit FontFace(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

}  // namespace imago
