#include "core/models/gan/family.h"

#include "core/models/gan/model.h"
#include "core/models/gan/objective.h"

namespace imago::gan {

Family family() {
    return {"gan", &GanModel::make, &GanObjective::make};
}

}  // namespace imago::gan
