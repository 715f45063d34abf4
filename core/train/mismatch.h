// Mismatch: which weights do not fit a network, collected and said in one sentence. Any thread.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/nn/parameters.h"

namespace imago {

class Mismatch {
  public:
    // found: the shape that there is instead; null: there is none.
    void add(const nn::ParameterEntry& wanted, const std::vector<std::int64_t>* found);
    Result<void> check(const std::string& what) const;  // an Error that names them, if there are any

  private:
    std::vector<std::string> m_names;
};

}  // namespace imago
