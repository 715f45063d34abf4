// WorthJob: what a model's labelled pictures are worth to somebody who has few real ones: a classifier learns from a tenth of
// the real pictures, another from the same tenth and the model's, both are asked about pictures that neither has seen.
// After the classification accuracy score of Ravuri & Vinyals 2019. A model that has itself seen all real pictures carries
// them into its own: the figure says what it passes on, not that nothing was needed to learn it. Compute lane.
#pragma once

#include <memory>

#include "core/base/result.h"
#include "core/engine/job.h"
#include "core/engine/request.h"

namespace imago {

class ModelCache;

// Result: "real" and "made" (pictures), "test" (pictures), "accuracy_real", "accuracy_both", "gain", "error" (one standard
// deviation of the gain from the number of test pictures alone), "seen" (pictures each classifier was shown).
// Errors: no classes in the data or the model, or not the same ones.
Result<std::unique_ptr<Job>> makeWorthJob(const WorthRequest& request, ModelCache& models);

}  // namespace imago
