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
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/config/schema.h"

namespace imago {

template <class T>
class Fields;

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
        for (const auto& entry : m_list) object[entry.param.key] = entry.write(value);
    }
    // object: complete and checked.
    void read(T& value, const Json& object) const {
        for (const auto& entry : m_list) entry.read(value, object.at(entry.param.key));
    }

  private:
    std::vector<Field<T>> m_list;
};

namespace detail {

template <class V>
concept WholeNumber = std::integral<V> && !std::same_as<V, bool> && (sizeof(V) < 8 || std::signed_integral<V>);

template <class V>
Json leafToJson(const V& value) {
    if constexpr (std::same_as<V, float>) {
        // The shortest decimal that is this float: 0.1f is written 0.1, and reads back as the same float.
        char text[64];
        const auto end = std::to_chars(text, text + sizeof text, value).ptr;
        double wide = 0;
        std::from_chars(text, end, wide);
        return wide;
    } else {
        return value;
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
    static_assert(std::same_as<V, bool> || detail::WholeNumber<V> || std::floating_point<V> || std::same_as<V, std::string>,
                  "a field is a bool, a signed or small whole number, a float, a double or a std::string");
    Field<T> out;
    out.param.key = std::move(key);
    out.param.label = std::move(label);
    out.param.help = std::move(help);
    if constexpr (std::same_as<V, bool>) {
        out.param.kind = ParamKind::Bool;
    } else if constexpr (std::integral<V>) {
        out.param.kind = ParamKind::Int;
        if constexpr (sizeof(V) < 8) {
            out.param.min = static_cast<double>(std::numeric_limits<V>::min());
            out.param.max = static_cast<double>(std::numeric_limits<V>::max());
        }
    } else if constexpr (std::floating_point<V>) {
        out.param.kind = ParamKind::Real;
        if constexpr (std::same_as<V, float>) {
            out.param.min = -static_cast<double>(std::numeric_limits<float>::max());
            out.param.max = static_cast<double>(std::numeric_limits<float>::max());
        }
    } else {
        out.param.kind = ParamKind::Text;
    }
    out.write = [member](const T& owner) { return detail::leafToJson(owner.*member); };
    out.read = [member](T& owner, const Json& value) { owner.*member = value.template get<V>(); };
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
