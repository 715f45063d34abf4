#include "core/models/classifier/family.h"

#include "core/models/classifier/classifier.h"
#include "core/models/classifier/objective.h"

namespace imago::classifier {

Family family() {
    return {"classifier", &Classifier::make, &ClassifierObjective::make};
}

}  // namespace imago::classifier
