#include "core/models/gan/family.h"

#include "core/models/gan/model.h"
#include "core/models/gan/objective.h"

namespace imago::gan {

namespace {

Previews previews(GenerativeModel& model, const Dataset&, const PreviewSpec& spec) {
    Previews out;
    out.push_back(samplesPreview(model, spec, dynamic_cast<GanModel&>(model).classes()));
    return out;
}

}  // namespace

Family family() {
    return {"gan", &GanModel::make, &GanObjective::make, &previews};
}

}  // namespace imago::gan
