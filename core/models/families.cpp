// The one list of families, the half that computes: adding a family is one line here and one in schemas.cpp.
#include "core/models/classifier/family.h"
#include "core/models/diffusion/family.h"
#include "core/models/gan/family.h"
#include "core/models/generative_model.h"
#include "core/models/vae/family.h"

namespace imago {

const std::vector<Family>& families() {
    static const std::vector<Family> list{
        diffusion::family(),
        gan::family(),
        vae::family(),
        classifier::family(),
    };
    return list;
}

Result<const Family*> findFamily(const std::string& id) {
    for (const auto& family : families())
        if (family.id == id) return &family;
    IMAGO_TRY(findFamilyInfo(id));  // names the known ones
    return Error{ErrorCode::Internal, IMAGO_TR("The kind of model “{id}” cannot be computed in this build."), {{"id", id}}};
}

}  // namespace imago
