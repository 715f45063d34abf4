// Settings by their dotted keys: found, set from text, changed live, merged.
#include <algorithm>
#include <charconv>

#include "core/config/schema_check.h"

namespace imago {

using namespace check;

namespace {

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

struct Target {
    const Param* param = nullptr;
    bool isKind = false;  // "variant.kind" or the variant itself
};

// What a dotted key names. config (may be null) says which alternative of a variant counts.
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

}  // namespace

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

}  // namespace imago
