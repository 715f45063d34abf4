// The GAN family's entry of the one list. Any thread.
#pragma once

#include "core/models/family.h"

namespace imago::gan {

Family family();

}  // namespace imago::gan
