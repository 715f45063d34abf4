// The one list of families, LibTorch-free half: adding a family is one line here and one in families.cpp.
#include "core/models/classifier/config.h"
#include "core/models/diffusion/config.h"
#include "core/models/family_info.h"
#include "core/models/gan/config.h"
#include "core/models/vae/config.h"

namespace imago {

const std::vector<FamilyInfo>& familyInfos() {
    static const std::vector<FamilyInfo> list{
        {"diffusion", IMAGO_TR("Best, slow (diffusion)"),
         IMAGO_TR("Learns to take noise away, then makes pictures out of pure noise. The best pictures; takes the longest to make them."),
         schemaOf<diffusion::DiffusionConfig>(), schemaOf<diffusion::SamplingConfig>()},
        {"gan", IMAGO_TR("Fast to make pictures (GAN)"),
         IMAGO_TR("A generator and a critic learn from each other. Makes pictures in one go; learns quickly, and can lose its balance."),
         schemaOf<gan::GanConfig>(), schemaOf<gan::SamplingConfig>()},
        {"vae", IMAGO_TR("Fast, soft (VAE)"),
         IMAGO_TR("Learns to put pictures into a few numbers and back. Quick to learn and instant to draw, softer than the others; it also "
                  "looks into pictures, to copy them and to make files small."),
         schemaOf<vae::VaeConfig>(), schemaOf<vae::SamplingConfig>()},
        {"classifier", IMAGO_TR("Names pictures (classifier)"),
         IMAGO_TR("Learns which class a picture belongs to. It makes no pictures; it measures how good those of other models are."),
         schemaOf<classifier::ClassifierConfig>(), schemaOf<classifier::SamplingConfig>()},
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
