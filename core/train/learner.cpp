#include "core/train/learner.h"

#include "core/models/family.h"
#include "core/models/generative_model.h"
#include "core/models/objective.h"
#include "core/train/run_setup.h"
#include "core/train/trainer.h"

namespace imago {

Learner::Learner() = default;
Learner::Learner(Learner&&) noexcept = default;
Learner::~Learner() = default;

// What teaches goes before what is taught.
Learner& Learner::operator=(Learner&& other) noexcept {
    trainer = std::move(other.trainer);
    objective = std::move(other.objective);
    model = std::move(other.model);
    return *this;
}

Result<Learner> makeLearner(const std::string& familyId, const Json& config, std::shared_ptr<const Dataset> data, std::uint64_t seed,
                            const Device& device, std::unique_ptr<GenerativeModel> model) {
    IMAGO_ASSIGN(const Family* family, findFamily(familyId));
    IMAGO_ASSIGN(const TrainingSections sections, trainingSections(config));
    Learner learner;
    learner.model = std::move(model);
    if (!learner.model) {
        IMAGO_ASSIGN(learner.model, family->makeModel(config, data->shape(), seed, device));
    }
    IMAGO_ASSIGN(learner.objective, family->makeObjective(config, *learner.model));
    learner.trainer = std::make_unique<Trainer>(*learner.model, *learner.objective, std::move(data),
                                                trainerSettings(sections.optimizer, sections.data), seed, device);
    return learner;
}

}  // namespace imago
