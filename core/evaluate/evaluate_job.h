// EvaluateJob: how close a model's pictures (or a folder's) are to real ones, or how often a classifier is right. Compute lane, one
// batch or figure a slice; the pictures are opened on the io lane.
#pragma once

#include <memory>

#include "core/base/result.h"
#include "core/engine/job.h"
#include "core/engine/request.h"

namespace imago {

class ModelCache;

// Result: "subject", "reference", "seed"; of pictures: "evaluator", "count", "figures", "floor" (the same figures between two sets of
// real pictures); of a classifier: what naming.h says.
Result<std::unique_ptr<Job>> makeEvaluateJob(const EvaluateRequest& request, ModelCache& models);
Result<std::unique_ptr<Job>> makeCalibrateJob(const CalibrateRequest& request, ModelCache& models);
Result<std::unique_ptr<Job>> makeSweepJob(const SweepRequest& request, ModelCache& models);

}  // namespace imago
