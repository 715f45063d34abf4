#include "core/base/error.h"

#include <array>
#include <new>
#include <string_view>

namespace imago {

std::string fillTemplate(std::string templateText, const std::vector<std::pair<std::string, std::string>>& args) {
    std::string out;
    out.reserve(templateText.size() + 64);
    for (std::size_t i = 0; i < templateText.size();) {
        if (templateText[i] == '{') {
            const auto end = templateText.find('}', i);
            if (end != std::string::npos) {
                const std::string name = templateText.substr(i + 1, end - i - 1);
                const std::string* value = nullptr;
                for (const auto& [key, text] : args)
                    if (key == name) value = &text;
                if (value) {
                    out += *value;
                    i = end + 1;
                    continue;
                }
            }
        }
        out += templateText[i++];
    }
    return out;
}

std::string Error::text() const {
    std::string out = fillTemplate(message, args);
    if (!remedy.empty()) out += ' ' + fillTemplate(remedy, args);
    return out;
}

// LibTorch has no exception type of its own for this on the CPU: its allocators say it in words.
bool isOutOfMemory(const std::exception& exception) {
    if (dynamic_cast<const std::bad_alloc*>(&exception)) return true;
    static constexpr std::array<std::string_view, 6> marks{
        "DefaultCPUAllocator", "can't allocate memory", "not enough memory", "out of memory", "alloc_cpu", "ALLOC_FAILED"};
    const std::string_view text(exception.what());
    for (const std::string_view mark : marks)
        if (text.find(mark) != std::string_view::npos) return true;
    return false;
}

int exitCode(ErrorCode code) {
    switch (code) {
        case ErrorCode::Usage:
            return 2;
        case ErrorCode::BadInput:
        case ErrorCode::Busy:
            return 3;
        case ErrorCode::OutOfMemory:
            return 4;
        case ErrorCode::Disk:
            return 5;
        case ErrorCode::Cancelled:
            return 6;
        case ErrorCode::Numerical:
            return 7;
        case ErrorCode::Internal:
            return 1;
    }
    return 1;
}

}  // namespace imago
