#include "core/models/vae/family.h"

#include "core/models/vae/model.h"
#include "core/models/vae/objective.h"

namespace imago::vae {

namespace {

// Beside what it thinks up, how well it copies what it is shown.
Previews previews(GenerativeModel& model, const Dataset& data, const PreviewSpec& spec) {
    Previews out;
    out.push_back(samplesPreview(model, spec, dynamic_cast<VaeModel&>(model).classes(), {{"steps", kSketchSteps}}));
    out.push_back(copiesPreview(model, data, spec));
    return out;
}

}  // namespace

Family family() {
    return {"vae", &VaeModel::make, &VaeObjective::make, &previews};
}

}  // namespace imago::vae
