#include "core/engine/json_fields.h"

namespace imago {
namespace {

// A value as it is quoted in an error: short, on one line.
std::string shown(const Json& json) {
    std::string text = json.dump(-1, ' ', true, Json::error_handler_t::replace);
    if (text.size() > 60) text = text.substr(0, 57) + "...";
    return text;
}

const Json& emptyObject() {
    static const Json empty = Json::object();
    return empty;
}

}  // namespace

FieldReader::FieldReader(const Json& object, std::string what)
    : m_object(object.is_object() ? object : emptyObject()), m_what(std::move(what)) {
    if (!object.is_object())
        fail({ErrorCode::BadInput, IMAGO_TR("{what} must be a JSON object, not {value}."), {{"what", m_what}, {"value", shown(object)}}});
}

const Json* FieldReader::find(const char* key) {
    const auto found = m_object.find(key);
    return found == m_object.end() ? nullptr : &*found;
}

void FieldReader::fail(Error error) {
    if (!m_error) m_error = std::move(error);
}

void FieldReader::missing(const char* key) {
    fail({ErrorCode::BadInput, IMAGO_TR("{what} lacks the key {key}."), {{"what", m_what}, {"key", key}}, {}, key});
}

void FieldReader::wrongType(const char* key, const Json& found, const char* expected) {
    fail({ErrorCode::BadInput,
          IMAGO_TR("{key} of {what} must be {expected}, not {value}."),
          {{"key", key}, {"what", m_what}, {"expected", expected}, {"value", shown(found)}},
          {},
          key});
}

void FieldReader::unknownWord(const char* key, const std::string& found, const char* allowed) {
    fail({ErrorCode::BadInput,
          IMAGO_TR("{key} of {what} cannot be {value}; it may be {allowed}."),
          {{"key", key}, {"what", m_what}, {"value", shown(found)}, {"allowed", allowed}},
          {},
          key});
}

Result<void> FieldReader::finish() const {
    if (m_error) return *m_error;
    return {};
}

bool FieldReader::get(const Json& json, std::string& value) {
    if (!json.is_string()) return false;
    value = json.get<std::string>();
    return true;
}

bool FieldReader::get(const Json& json, bool& value) {
    if (!json.is_boolean()) return false;
    value = json.get<bool>();
    return true;
}

bool FieldReader::get(const Json& json, std::int64_t& value) {
    if (!json.is_number_integer()) return false;
    if (json.is_number_unsigned() && json.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return false;
    value = json.get<std::int64_t>();
    return true;
}

bool FieldReader::get(const Json& json, std::uint64_t& value) {
    if (!json.is_number_integer()) return false;
    if (!json.is_number_unsigned() && json.get<std::int64_t>() < 0) return false;
    value = json.get<std::uint64_t>();
    return true;
}

bool FieldReader::get(const Json& json, int& value) {
    std::int64_t wide = 0;
    if (!get(json, wide) || wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max()) return false;
    value = static_cast<int>(wide);
    return true;
}

bool FieldReader::get(const Json& json, double& value) {
    if (json.is_null()) {
        value = std::numeric_limits<double>::quiet_NaN();
    } else if (json.is_string() && (json == "inf" || json == "-inf")) {
        value = json == "inf" ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
    } else if (json.is_number()) {
        value = json.get<double>();
    } else {
        return false;
    }
    return true;
}

bool FieldReader::get(const Json& json, float& value) {
    double wide = 0;
    if (!get(json, wide)) return false;
    value = static_cast<float>(wide);
    return true;
}

bool FieldReader::get(const Json& json, Json& value) {
    if (!json.is_object()) return false;
    value = json;
    return true;
}

Json numberToJson(double value) {
    if (std::isnan(value)) return nullptr;
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    return value;
}

Result<void> checkSchema(const Json& object, int known, const std::string& what) {
    if (!object.is_object()) return FieldReader(object, what).finish();
    const auto schema = object.find("schema");
    if (schema != object.end() && schema->is_number_integer() && *schema == known) return {};
    return Error{ErrorCode::BadInput,
                 IMAGO_TR("{what} is of version {found}; this program knows version {known}."),
                 {{"what", what}, {"found", schema == object.end() ? "(none)" : shown(*schema)}, {"known", std::to_string(known)}},
                 IMAGO_TR("Use the version of Imago that wrote it, or a newer one."),
                 "schema"};
}

}  // namespace imago
