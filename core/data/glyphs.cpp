// Glyphs: letters of fonts and colour emoji as a dataset, drawn at the model's resolution from four times its size.
// Their names are the captions; the classes are the letters, or the groups that Unicode puts emoji in.
#include <algorithm>
#include <cctype>
#include <map>

#include "core/base/hash.h"
#include "core/data/emoji_names.h"
#include "core/data/font_face.h"
#include "core/data/sources.h"
#include "core/image/geometry.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

constexpr int kOversampling = 4;
constexpr double kInkShare = 0.86;  // of the side that the largest letter takes
constexpr std::size_t kMostItems = 2'000'000;

struct Request {
    std::vector<std::string> fonts;
    std::string classes;  // names | groups | none; empty: what suits
    std::string chars;
};

struct Item {
    std::u32string text;
    std::string name, group;
};

Error fontError(const std::string& name) {
    return {ErrorCode::BadInput,
            IMAGO_TR("There is no font {name} on this machine."),
            {{"name", printableName(name)}},
            name == "emoji" ? IMAGO_TR("Install the packages fonts-noto-color-emoji and unicode-data.")
                            : IMAGO_TR("Give the path of a font file, or the name of an installed one (its file's name without the end).")};
}

Result<Request> parseRequest(const std::string& rest) {
    Request out;
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

// ------------------------------------------------------------------------------------------------------------- fonts

std::string plainName(std::string text) {
    std::string out;
    for (const char c : text)
        if (std::isalnum(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) >= 0x80)
            out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

bool isFontFile(const fs::path& path) {
    const std::string end = plainName(path.extension().string());
    return end == "ttf" || end == "otf" || end == "ttc" || end == "otc" || end == "pfb";
}

std::vector<fs::path> fontsBelow(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code problem;
    fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, problem), end;
    for (; !problem && at != end; at.increment(problem)) {
        std::error_code ignored;
        if (isFontFile(at->path()) && at->is_regular_file(ignored)) files.push_back(at->path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::vector<fs::path> installedFonts() {
    std::vector<fs::path> folders{"/usr/local/share/fonts", "/usr/share/fonts"}, files;
    if (const char* home = std::getenv("HOME"))
        folders.insert(folders.begin(), {fs::path(home) / ".local/share/fonts", fs::path(home) / ".fonts"});
    for (const fs::path& folder : folders)
        for (fs::path& file : fontsBelow(folder)) files.push_back(std::move(file));
    return files;
}

Result<std::vector<fs::path>> findFonts(const std::vector<std::string>& names) {
    std::vector<fs::path> files, installed;
    for (const std::string& name : names) {
        std::error_code ignored;
        if (fs::is_directory(name, ignored)) {
            std::vector<fs::path> below = fontsBelow(name);
            if (below.empty())
                return Error{ErrorCode::BadInput, IMAGO_TR("The folder {folder} holds no fonts."), {{"folder", printableName(name)}}};
            files.insert(files.end(), below.begin(), below.end());
            continue;
        }
        if (fs::is_regular_file(name, ignored)) {
            files.emplace_back(name);
            continue;
        }
        if (installed.empty()) installed = installedFonts();
        const std::string wanted = name == "emoji" ? "notocoloremoji" : plainName(name);
        const auto found = [&](const std::string& stem) {
            return std::find_if(installed.begin(), installed.end(),
                                [&](const fs::path& p) { return plainName(p.stem().string()) == stem; });
        };
        auto at = found(wanted);
        if (at == installed.end()) at = found(wanted + "regular");
        if (at == installed.end()) return fontError(name);
        files.push_back(*at);
    }
    return files;
}

// -------------------------------------------------------------------------------------------------------- characters

void addRange(std::u32string& out, char32_t first, char32_t last) {
    for (char32_t c = first; c <= last; ++c)
        if (c < 0xd800 || c > 0xdfff) out += c;  // halves of a pair are no characters
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

std::string codeName(char32_t c) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    for (int shift = c > 0xffff ? 20 : 12; shift >= 0; shift -= 4) out += kHex[(c >> shift) & 15];
    return "U+" + out;
}

Result<std::vector<Item>> itemsFor(const FontFace& font, const Request& request) {
    std::vector<Item> items;
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

// ----------------------------------------------------------------------------------------------------------- drawing

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

std::array<std::uint8_t, 32> itemHash(const std::string& font, const Item& item) {
    Sha256 hash;
    hash.update(bytesOf(font));
    hash.update(bytesOf(toUtf8(item.text)));
    return hash.finish();
}

// The pictures of one font, added to the contents, and the name of each one's class to `classes`.
Result<void> addFont(DatasetContents& contents, std::vector<std::string>& classes, const fs::path& file, const Request& request,
                     const DatasetOptions& options, bool several, bool& coloured) {
    IMAGO_ASSIGN(const FontFace font, FontFace::open(file));
    IMAGO_ASSIGN(const std::string fileHash, sha256File(file));
    IMAGO_ASSIGN(const std::vector<Item> items, itemsFor(font, request));
    const int side = contents.shape.height;
    Drawer drawer(font, side, {options.ground[0], options.ground[1], options.ground[2]});
    IMAGO_TRY(checkFitsInMemory(contents.names.size() + items.size(), 3 * static_cast<std::size_t>(side) * static_cast<std::size_t>(side)));
    std::vector<unsigned> glyphs, there;
    for (const Item& item : items) {
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
    IMAGO_ASSIGN(const Request request, parseRequest(rest));
    IMAGO_ASSIGN(const std::vector<fs::path> files, findFonts(request.fonts));
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
