// field(), section(), variant(): the one table in which a config struct describes its members. JSON, validation, forms,
// command-line flags and documents all come from it. Tables are built on call; any thread.
//
//   struct Solver { int steps = 18; static Fields<Solver> fields() {
//       return {field(&Solver::steps, "steps", IMAGO_TR("Steps"), IMAGO_TR("More is finer and slower")).range(1, 1000)}; } };
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/config/schema.h"

namespace imago {

template <class T>
class Fields;

// An enum is a field when its words are listed: template <> struct WordsOf<E> { static constexpr Word<E> list[] = {...}; };
template <class E>
struct Word {
    E value;
    const char* text;
};
template <class E>
struct WordsOf;

// A type with a JSON form of its own (a picture: its path) is a field too; it says what kind of parameter it is.
template <class V>
concept FieldType = requires {
    { V::fieldKind } -> std::convertible_to<ParamKind>;
};

template <class T>
concept HasFields = requires {
    { T::fields() } -> std::same_as<Fields<T>>;
};

// One member of T. The builder functions return the field, so that a table reads as a list.
template <class T>
struct Field {
    Param param;
    std::function<Json(const T&)> write;
    std::function<void(T&, const Json&)> read;       // the value has been checked against the schema before
    std::function<void(Param&, const T&)> describe;  // children, from the defaults of the enclosing struct; may be empty

    Field range(double min, double max) && { return param.min = min, param.max = max, std::move(*this); }
    Field zeroMeans(std::string word) && { return param.zeroMeans = std::move(word), std::move(*this); }
    Field unit(std::string text) && { return param.unit = std::move(text), std::move(*this); }
    Field choices(std::vector<Choice> list) && {
        param.kind = ParamKind::Choice;
        return param.choices = std::move(list), std::move(*this);
    }
    Field logScale() && { return param.logScale = true, std::move(*this); }
    Field live() && { return param.live = true, std::move(*this); }
    Field advanced() && { return param.advanced = true, std::move(*this); }
    Field visibleWhen(std::string key, std::vector<std::string> values) && {
        param.visibleWhen = VisibleWhen{std::move(key), std::move(values)};
        return std::move(*this);
    }
    Field dataset() && { return param.kind = ParamKind::Dataset, std::move(*this); }
    Field model() && { return param.kind = ParamKind::Model, std::move(*this); }
    Field path() && { return param.kind = ParamKind::Path, std::move(*this); }
    Field required() && { return param.required = true, std::move(*this); }
    // What it is called on the command line: "--name", "name" (by its place), "" (not there). Else: --key.
    Field flag(std::string name) && { return param.flag = std::move(name), std::move(*this); }
    // Items of a list are some of these.
    Field items(std::vector<std::string> ids) && {
        for (std::string& id : ids) param.choices.push_back({id, id});
        return std::move(*this);
    }
};

template <class T>
class Fields {
  public:
    Fields(std::initializer_list<Field<T>> list) : m_list(list) {}

    std::vector<Param> params(const T& defaults) const {
        std::vector<Param> out;
        for (const auto& entry : m_list) {
            out.push_back(entry.param);
            out.back().defaultValue = entry.write(defaults);
            if (entry.describe) entry.describe(out.back(), defaults);
        }
        return out;
    }
    void write(Json& object, const T& value) const {
        for (const auto& entry : m_list)
            if (Json written = entry.write(value); !(entry.param.optional && written.is_null()))
                object[entry.param.key] = std::move(written);
    }
    // object: complete and checked.
    void read(T& value, const Json& object) const {
        for (const auto& entry : m_list) entry.read(value, object.at(entry.param.key));
    }

    // The same table as part of a larger struct: its JSON is not nested.
    template <class Owner>
    Fields<Owner> of(T Owner::*member) const {
        Fields<Owner> out{};
        for (const auto& entry : m_list) {
            Field<Owner> field;
            field.param = entry.param;
            field.write = [member, write = entry.write](const Owner& owner) { return write(owner.*member); };
            field.read = [member, read = entry.read](Owner& owner, const Json& value) { read(owner.*member, value); };
            if (entry.describe)
                field.describe = [member, describe = entry.describe](Param& param, const Owner& owner) { describe(param, owner.*member); };
            out.m_list.push_back(std::move(field));
        }
        return out;
    }

  private:
    template <class Other>
    friend class Fields;
    std::vector<Field<T>> m_list;
};

namespace detail {

template <class V>
struct IsOptional : std::false_type {};
template <class V>
struct IsOptional<std::optional<V>> : std::true_type {};

template <class V>
concept Leaf = std::integral<V> || std::floating_point<V> || std::is_enum_v<V> || FieldType<V> || std::same_as<V, std::string> ||
    std::same_as<V, std::vector<std::string>> || std::same_as<V, Json>;

template <class V>
Json leafToJson(const V& value) {
    if constexpr (std::same_as<V, float>) {
        // The shortest decimal that is this float: 0.1f is written 0.1, and reads back as the same float.
        char text[64];
        const auto end = std::to_chars(text, text + sizeof text, value).ptr;
        double wide = 0;
        std::from_chars(text, end, wide);
        return wide;
    } else if constexpr (std::is_enum_v<V>) {
        for (const auto& word : WordsOf<V>::list)
            if (word.value == value) return word.text;
        return nullptr;
    } else {
        return value;
    }
}

// json has been checked against what describeLeaf says.
template <class V>
void leafFromJson(V& value, const Json& json) {
    if constexpr (std::is_enum_v<V>) {
        for (const auto& word : WordsOf<V>::list)
            if (json == word.text) value = word.value;
    } else {
        value = json.get<V>();
    }
}

template <class V>
void describeLeaf(Param& param) {
    static_assert(Leaf<V>, "a field is a number, a bool, a text, a list of texts, an enum with WordsOf, or JSON; or optional such a one");
    if constexpr (std::same_as<V, bool>) {
        param.kind = ParamKind::Bool;
    } else if constexpr (std::same_as<V, std::uint64_t>) {
        param.kind = ParamKind::Int;
        param.min = 0;
        param.whole64 = true;
    } else if constexpr (std::integral<V>) {
        param.kind = ParamKind::Int;
        if constexpr (sizeof(V) < 8) {
            param.min = static_cast<double>(std::numeric_limits<V>::min());
            param.max = static_cast<double>(std::numeric_limits<V>::max());
        }
    } else if constexpr (std::floating_point<V>) {
        param.kind = ParamKind::Real;
        if constexpr (std::same_as<V, float>) {
            param.min = -static_cast<double>(std::numeric_limits<float>::max());
            param.max = static_cast<double>(std::numeric_limits<float>::max());
        }
    } else if constexpr (std::is_enum_v<V>) {
        param.kind = ParamKind::Choice;
        for (const auto& word : WordsOf<V>::list) param.choices.push_back({word.text, word.text});
    } else if constexpr (std::same_as<V, std::vector<std::string>>) {
        param.kind = ParamKind::List;
    } else if constexpr (std::same_as<V, Json>) {
        param.kind = ParamKind::Object;
    } else if constexpr (FieldType<V>) {
        param.kind = V::fieldKind;
    } else {
        param.kind = ParamKind::Text;
    }
}

template <class A>
std::string labelOf() {
    if constexpr (requires { A::label; })
        return A::label;
    else
        return A::id;
}

template <class A>
std::string helpOf() {
    if constexpr (requires { A::help; })
        return A::help;
    else
        return {};
}

}  // namespace detail

template <class T, class V>
Field<T> field(V T::*member, std::string key, std::string label, std::string help) {
    Field<T> out;
    out.param.flag = "--" + key;
    for (char& c : out.param.flag)
        if (c == '_') c = '-';
    out.param.key = std::move(key);
    out.param.label = std::move(label);
    out.param.help = std::move(help);
    if constexpr (detail::IsOptional<V>::value) {
        using Value = typename V::value_type;
        detail::describeLeaf<Value>(out.param);
        out.param.optional = true;
        out.write = [member](const T& owner) { return owner.*member ? detail::leafToJson(*(owner.*member)) : Json(); };
        out.read = [member](T& owner, const Json& value) {
            (owner.*member).reset();
            if (!value.is_null()) detail::leafFromJson((owner.*member).emplace(), value);
        };
    } else {
        detail::describeLeaf<V>(out.param);
        out.write = [member](const T& owner) { return detail::leafToJson(owner.*member); };
        out.read = [member](T& owner, const Json& value) { detail::leafFromJson(owner.*member, value); };
    }
    return out;
}

// A nested struct with fields of its own. Its defaults are those it has inside T.
template <class T, HasFields S>
Field<T> section(S T::*member, std::string key, std::string label, std::string help) {
    Field<T> out;
    out.param.key = std::move(key);
    out.param.label = std::move(label);
    out.param.help = std::move(help);
    out.param.kind = ParamKind::Section;
    out.write = [member](const T& owner) {
        Json object = Json::object();
        S::fields().write(object, owner.*member);
        return object;
    };
    out.read = [member](T& owner, const Json& value) { S::fields().read(owner.*member, value); };
    out.describe = [member](Param& param, const T& defaults) { param.children = S::fields().params(defaults.*member); };
    return out;
}

// One of several structs, each with `static constexpr const char* id` (and, optionally, label and help).
template <class T, class... A>
Field<T> variant(std::variant<A...> T::*member, std::string key, std::string label, std::string help) {
    static_assert((HasFields<A> && ...), "every alternative needs fields()");
    Field<T> out;
    out.param.key = std::move(key);
    out.param.label = std::move(label);
    out.param.help = std::move(help);
    out.param.kind = ParamKind::Variant;
    out.write = [member](const T& owner) {
        return std::visit(
            []<class Held>(const Held& held) {
                Json object = Json::object();
                object["kind"] = Held::id;
                Held::fields().write(object, held);
                return object;
            },
            owner.*member);
    };
    out.read = [member](T& owner, const Json& value) {
        const auto kind = value.at("kind").template get<std::string>();
        const auto tryOne = [&]<class Wanted>(std::type_identity<Wanted>) {
            if (kind != Wanted::id) return;
            Wanted held = Wanted();
            Wanted::fields().read(held, value);
            owner.*member = std::move(held);
        };
        (tryOne(std::type_identity<A>{}), ...);
    };
    out.describe = [member](Param& param, const T& defaults) {
        const auto addOne = [&]<class One>(std::type_identity<One>) {
            const One* held = std::get_if<One>(&(defaults.*member));
            param.alternatives.push_back(
                {One::id, detail::labelOf<One>(), detail::helpOf<One>(), One::fields().params(held ? *held : One())});
        };
        (addOne(std::type_identity<A>{}), ...);
    };
    return out;
}

}  // namespace imago
