#include "core/base/error.h"

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

int exitCode(ErrorCode code) {
    switch (code) {
        case ErrorCode::Usage: return 2;
        case ErrorCode::BadInput:
        case ErrorCode::Busy: return 3;
        case ErrorCode::OutOfMemory: return 4;
        case ErrorCode::Disk: return 5;
        case ErrorCode::Cancelled: return 6;
        case ErrorCode::Numerical: return 7;
        case ErrorCode::Internal: return 1;
    }
    return 1;
}

}  // namespace imago
