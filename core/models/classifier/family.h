// The classifier family's entry of the one list. Any thread.
#pragma once

#include "core/models/family.h"

namespace imago::classifier {

Family family();

}  // namespace imago::classifier
