// CalibrateJob: what the figures are worth: real pictures spoilt in known ways are measured like a model's (calibration.h). Compute
// lane.
#pragma once

#include <memory>

#include "core/base/result.h"
#include "core/engine/job.h"
#include "core/engine/request.h"

namespace imago {

// Result: "reference", "evaluator", "seed", "count" and what calibrationReport() gives ("table", "table_text", "monotone", ...).
Result<std::unique_ptr<Job>> makeCalibrateJob(const CalibrateRequest& request);

}  // namespace imago
