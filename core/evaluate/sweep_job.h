// SweepJob: how good a model's pictures are by every solver, with several numbers of network evaluations. Compute lane.
#pragma once

#include <memory>

#include "core/base/result.h"
#include "core/engine/job.h"
#include "core/engine/request.h"

namespace imago {

class ModelCache;

// Result: "subject", "reference", "evaluator", "seed", "count", "sweep": a row of figures a solver and number of evaluations.
Result<std::unique_ptr<Job>> makeSweepJob(const SweepRequest& request, ModelCache& models);

}  // namespace imago
