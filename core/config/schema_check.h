// How a value is checked against its parameter, and what is said of a wrong one. For schema*.cpp. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/config/schema.h"

namespace imago::check {

// Keys are dotted, as in Error::field.
std::string dotted(const std::string& prefix, std::string_view key);
std::string shortened(std::string text);
std::string valueText(const Json& value);

Error notAllowed(const std::string& key, const Param& param, std::string value);
Error unknownKey(const std::string& key, std::string known);
std::string joinKeys(const std::vector<Param>& list, bool inVariant);

const Param* findIn(const std::vector<Param>& params, std::string_view key);
const Alternative* findAlternative(const Param& param, std::string_view id);

// Leaves only; sections and variants are taken apart by completeParam.
Result<Json> checkLeaf(const Param& param, const std::string& key, const Json& value);
// The value with every key it may have, defaults filled in.
Result<Json> completeParam(const Param& param, const std::string& key, const Json& value);
Result<void> completeInto(Json& out, const std::vector<Param>& params, const Json& given, const std::string& prefix, bool inVariant);

}  // namespace imago::check
