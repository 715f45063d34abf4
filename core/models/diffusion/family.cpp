#include "core/models/diffusion/family.h"

#include "core/models/diffusion/model.h"
#include "core/models/diffusion/objective.h"

namespace imago::diffusion {

Family family() {
    return {"diffusion", &DiffusionModel::make, &DiffusionObjective::make};
}

}  // namespace imago::diffusion
