#include "core/config/schema.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace imago {

namespace {

std::string number(double value) {
    char text[64];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
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

std::string joinKeys(const std::vector<Param>& list, bool inVariant) {
    std::string out = inVariant ? "kind" : "";
    for (const auto& one : list) out += (out.empty() ? "" : ", ") + one.key;
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

Error unknownKey(const std::string& key, const Json& value, std::string known) {
    Error error = unknownKey(key, std::move(known));
    error.message = IMAGO_TR("There is no setting named {key} (its value: {value}).");
    error.args.emplace_back("value", valueText(value));
    return error;
}

Error missing(const std::string& key) {
    return {ErrorCode::BadInput, IMAGO_TR("{key} is missing."), {{"key", key}}, {}, key};
}

std::string dotted(const std::string& prefix, std::string_view key) {
    std::string out = prefix;
    if (!out.empty()) out += '.';
    return out.append(key);
}

bool inRange(const Param& param, double value) {
    return std::isfinite(value) && (!param.min || value >= *param.min) && (!param.max || value <= *param.max);
}

// Leaves only; sections and variants are taken apart by completeParam.
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

const Param* findIn(const std::vector<Param>& params, std::string_view key) {
    const auto at = std::find_if(params.begin(), params.end(), [&](const Param& p) { return p.key == key; });
    return at == params.end() ? nullptr : &*at;
}

const Alternative* findAlternative(const Param& param, std::string_view id) {
    for (const auto& one : param.alternatives)
        if (one.id == id) return &one;
    return nullptr;
}

Result<Json> completeParam(const Param& param, const std::string& key, const Json& value);

Result<void> completeInto(Json& out, const std::vector<Param>& params, const Json& given, const std::string& prefix, bool inVariant) {
    for (const auto& [key, value] : given.items()) {
        if (inVariant && key == "kind") continue;
        if (!findIn(params, key)) return unknownKey(dotted(prefix, shortened(key)), value, joinKeys(params, inVariant));
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

bool equalsWord(std::string_view text, std::initializer_list<const char*> words) {
    return std::any_of(words.begin(), words.end(), [&](const char* word) { return text == word; });
}

// from_chars knows no locale; the whole text must be used up.
template <class V>
bool parseWhole(std::string_view text, V& value) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    return code == std::errc() && end == text.data() + text.size() && !text.empty();
}

Result<Json> parseLeaf(const Param& param, const std::string& key, std::string_view text) {
    const auto wrong = [&] { return notAllowed(key, param, shortened(std::string(text))); };
    if (param.kind == ParamKind::Bool) {
        if (equalsWord(text, {"true", "on", "yes", "1"})) return Json(true);
        if (equalsWord(text, {"false", "off", "no", "0"})) return Json(false);
        return wrong();
    }
    if (param.kind == ParamKind::Int && param.whole64) {
        std::uint64_t value = 0;
        if (!parseWhole(text, value)) return wrong();
        return Json(value);
    }
    if (param.kind == ParamKind::List) {
        Json list = Json::array();
        for (std::string_view rest = text; !rest.empty();) {
            const auto comma = std::min(rest.find(','), rest.size());
            list.push_back(std::string(rest.substr(0, comma)));
            rest = rest.substr(std::min(comma + 1, rest.size()));
        }
        return checkLeaf(param, key, list);
    }
    if (param.kind == ParamKind::Int) {
        std::int64_t value = 0;
        if (!parseWhole(text, value)) return wrong();
        return checkLeaf(param, key, value);
    }
    if (param.kind == ParamKind::Real) {
        double value = 0;
        if (!parseWhole(text, value)) return wrong();
        return checkLeaf(param, key, value);
    }
    return checkLeaf(param, key, std::string(text));
}

// Walks a dotted key. Calls step(param, key of that level) on the way down; the last call is the target.
// config follows along (may be null) to say which alternative of a variant counts.
struct Target {
    const Param* param = nullptr;
    bool isKind = false;  // "variant.kind" or the variant itself
};

Result<Target> walk(const std::vector<Param>& params, std::string_view path, const Json* config) {
    const std::vector<Param>* level = &params;
    bool inVariant = false;
    const Param* variantParam = nullptr;
    std::string prefix;
    for (std::string_view rest = path;;) {
        const auto dot = rest.find('.');
        const std::string_view name = rest.substr(0, dot);
        if (inVariant && name == "kind" && dot == std::string_view::npos) return Target{variantParam, true};
        const Param* param = findIn(*level, name);
        if (!param) return unknownKey(dotted(prefix, shortened(std::string(name))), joinKeys(*level, inVariant));
        prefix = dotted(prefix, name);
        if (dot == std::string_view::npos) return Target{param, param->kind == ParamKind::Variant};
        rest = rest.substr(dot + 1);
        config = config && config->is_object() && config->contains(param->key) ? &config->at(param->key) : nullptr;
        if (param->kind == ParamKind::Section) {
            level = &param->children;
            inVariant = false;
        } else if (param->kind == ParamKind::Variant) {
            const Json* kind = config && config->is_object() && config->contains("kind") ? &config->at("kind") : nullptr;
            if (!kind) kind = &param->defaultValue.at("kind");
            const Alternative* chosen = kind->is_string() ? findAlternative(*param, kind->get_ref<const std::string&>()) : nullptr;
            if (!chosen) return notAllowed(prefix + ".kind", *param, valueText(*kind));
            level = &chosen->children;
            inVariant = true;
            variantParam = param;
        } else {
            return unknownKey(dotted(prefix, shortened(std::string(rest))), prefix);
        }
    }
}

// The place of a dotted key, its objects made where they are missing.
Json& placeAt(Json& config, std::string_view path) {
    Json* at = &config;
    for (std::string_view rest = path;;) {
        const auto dot = rest.find('.');
        if (!at->is_object()) *at = Json::object();
        at = &(*at)[std::string(rest.substr(0, dot))];
        if (dot == std::string_view::npos) return *at;
        rest = rest.substr(dot + 1);
    }
}

Json paramsToJson(const std::vector<Param>& params);

Json paramToJson(const Param& param) {
    Json out = {{"key", param.key}, {"label", param.label}, {"help", param.help}, {"kind", toString(param.kind)}};
    if (param.kind != ParamKind::Section && !param.required) out["default"] = param.defaultValue;
    if (param.required) out["required"] = true;
    if (param.min) out["min"] = *param.min;
    if (param.max) out["max"] = *param.max;
    if (!param.unit.empty()) out["unit"] = param.unit;
    if (!param.zeroMeans.empty()) out["zero_means"] = param.zeroMeans;
    for (const auto& one : param.choices) out["choices"].push_back({{"id", one.id}, {"label", one.label}});
    if (param.logScale) out["log_scale"] = true;
    if (param.live) out["live"] = true;
    if (param.advanced) out["advanced"] = true;
    if (param.visibleWhen) out["visible_when"] = {{"key", param.visibleWhen->key}, {"values", param.visibleWhen->values}};
    if (param.kind == ParamKind::Section) out["params"] = paramsToJson(param.children);
    for (const auto& one : param.alternatives)
        out["alternatives"].push_back({{"id", one.id}, {"label", one.label}, {"help", one.help}, {"params", paramsToJson(one.children)}});
    return out;
}

Json paramsToJson(const std::vector<Param>& params) {
    Json out = Json::array();
    for (const auto& param : params) out.push_back(paramToJson(param));
    return out;
}

}  // namespace

const char* toString(ParamKind kind) {
    switch (kind) {
        case ParamKind::Bool:
            return "bool";
        case ParamKind::Int:
            return "int";
        case ParamKind::Real:
            return "real";
        case ParamKind::Text:
            return "text";
        case ParamKind::Choice:
            return "choice";
        case ParamKind::Section:
            return "section";
        case ParamKind::Variant:
            return "variant";
        case ParamKind::Dataset:
            return "dataset";
        case ParamKind::Model:
            return "model";
        case ParamKind::Path:
            return "path";
        case ParamKind::List:
            return "list";
        case ParamKind::Object:
            return "object";
        case ParamKind::Picture:
            return "picture";
    }
    return "";
}

Json toJson(const Schema& schema) {
    return {{"title", schema.title}, {"schema", schema.version}, {"params", paramsToJson(schema.params)}};
}

Result<Json> complete(const Schema& schema, const Json& given) {
    if (!given.is_object())
        return Error{
            ErrorCode::BadInput, IMAGO_TR("Settings must be an object with named values, not {value}."), {{"value", valueText(given)}}};
    Json stripped = given;
    int version = schema.version;
    if (const auto at = stripped.find("schema"); at != stripped.end()) {
        if (!at->is_number_integer() || *at < 1 || *at > 1'000'000)
            return Error{
                ErrorCode::BadInput, IMAGO_TR("The schema version {value} is not a version."), {{"value", valueText(*at)}}, {}, "schema"};
        version = at->get<int>();
        if (version > schema.version)
            return Error{ErrorCode::BadInput,
                         IMAGO_TR("These settings have schema version {value}; this program knows versions up to {known}."),
                         {{"value", std::to_string(version)}, {"known", std::to_string(schema.version)}},
                         IMAGO_TR("Open them with a newer Imago."),
                         "schema"};
        stripped.erase("schema");
    }
    if (version < schema.version && schema.migrate) {
        IMAGO_ASSIGN(stripped, schema.migrate(std::move(stripped), version));
        stripped.erase("schema");
    }
    Json out = Json::object();
    out["schema"] = schema.version;
    IMAGO_TRY(completeInto(out, schema.params, stripped, "", false));
    return out;
}

Result<const Param*> findParam(const Schema& schema, std::string_view path, const Json& config) {
    IMAGO_ASSIGN(const Target target, walk(schema.params, path, &config));
    return target.param;
}

Result<void> setByPath(Json& config, std::string_view path, std::string_view text, const Schema& schema) {
    IMAGO_ASSIGN(const Target target, walk(schema.params, path, &config));
    const std::string key(path);
    if (target.isKind) {
        if (!findAlternative(*target.param, text)) return notAllowed(key, *target.param, shortened(std::string(text)));
        const bool named = target.param->key != "kind" && key.size() > 5 && key.ends_with(".kind");
        Json& place = placeAt(config, named ? key.substr(0, key.size() - 5) : key);
        const bool same = place.is_object() && (place.contains("kind") ? place["kind"] : target.param->defaultValue.at("kind")) == text;
        if (!same) place = Json::object();
        place["kind"] = std::string(text);
        return {};
    }
    if (target.param->kind == ParamKind::Section) return notAllowed(key, *target.param, shortened(std::string(text)));
    IMAGO_ASSIGN(Json value, parseLeaf(*target.param, key, text));
    placeAt(config, path) = std::move(value);
    return {};
}

Result<Json> completeFromText(const Schema& schema, const Json& given) {
    Json typed = Json::object();
    for (const auto& [key, value] : given.items()) {
        if (value.is_string()) {
            IMAGO_TRY(setByPath(typed, key, value.get<std::string>(), schema));
        } else {
            typed[key] = value;
        }
    }
    return complete(schema, typed);
}

Result<Json> withLiveValue(const Schema& schema, const Json& config, std::string_view path, const Json& value) {
    IMAGO_ASSIGN(const Target target, walk(schema.params, path, &config));
    if (!target.param->live || target.isKind)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The setting {key} cannot change while a job runs."),
                     {{"key", std::string(path)}},
                     IMAGO_TR("Stop, change it and start again."),
                     std::string(path)};
    IMAGO_ASSIGN(Json checked, completeParam(*target.param, std::string(path), value));
    Json out = config;
    placeAt(out, path) = std::move(checked);
    return complete(schema, out);
}

namespace {

Json mergeParams(const std::vector<Param>& params, const Json& base, const Json& over) {
    if (!base.is_object() || !over.is_object()) return over;
    Json out = base;
    for (const auto& [key, value] : over.items()) {
        const auto at = out.find(key);
        const auto param = std::find_if(params.begin(), params.end(), [&](const Param& p) { return p.key == key; });
        const bool another = param != params.end() && param->kind == ParamKind::Variant && at != out.end() && at->is_object() &&
                             value.is_object() && value.contains("kind") && at->value("kind", Json()) != value["kind"];
        out[key] = at == out.end() || another ? value : mergeParams(param == params.end() ? params : param->children, *at, value);
    }
    return out;
}

}  // namespace

Json mergeJson(const Schema& schema, const Json& base, const Json& over) {
    return mergeParams(schema.params, base, over);
}

const Json* valueAt(const Json& config, std::string_view path) {
    const Json* at = &config;
    for (std::string_view rest = path;;) {
        const auto dot = rest.find('.');
        if (!at->is_object()) return nullptr;
        const auto next = at->find(std::string(rest.substr(0, dot)));
        if (next == at->end()) return nullptr;
        at = &*next;
        if (dot == std::string_view::npos) return at;
        rest = rest.substr(dot + 1);
    }
}

bool isVisible(const Param& param, const Json& siblings, const Json& root) {
    if (!param.visibleWhen) return true;
    const Json* value = valueAt(siblings, param.visibleWhen->key);
    if (!value) value = valueAt(root, param.visibleWhen->key);
    if (!value) return false;
    const std::string text = value->is_string() ? value->get<std::string>() : value->dump();
    const auto& wanted = param.visibleWhen->values;
    return std::find(wanted.begin(), wanted.end(), text) != wanted.end();
}

}  // namespace imago
