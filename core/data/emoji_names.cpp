#include "core/data/emoji_names.h"

#include <charconv>
#include <sstream>

#include "core/base/durable_file.h"
#include "core/data/sources.h"

namespace imago {
namespace {

std::string trimmed(const std::string& text) {
    const std::size_t first = text.find_first_not_of(" \t\r"), last = text.find_last_not_of(" \t\r");
    return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
}

// "1F44B 1F3FB  ; fully-qualified  # <the emoji> E1.0 waving hand: light skin tone"
bool parseLine(const std::string& line, Emoji& out) {
    const std::size_t semicolon = line.find(';'), hash = line.find('#');
    if (semicolon == std::string::npos || hash == std::string::npos || hash < semicolon) return false;
    if (trimmed(line.substr(semicolon + 1, hash - semicolon - 1)) != "fully-qualified") return false;
    out.text.clear();
    std::istringstream codes(line.substr(0, semicolon));
    for (std::string code; codes >> code;) {
        std::uint32_t value = 0;
        const auto [end, problem] = std::from_chars(code.data(), code.data() + code.size(), value, 16);
        if (problem != std::errc() || end != code.data() + code.size() || value > 0x10ffff) return false;
        out.text += static_cast<char32_t>(value);
    }
    std::istringstream words(line.substr(hash + 1));
    std::string picture, version, name;
    words >> picture >> version;
    std::getline(words, name);
    out.name = trimmed(name);
    return !out.text.empty() && !out.name.empty();
}

}  // namespace

std::filesystem::path emojiTestFile() {
    std::error_code ignored;
    const std::filesystem::path file = "/usr/share/unicode/emoji/emoji-test.txt";
    return std::filesystem::is_regular_file(file, ignored) ? file : std::filesystem::path();
}

Result<std::vector<Emoji>> readEmojiNames(const std::filesystem::path& file) {
    IMAGO_ASSIGN(const std::string text, readTextFile(file));
    std::vector<Emoji> emoji;
    std::string group;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("# group: ")) group = trimmed(line.substr(9));
        Emoji one;
        if (line.starts_with("#") || !parseLine(line, one)) continue;
        one.group = group;
        emoji.push_back(std::move(one));
    }
    if (emoji.empty())
        return Error{ErrorCode::BadInput, IMAGO_TR("{file} holds no names of emoji."), {{"file", printableName(file.native())}}};
    return emoji;
}

std::string toUtf8(const std::u32string& text) {
    std::string out;
    for (const char32_t c : text) {
        if (c < 0x80) {
            out += static_cast<char>(c);
            continue;
        }
        const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
        static constexpr unsigned char kFirst[] = {0, 0xc0, 0xe0, 0xf0};
        out += static_cast<char>(kFirst[more] | (c >> (6 * more)));
        for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3f));
    }
    return out;
}

std::u32string fromUtf8(const std::string& text) {
    std::u32string out;
    for (std::size_t i = 0; i < text.size();) {
        const auto first = static_cast<unsigned char>(text[i]);
        const std::size_t length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
        char32_t value = length == 1 ? first : length == 2 ? first & 0x1f : length == 3 ? first & 0x0f : first & 0x07;
        bool good = length > 0 && i + length <= text.size();
        for (std::size_t k = 1; good && k < length; ++k) {
            const auto next = static_cast<unsigned char>(text[i + k]);
            good = (next & 0xc0) == 0x80;
            value = (value << 6) | (next & 0x3f);
        }
        out += good ? value : char32_t(0xfffd);
        i += good ? length : 1;
    }
    return out;
}

}  // namespace imago
