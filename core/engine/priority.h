// Priority classes of the compute lane, most urgent first.
#pragma once

#include "core/config/field.h"

namespace imago {

enum class Priority { Interactive, Normal, Training };

template <>
struct WordsOf<Priority> {
    static constexpr Word<Priority> list[] = {
        {Priority::Interactive, "interactive"}, {Priority::Normal, "normal"}, {Priority::Training, "training"}};
};

}  // namespace imago
