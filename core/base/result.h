// Result<T>: a value or an Error. Expected failures travel as values; programmer errors assert. Any thread.
#pragma once

#include <cassert>
#include <optional>
#include <utility>
#include <variant>

#include "core/base/error.h"

namespace imago {

template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : m_state(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit on purpose
    Result(Error error) : m_state(std::in_place_index<1>, std::move(error)) {}

    explicit operator bool() const { return m_state.index() == 0; }
    bool ok() const { return m_state.index() == 0; }

    T& value() & { return assert(ok()), std::get<0>(m_state); }
    const T& value() const& { return assert(ok()), std::get<0>(m_state); }
    T&& value() && { return assert(ok()), std::get<0>(std::move(m_state)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    Error& error() { return assert(!ok()), std::get<1>(m_state); }
    const Error& error() const { return assert(!ok()), std::get<1>(m_state); }

  private:
    std::variant<T, Error> m_state;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : m_error(std::move(error)) {}  // NOLINT: implicit on purpose

    explicit operator bool() const { return !m_error; }
    bool ok() const { return !m_error; }
    Error& error() { return assert(m_error), *m_error; }
    const Error& error() const { return assert(m_error), *m_error; }

  private:
    std::optional<Error> m_error;
};

}  // namespace imago

// Returns the error of a Result expression to the caller, or goes on.
#define IMAGO_TRY(expression)                                      \
    do {                                                           \
        if (auto imagoTry = (expression); !imagoTry.ok()) {        \
            return std::move(imagoTry.error());                    \
        }                                                          \
    } while (false)

#define IMAGO_CONCAT_(a, b) a##b
#define IMAGO_CONCAT(a, b) IMAGO_CONCAT_(a, b)
// IMAGO_ASSIGN(auto x, f()); declares x from the value of f(), or returns its error.
#define IMAGO_ASSIGN(declaration, expression)                                                          \
    auto IMAGO_CONCAT(imagoResult, __LINE__) = (expression);                                           \
    if (!IMAGO_CONCAT(imagoResult, __LINE__).ok()) return std::move(IMAGO_CONCAT(imagoResult, __LINE__).error()); \
    declaration = std::move(*IMAGO_CONCAT(imagoResult, __LINE__))
