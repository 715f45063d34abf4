// The one list of families, LibTorch-free half: adding a family is one line here and one in families.cpp.
#include "core/models/classifier/config.h"
#include "core/models/diffusion/config.h"
#include "core/models/family_info.h"
#include "core/models/gan/config.h"
#include "core/models/vae/config.h"

namespace imago {

const std::vector<FamilyInfo>& familyInfos() {
    static const std::vector<FamilyInfo> list{
        diffusion::familyInfo(),
        gan::familyInfo(),
        vae::familyInfo(),
        classifier::familyInfo(),
    };
    return list;
}

Result<const FamilyInfo*> findFamilyInfo(const std::string& id) {
    std::string known;
    for (const auto& info : familyInfos()) {
        if (info.id == id) return &info;
        known += (known.empty() ? "" : ", ") + info.id;
    }
    return Error{ErrorCode::BadInput,
                 IMAGO_TR("There is no kind of model named “{id}”."),
                 {{"id", id}, {"known", known}},
                 IMAGO_TR("Choose one of: {known}."),
                 "family"};
}

}  // namespace imago
