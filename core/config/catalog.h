// Catalog<T>: descriptors (structs with an `id`) in the order given. A duplicate id is refused; an unknown id is an
// Error that names the known ones. Filled once, then read from any thread.
#pragma once

#include <deque>
#include <string>
#include <utility>

#include "core/base/result.h"

namespace imago {

template <class T>
class Catalog {
  public:
    // what: what the entries are, for errors ("model family").
    explicit Catalog(std::string what) : m_what(std::move(what)) {}

    Result<void> add(T descriptor) {
        for (const T& known : m_entries)
            if (known.id == descriptor.id)
                return Error{ErrorCode::Internal,
                             IMAGO_TR("There are two entries named {id} in the list of {what}."),
                             {{"id", descriptor.id}, {"what", m_what}}};
        m_entries.push_back(std::move(descriptor));
        return {};
    }

    Result<const T*> find(const std::string& id) const {
        std::string known;
        for (const T& entry : m_entries) {
            if (entry.id == id) return &entry;
            known += (known.empty() ? "" : ", ") + entry.id;
        }
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("There is no {what} named {id}."),
                     {{"what", m_what}, {"id", id}, {"known", known}},
                     IMAGO_TR("Choose one of: {known}.")};
    }

    auto begin() const { return m_entries.begin(); }
    auto end() const { return m_entries.end(); }
    std::size_t size() const { return m_entries.size(); }

  private:
    std::string m_what;
    std::deque<T> m_entries;  // addresses stay valid when more are added
};

}  // namespace imago
