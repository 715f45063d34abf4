// Json: the one JSON type (nlohmann, keeps the order of keys), and strict reading. Any thread.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/base/result.h"

namespace imago {

using Json = nlohmann::ordered_json;

struct JsonLimits {
    std::size_t bytes = std::size_t(64) << 20;
    int depth = 64;
};

// Parses text: duplicate keys, depth over 64 and more than 64 MB are errors (reliability: hostile input).
// whatItIs: what the text is, for errors ("the file run.json").
Result<Json> parseJson(std::string_view text, std::string_view whatItIs);
Result<Json> parseJson(std::string_view text, std::string_view whatItIs, const JsonLimits& limits);

}  // namespace imago
