// The diffusion family's entry of the one list. Any thread.
#pragma once

#include "core/models/family.h"

namespace imago::diffusion {

Family family();

}  // namespace imago::diffusion
