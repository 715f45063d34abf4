// EmojiNames: every emoji with its English name and group, from Unicode's emoji-test.txt (Debian package unicode-data).
// Plain values, any thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace imago {

struct Emoji {
    std::u32string text;
    std::string name;   // "grinning face"
    std::string group;  // "Smileys & Emotion"
};

std::filesystem::path emojiTestFile();                                         // empty: nowhere
Result<std::vector<Emoji>> readEmojiNames(const std::filesystem::path& file);  // the fully qualified ones, in order

std::string toUtf8(const std::u32string& text);
std::u32string fromUtf8(const std::string& text);  // what is not UTF-8 becomes U+FFFD

}  // namespace imago
