#include "core/models/vae/family.h"

#include "core/models/vae/model.h"
#include "core/models/vae/objective.h"

namespace imago::vae {

Family family() {
    return {"vae", &VaeModel::make, &VaeObjective::make};
}

}  // namespace imago::vae
