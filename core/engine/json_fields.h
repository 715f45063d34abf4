// FieldReader: reads the keys of one JSON object into typed values and remembers the first thing that is wrong with it.
// Keys that nobody asks for are passed over: what reads events may be older than what wrote them. Any thread.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"

namespace imago {

class FieldReader {
  public:
    // what: how the object is called in errors ("the train request").
    FieldReader(const Json& object, std::string what);

    // Leaves the value alone when the key is missing.
    template <class T>
    void read(const char* key, T& value) {
        if (const Json* found = find(key); found && !get(*found, value)) wrongType(key, *found, typeName(value));
    }
    template <class T>
    void require(const char* key, T& value) {
        if (!find(key)) {
            missing(key);
            return;
        }
        read(key, value);
    }
    // One of several words; `parse` returns an empty optional for a word it does not know.
    template <class T, class Parse>
    void word(const char* key, T& value, Parse parse, const char* allowed) {
        std::string text;
        const bool present = find(key) != nullptr;
        read(key, text);
        if (!present || !ok()) return;
        if (const std::optional<T> known = parse(text)) {
            value = *known;
        } else {
            unknownWord(key, text, allowed);
        }
    }
    const Json* find(const char* key);
    void fail(Error error);
    bool ok() const { return !m_error; }
    Result<void> finish() const;  // the first error

  private:
    static bool get(const Json& json, std::string& value);
    static bool get(const Json& json, bool& value);
    static bool get(const Json& json, std::int64_t& value);
    static bool get(const Json& json, std::uint64_t& value);
    static bool get(const Json& json, int& value);
    static bool get(const Json& json, double& value);
    static bool get(const Json& json, float& value);
    static bool get(const Json& json, Json& value);  // an object
    template <class T>
    static bool get(const Json& json, std::vector<T>& value) {
        if (!json.is_array()) return false;
        std::vector<T> items(json.size());
        for (std::size_t i = 0; i < items.size(); ++i)
            if (!get(json[i], items[i])) return false;
        value = std::move(items);
        return true;
    }
    template <class T>
    static bool get(const Json& json, std::optional<T>& value) {
        T item{};
        if (!get(json, item)) return false;
        value = std::move(item);
        return true;
    }
    static const char* typeName(const std::string&) { return "text"; }
    static const char* typeName(const bool&) { return "true or false"; }
    static const char* typeName(const double&) { return "a number"; }
    static const char* typeName(const float&) { return "a number"; }
    static const char* typeName(const Json&) { return "an object"; }
    static const char* typeName(const std::uint64_t&) { return "a whole number from 0"; }
    static const char* typeName(const std::int64_t&) { return "a whole number"; }
    static const char* typeName(const int&) { return "a whole number"; }
    template <class T>
    static const char* typeName(const std::vector<T>&) {
        return "a list";
    }
    template <class T>
    static const char* typeName(const std::optional<T>&) {
        return typeName(T{});
    }
    void missing(const char* key);
    void wrongType(const char* key, const Json& found, const char* expected);
    void unknownWord(const char* key, const std::string& found, const char* allowed);

    const Json& m_object;
    std::string m_what;
    std::optional<Error> m_error;
};

// Numbers that JSON has no word for: not a number is null, the infinities are "inf" and "-inf".
Json numberToJson(double value);

// Refuses a schema version that this program does not know, naming both.
Result<void> checkSchema(const Json& object, int known, const std::string& what);

}  // namespace imago
