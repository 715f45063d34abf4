// OpenType 1.9, "GSUB: Glyph Substitution Table", lookup types 4 (ligature) and 7 (extension).
#include "core/data/glyph_ligatures.h"

#include <algorithm>

namespace imago {
namespace {

constexpr std::size_t kMostWork = 20'000'000;  // a font whose tables point at each other would take for ever
constexpr std::size_t kMostParts = 64, kMostLigatures = 200'000;

// Big-endian numbers out of a table; 0 beyond its end.
struct Table {
    Bytes bytes;
    std::uint16_t u16(std::size_t at) const {
        return at + 2 <= bytes.size() ? static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]) : std::uint16_t(0);
    }
    std::uint32_t u32(std::size_t at) const { return std::uint32_t(u16(at)) << 16 | u16(at + 2); }
    Table from(std::size_t at) const { return {at < bytes.size() ? bytes.subspan(at) : Bytes()}; }
};

std::vector<std::uint16_t> coverage(const Table& t) {
    std::vector<std::uint16_t> glyphs;
    const std::uint16_t count = t.u16(2);
    if (t.u16(0) == 1) {
        for (std::size_t i = 0; i < count && 4 + 2 * i + 2 <= t.bytes.size(); ++i) glyphs.push_back(t.u16(4 + 2 * i));
    } else if (t.u16(0) == 2) {
        for (std::size_t i = 0; i < count && 4 + 6 * i + 6 <= t.bytes.size(); ++i)
            for (std::uint32_t g = t.u16(4 + 6 * i); g != 0 && g <= t.u16(6 + 6 * i) && glyphs.size() < 65536; ++g)
                glyphs.push_back(static_cast<std::uint16_t>(g));
    }
    return glyphs;
}

template <class Add>
void readLigatures(const Table& t, std::size_t& work, const Add& add) {
    if (t.u16(0) != 1) return;
    const std::vector<std::uint16_t> first = coverage(t.from(t.u16(2)));
    work += first.size() + t.from(t.u16(2)).u16(2) + 1;
    const std::size_t sets = std::min<std::size_t>(t.u16(4), first.size());
    for (std::size_t s = 0; s < sets; ++s) {
        const Table set = t.from(t.u16(6 + 2 * s));
        for (std::size_t l = 0; l < set.u16(0); ++l) {
            if (++work > kMostWork) return;
            const Table ligature = set.from(set.u16(2 + 2 * l));
            const std::size_t parts = ligature.u16(2);
            if (parts < 2 || parts > kMostParts || 4 + 2 * (parts - 1) > ligature.bytes.size()) continue;
            std::vector<std::uint16_t> sequence{first[s]};
            for (std::size_t p = 0; p + 1 < parts; ++p) sequence.push_back(ligature.u16(4 + 2 * p));
            if (!add(std::move(sequence), ligature.u16(0))) return;
        }
    }
}

}  // namespace

GlyphLigatures GlyphLigatures::parse(Bytes gsub) {
    GlyphLigatures out;
    const Table table{gsub};
    if (gsub.size() < 10 || table.u16(0) != 1) return out;
    const Table list = table.from(table.u16(8));
    std::size_t total = 0, work = 0;
    for (std::size_t i = 0; i < list.u16(0) && work < kMostWork && total < kMostLigatures; ++i) {
        const Table lookup = list.from(list.u16(2 + 2 * i));
        Lookup found;
        const auto add = [&](std::vector<std::uint16_t> sequence, std::uint16_t glyph) {
            out.m_longest = std::max(out.m_longest, sequence.size());
            found.emplace(std::move(sequence), glyph);
            return ++total < kMostLigatures;
        };
        for (std::size_t s = 0; s < lookup.u16(4) && ++work < kMostWork && total < kMostLigatures; ++s) {
            const Table sub = lookup.from(lookup.u16(6 + 2 * s));
            if (lookup.u16(0) == 4) readLigatures(sub, work, add);
            if (lookup.u16(0) == 7 && sub.u16(0) == 1 && sub.u16(2) == 4) readLigatures(sub.from(sub.u32(4)), work, add);
        }
        if (!found.empty()) out.m_lookups.push_back(std::move(found));
    }
    return out;
}

void GlyphLigatures::apply(std::vector<std::uint16_t>& glyphs) const {
    for (const Lookup& lookup : m_lookups)
        for (std::size_t at = 0; at < glyphs.size(); ++at)
            for (std::size_t length = std::min(m_longest, glyphs.size() - at); length >= 2; --length) {
                const auto begin = glyphs.begin() + static_cast<std::ptrdiff_t>(at);
                const auto found = lookup.find({begin, begin + static_cast<std::ptrdiff_t>(length)});
                if (found == lookup.end()) continue;
                *begin = found->second;
                glyphs.erase(begin + 1, begin + static_cast<std::ptrdiff_t>(length));
                break;
            }
}

std::size_t GlyphLigatures::size() const {
    std::size_t total = 0;
    for (const Lookup& lookup : m_lookups) total += lookup.size();
    return total;
}

}  // namespace imago
