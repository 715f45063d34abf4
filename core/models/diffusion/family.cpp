#include "core/models/diffusion/family.h"

#include "core/models/diffusion/model.h"
#include "core/models/diffusion/objective.h"

namespace imago::diffusion {

namespace {

Previews previews(GenerativeModel& model, const Dataset&, const PreviewSpec& spec) {
    Previews out;
    out.push_back(samplesPreview(model, spec, dynamic_cast<DiffusionModel&>(model).classes(), {{"steps", kSketchSteps}}));
    return out;
}

}  // namespace

Family family() {
    return {"diffusion", &DiffusionModel::make, &DiffusionObjective::make, &previews};
}

}  // namespace imago::diffusion
