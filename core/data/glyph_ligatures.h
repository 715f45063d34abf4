// GlyphLigatures: the part of OpenType's GSUB table that joins several glyphs into one (lookup type 4), which is how emoji
// fonts make flags, families and skin tones. Parsed with bounds checks: fonts are foreign files. Plain values, any thread.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/base/hash.h"

namespace imago {

class GlyphLigatures {
  public:
    static GlyphLigatures parse(Bytes gsub);               // what cannot be understood is left out
    void apply(std::vector<std::uint16_t>& glyphs) const;  // lookups in the font's order, longest match first
    std::size_t size() const;

  private:
    using Lookup = std::map<std::vector<std::uint16_t>, std::uint16_t>;
    std::vector<Lookup> m_lookups;
    std::size_t m_longest = 0;
};

}  // namespace imago
