// EvaluateJob: how close are a model's pictures (or a folder's) to real ones; how often a classifier is right; and the
// calibration table that says what the figures are worth. Jobs run on the compute lane, one batch or figure a slice.
#pragma once

#include <memory>

#include "core/base/result.h"
#include "core/engine/job.h"
#include "core/engine/request.h"

namespace imago {

class ModelCache;

// The result of the job (JobFinished::result). Of a model or folder: "subject", "reference", "evaluator", "figures",
// "floor" (the same figures between two sets of real pictures), "count", "seed". Of a classifier: "accuracy",
// "class_accuracy", "confusion" ([real class][named class] counts) and "mistakes" (the surest first, "picture": its name in the data). Of a
// sweep: "sweep", a row of figures a solver and number of evaluations. Of a calibration: "table", "table_text", "monotone".
Result<std::unique_ptr<Job>> makeEvaluateJob(const EvaluateRequest& request, ModelCache& models);
Result<std::unique_ptr<Job>> makeCalibrateJob(const CalibrateRequest& request, ModelCache& models);
Result<std::unique_ptr<Job>> makeSweepJob(const SweepRequest& request, ModelCache& models);

}  // namespace imago
