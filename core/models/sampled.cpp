#include "core/models/sampled.h"

#include "core/nn/torch_pch.h"

namespace imago {

bool learnedClasses(const ModelFileInfo& info) {
    const Json* learned = valueAt(info.config, "loss.class_conditional");
    return !info.shape.classNames.empty() && !(learned && learned->is_boolean() && !learned->get<bool>());
}

Result<void> checkClasses(const SamplingJobSpec& spec, int classes) {
    if (!spec.classes.empty() && spec.classes.size() != spec.seeds.size())
        return Error{ErrorCode::Internal, IMAGO_TR("Every sample needs one class.")};
    for (const int index : spec.classes) {
        if (index < classes) continue;
        if (classes == 0)
            return Error{ErrorCode::BadInput, IMAGO_TR("This model does not know classes."), {}, IMAGO_TR("Leave the class out."), "class"};
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("There is no class number {index}; this model knows 0 to {last}."),
                     {{"index", std::to_string(index)}, {"last", std::to_string(classes - 1)}},
                     {},
                     "class"};
    }
    return {};
}

Result<at::Tensor> finitePictures(const SamplingProcess& process) {
    at::Tensor result = process.result();
    if (!at::isfinite(result).all().item<bool>())
        return Error{ErrorCode::Numerical,
                     IMAGO_TR("The model gave pictures that are not numbers."),
                     {},
                     IMAGO_TR("Use an earlier checkpoint of its run.")};
    return result;
}

}  // namespace imago
