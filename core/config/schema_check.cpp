#include "core/config/schema_check.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace imago::check {

namespace {

std::string number(double value) {
    char text[64];
    const bool whole = std::trunc(value) == value && std::abs(value) < 1e16;  // 1000000000000000 rather than 1e+15
    return {text,
            whole ? std::to_chars(text, text + sizeof text, std::int64_t(value)).ptr : std::to_chars(text, text + sizeof text, value).ptr};
}

std::string joinIds(const std::vector<Choice>& list) {
    std::string out;
    for (const auto& one : list) out += (out.empty() ? "" : ", ") + one.id;
    return out;
}

std::string joinIds(const std::vector<Alternative>& list) {
    std::string out;
    for (const auto& one : list) out += (out.empty() ? "" : ", ") + one.id;
    return out;
}

// What a value of this parameter may be, in words.
std::string allowedText(const Param& param) {
    std::string out;
    switch (param.kind) {
        case ParamKind::Bool:
            return "true or false";
        case ParamKind::Int:
            out = "a whole number";
            break;
        case ParamKind::Real:
            out = "a number";
            break;
        case ParamKind::Choice:
            return "one of: " + joinIds(param.choices);
        case ParamKind::Variant:
            return "one of: " + joinIds(param.alternatives) + " (an object with \"kind\")";
        case ParamKind::Section:
            return "an object with: " + joinKeys(param.children, false);
        case ParamKind::List:
            return param.choices.empty() ? "a list of texts" : "a list of: " + joinIds(param.choices);
        case ParamKind::Object:
            return "an object";
        case ParamKind::Picture:
            return "the path of a picture";
        case ParamKind::Text:
        case ParamKind::Dataset:
        case ParamKind::Model:
        case ParamKind::Path:
            return "a text";
    }
    if (param.min && param.max)
        out += " from " + number(*param.min) + " to " + number(*param.max);
    else if (param.min)
        out += " of at least " + number(*param.min);
    else if (param.max)
        out += " of at most " + number(*param.max);
    if (!param.unit.empty()) out += " (" + param.unit + ")";
    return out;
}

Error unknownEntry(const std::string& key, const Json& value, std::string known) {
    Error error = unknownKey(key, std::move(known));
    error.message = IMAGO_TR("There is no setting named {key} (its value: {value}).");
    error.args.emplace_back("value", valueText(value));
    return error;
}

Error missing(const std::string& key) {
    return {ErrorCode::BadInput, IMAGO_TR("{key} is missing."), {{"key", key}}, {}, key};
}

bool inRange(const Param& param, double value) {
    return std::isfinite(value) && (!param.min || value >= *param.min) && (!param.max || value <= *param.max);
}

}  // namespace

std::string dotted(const std::string& prefix, std::string_view key) {
    std::string out = prefix;
    if (!out.empty()) out += '.';
    return out.append(key);
}

std::string shortened(std::string text) {
    if (text.size() > 60) text = text.substr(0, 57) + "...";
    return text;
}

std::string valueText(const Json& value) {
    return shortened(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Error notAllowed(const std::string& key, const Param& param, std::string value) {
    return {ErrorCode::BadInput,
            IMAGO_TR("The setting {key} cannot be {value}: it must be {allowed}."),
            {{"key", key}, {"value", std::move(value)}, {"allowed", allowedText(param)}},
            {},
            key};
}

Error unknownKey(const std::string& key, std::string known) {
    return {ErrorCode::BadInput,
            IMAGO_TR("There is no setting named {key}."),
            {{"key", key}, {"known", std::move(known)}},
            IMAGO_TR("Known here: {known}."),
            key};
}

std::string joinKeys(const std::vector<Param>& list, bool inVariant) {
    std::string out = inVariant ? "kind" : "";
    for (const auto& one : list) out += (out.empty() ? "" : ", ") + one.key;
    return out;
}

const Param* findIn(const std::vector<Param>& params, std::string_view key) {
    const auto at = std::find_if(params.begin(), params.end(), [&](const Param& p) { return p.key == key; });
    return at == params.end() ? nullptr : &*at;
}

const Alternative* findAlternative(const Param& param, std::string_view id) {
    for (const auto& one : param.alternatives)
        if (one.id == id) return &one;
    return nullptr;
}

Result<Json> checkLeaf(const Param& param, const std::string& key, const Json& value) {
    const auto wrong = [&] { return notAllowed(key, param, valueText(value)); };
    const auto isChoice = [&](const Json& text) {
        return text.is_string() && std::ranges::any_of(param.choices, [&](const Choice& one) { return one.id == text; });
    };
    if (param.optional && value.is_null()) return value;
    switch (param.kind) {
        case ParamKind::Bool:
            if (!value.is_boolean()) return wrong();
            return value;
        case ParamKind::Int:
            if (!value.is_number_integer()) return wrong();
            if (param.whole64) {
                if (!value.is_number_unsigned() && value.get<std::int64_t>() < 0) return wrong();
                return Json(value.get<std::uint64_t>());
            }
            if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t(std::numeric_limits<std::int64_t>::max()))
                return wrong();
            if (!inRange(param, static_cast<double>(value.get<std::int64_t>()))) return wrong();
            return Json(value.get<std::int64_t>());
        case ParamKind::Real:
            if (!value.is_number() || !inRange(param, value.get<double>())) return wrong();
            return Json(value.get<double>());
        case ParamKind::Choice:
            if (!isChoice(value)) return wrong();
            return value;
        case ParamKind::List:
            if (!value.is_array()) return wrong();
            for (const Json& item : value)
                if (!item.is_string() || (!param.choices.empty() && !isChoice(item))) return wrong();
            return value;
        case ParamKind::Object:
            if (!value.is_object()) return wrong();
            return value;
        case ParamKind::Picture:
            if (!value.is_string() && !(value.is_object() && value.contains("in_memory"))) return wrong();
            return value;
        default:
            if (!value.is_string()) return wrong();
            return value;
    }
}

Result<void> completeInto(Json& out, const std::vector<Param>& params, const Json& given, const std::string& prefix, bool inVariant) {
    for (const auto& [key, value] : given.items()) {
        if (inVariant && key == "kind") continue;
        if (!findIn(params, key)) return unknownEntry(dotted(prefix, shortened(key)), value, joinKeys(params, inVariant));
    }
    for (const auto& param : params) {
        const auto at = given.find(param.key);
        if (at == given.end()) {
            if (param.required) return missing(dotted(prefix, param.key));
            out[param.key] = param.defaultValue;
        } else {
            IMAGO_ASSIGN(out[param.key], completeParam(param, dotted(prefix, param.key), *at));
        }
    }
    return {};
}

Result<Json> completeParam(const Param& param, const std::string& key, const Json& value) {
    if (param.kind == ParamKind::Section) {
        if (!value.is_object()) return notAllowed(key, param, valueText(value));
        Json out = Json::object();
        IMAGO_TRY(completeInto(out, param.children, value, key, false));
        return out;
    }
    if (param.kind == ParamKind::Variant) {
        if (!value.is_object()) return notAllowed(key, param, valueText(value));
        const Json& kind = value.contains("kind") ? value.at("kind") : param.defaultValue.at("kind");
        const Alternative* chosen = kind.is_string() ? findAlternative(param, kind.get_ref<const std::string&>()) : nullptr;
        if (!chosen) return notAllowed(key + ".kind", param, valueText(kind));
        Json out = Json::object();
        out["kind"] = chosen->id;
        IMAGO_TRY(completeInto(out, chosen->children, value, key, true));
        return out;
    }
    return checkLeaf(param, key, value);
}

}  // namespace imago::check
