// Json: the one JSON type (nlohmann, keeps the order of keys), and strict reading. Any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "core/base/result.h"

namespace imago {

using Json = nlohmann::ordered_json;

// Parses text: duplicate keys, depth over 64 and more than 64 MB are errors (reliability: hostile input).
Result<Json> parseJson(std::string_view text, std::string_view whatItIs);

}  // namespace imago
