#include "core/config/schema.h"

#include <algorithm>

#include "core/config/schema_check.h"

namespace imago {

using namespace check;

namespace {

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
