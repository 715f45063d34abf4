// The VAE family's entry of the one list. Any thread.
#pragma once

#include "core/models/family.h"

namespace imago::vae {

Family family();

}  // namespace imago::vae
