// bind, toJson, schemaOf: between a config struct with fields(), its JSON and its schema. Any thread.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "core/config/field.h"

namespace imago {

// The struct may declare `static constexpr int schema` (version), `static constexpr const char* title` and
// `static Result<Json> migrate(Json old, int from)`.
template <HasFields T>
Schema schemaOf() {
    Schema out;
    if constexpr (requires { T::schema; }) out.version = T::schema;
    if constexpr (requires { T::title; }) out.title = T::title;
    if constexpr (requires(Json j) { T::migrate(std::move(j), 1); })
        out.migrate = [](Json old, int from) -> Result<Json> { return T::migrate(std::move(old), from); };
    out.params = T::fields().params(T());
    return out;
}

// What `given` leaves out gets its default. Errors: see complete().
// (Taken by forwarding reference so that std::bind, found through Json's own namespaces, never fits better.)
template <HasFields T, class J>
requires std::same_as<std::remove_cvref_t<J>, Json> Result<T> bind(J&& given) {
    IMAGO_ASSIGN(const Json full, complete(schemaOf<T>(), given));
    T out = T();
    T::fields().read(out, full);
    return out;
}

// Complete: every field, and "schema".
template <HasFields T>
Json toJson(const T& config) {
    Json out = Json::object();
    if constexpr (requires { T::schema; })
        out["schema"] = T::schema;
    else
        out["schema"] = 1;
    T::fields().write(out, config);
    return out;
}

}  // namespace imago
