// Glyphs: letters of fonts and colour emoji as a dataset, drawn at the model's resolution from four times its size.
// Their names are the captions; the classes are the letters, or the groups that Unicode puts emoji in.
#include <algorithm>
#include <map>

#include "core/base/hash.h"
#include "core/data/emoji_names.h"
#include "core/data/font_files.h"
#include "core/data/glyph_items.h"
#include "core/data/sources.h"
#include "core/image/geometry.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

constexpr int kOversampling = 4;
constexpr double kInkShare = 0.86;  // of the side that the largest letter takes
constexpr std::size_t kMostItems = 2'000'000;

// All letters of a font on one line and at one scale, so that small ones are small and q hangs below.
struct Layout {
    double scale = 0, middle = 0;  // pixels a unit, and the height that lies in the picture's middle
};

Layout layoutOf(const FontFace& font, const std::vector<unsigned>& glyphs, int canvas) {
    long bottom = 0, top = 0, width = 1;
    for (const unsigned glyph : glyphs)
        if (const auto ink = font.inkOf(glyph)) {
            bottom = std::min(bottom, ink->bottom);
            top = std::max(top, ink->top);
            width = std::max(width, ink->right - ink->left);
        }
    const auto extent = static_cast<double>(std::max(width, std::max(top - bottom, 1L)));
    return {kInkShare * canvas / extent, static_cast<double>(top + bottom) / 2};
}

// Ink on the ground: black, or white where the ground is dark.
Image inked(const Image& coverage, Rgb ground) {
    const int luma = (54 * ground.red + 183 * ground.green + 19 * ground.blue) >> 8;
    const int ink = luma < 128 ? 255 : 0, paper[3] = {ground.red, ground.green, ground.blue};
    Image out(coverage.width(), coverage.height(), 3);
    const std::uint8_t* from = coverage.data();
    std::uint8_t* to = out.data();
    for (std::size_t i = 0; i < coverage.byteCount(); ++i, ++from)
        for (const int ground1 : paper) *to++ = static_cast<std::uint8_t>((ground1 * (255 - *from) + ink * *from + 127) / 255);
    return out;
}

class Drawer {
  public:
    Drawer(const FontFace& font, int side, Rgb ground) : m_font(font), m_side(side), m_ground(ground) {}

    void setLayout(const std::vector<unsigned>& glyphs) { m_layout = layoutOf(m_font, glyphs, kOversampling * m_side); }

    // 3 channels; null: the font has no picture of it.
    Image draw(unsigned glyph) const {
        if (m_font.coloured()) {
            const Image own = m_font.drawColour(glyph);
            if (own.isNull()) return {};
            return withChannels(resize(own, m_side, m_side, own.width() >= m_side ? Filter::Area : Filter::Bicubic), 3, m_ground);
        }
        const auto ink = m_font.inkOf(glyph);
        if (!ink) return {};
        const double x = static_cast<double>(ink->left + ink->right) / 2;
        const Image large = m_font.drawOutline(glyph, kOversampling * m_side, m_layout.scale, x, m_layout.middle);
        return inked(resize(large, m_side, m_side, Filter::Area), m_ground);
    }

  private:
    const FontFace& m_font;
    int m_side;
    Rgb m_ground;
    Layout m_layout;
};

std::array<std::uint8_t, 32> itemHash(const std::string& font, const GlyphItem& item) {
    Sha256 hash;
    hash.update(bytesOf(font));
    hash.update(bytesOf(toUtf8(item.text)));
    return hash.finish();
}

// The pictures of one font, added to the contents, and the name of each one's class to `classes`.
Result<void> addFont(DatasetContents& contents, std::vector<std::string>& classes, const fs::path& file, const GlyphRequest& request,
                     const DatasetOptions& options, bool several, bool& coloured) {
    IMAGO_ASSIGN(const FontFace font, FontFace::open(file));
    IMAGO_ASSIGN(const std::string fileHash, sha256File(file));
    IMAGO_ASSIGN(const std::vector<GlyphItem> items, glyphItems(font, request));
    const int side = contents.shape.height;
    Drawer drawer(font, side, {options.ground[0], options.ground[1], options.ground[2]});
    IMAGO_TRY(checkFitsInMemory(contents.names.size() + items.size(), 3 * static_cast<std::size_t>(side) * static_cast<std::size_t>(side)));
    std::vector<unsigned> glyphs, there;
    for (const GlyphItem& item : items) {
        glyphs.push_back(font.glyphOf(item.text));
        if (glyphs.back() != 0) there.push_back(glyphs.back());
    }
    drawer.setLayout(there);
    coloured = coloured || font.coloured();
    const bool groups = request.classes == "groups" || (request.classes.empty() && font.coloured());
    for (std::size_t i = 0; i < items.size(); ++i) {
        const std::string name = (several ? font.name() + "/" : "") + items[i].name;
        const Image picture = glyphs[i] != 0 ? drawer.draw(glyphs[i]) : Image();
        if (picture.isNull()) {
            std::string codes;
            for (const char32_t c : items[i].text) codes += (codes.empty() ? "" : " ") + codeName(c);
            const Error why{ErrorCode::BadInput, IMAGO_TR("{font} has no picture of {codes}"), {{"font", font.name()}, {"codes", codes}}};
            contents.skipped.push_back({name, why});
            contents.report.items.push_back({Finding::Unreadable, name, why});
            continue;
        }
        contents.pixels.insert(contents.pixels.end(), picture.data(), picture.data() + picture.byteCount());
        contents.names.push_back(name);
        contents.hashes.push_back(itemHash(fileHash, items[i]));
        classes.push_back(groups ? items[i].group : items[i].name);
        if (contents.names.size() > kMostItems) return Error{ErrorCode::BadInput, IMAGO_TR("These are more than two million glyphs.")};
        if (options.progress && i % 64 == 0 && !options.progress(i, items.size()))
            return Error{ErrorCode::Cancelled, IMAGO_TR("Reading the pictures was cancelled.")};
    }
    contents.report.files += items.size();
    return {};
}

}  // namespace

Result<DatasetContents> openGlyphs(const std::string& rest, const DatasetOptions& options) {
    IMAGO_ASSIGN(const GlyphRequest request, parseGlyphRequest(rest));
    IMAGO_ASSIGN(const std::vector<fs::path> files, findFontFiles(request.fonts));
    DatasetContents contents;
    IMAGO_ASSIGN(const FontFace first, FontFace::open(files.front()));
    const int side = options.resolution > 0 ? options.resolution : first.coloured() ? 64 : 32;
    contents.shape = {3, side, side, {}};
    std::vector<std::string> classes;
    bool coloured = false;
    for (const fs::path& file : files) IMAGO_TRY(addFont(contents, classes, file, request, options, files.size() > 1, coloured));
    if (contents.names.empty())
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The font has none of these characters. The first: {why}"),
                     {{"why", contents.skipped.empty() ? std::string() : contents.skipped[0].reason.text()}}};
    if (request.classes != "none") {
        std::map<std::string, int> numbers;  // in the order in which they come
        for (const std::string& name : classes) {
            const auto [at, fresh] = numbers.emplace(name, static_cast<int>(numbers.size()));
            if (fresh) contents.shape.classNames.push_back(name);
            contents.classes.push_back(at->second);
        }
    }
    DatasetOptions colours = options;
    const bool grey = options.ground[0] == options.ground[1] && options.ground[1] == options.ground[2];
    if (colours.channels == 0 && !coloured && grey) colours.channels = 1;
    IMAGO_TRY(convertContents(contents, colours));
    return contents;
}

}  // namespace imago
