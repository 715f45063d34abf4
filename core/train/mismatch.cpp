#include "core/train/mismatch.h"

#include <algorithm>

namespace imago {

static std::string shapeText(const std::vector<std::int64_t>& shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) text.append(i ? "x" : "").append(std::to_string(shape[i]));
    return text.append("]");
}

void Mismatch::add(const nn::ParameterEntry& wanted, const std::vector<std::int64_t>* found) {
    m_names.push_back(wanted.name + " " + shapeText(wanted.shape) + (found ? " / " + shapeText(*found) : ""));
}

Result<void> Mismatch::check(const std::string& what) const {
    constexpr std::size_t kNamed = 5;
    if (m_names.empty()) return {};
    std::string list;
    for (std::size_t i = 0; i < std::min(m_names.size(), kNamed); ++i) list.append(i ? ", " : "").append(m_names[i]);
    if (m_names.size() > kNamed) list += IMAGO_TR(", ...");
    return Error{ErrorCode::BadInput,
                 IMAGO_TR("{what} does not fit this network: {count} weights differ in name or shape: {list}"),
                 {{"what", what}, {"count", std::to_string(m_names.size())}, {"list", list}},
                 IMAGO_TR("Choose the same network size, channels and classes as it was trained with.")};
}

}  // namespace imago
