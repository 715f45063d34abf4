#include "core/data/font_files.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "core/data/sources.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

Error fontError(const std::string& name) {
    return {ErrorCode::BadInput,
            IMAGO_TR("There is no font {name} on this machine."),
            {{"name", printableName(name)}},
            name == "emoji" ? IMAGO_TR("Install the packages fonts-noto-color-emoji and unicode-data.")
                            : IMAGO_TR("Give the path of a font file, or the name of an installed one (its file's name without the end).")};
}

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

}  // namespace

Result<std::vector<fs::path>> findFontFiles(const std::vector<std::string>& names) {
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

}  // namespace imago
