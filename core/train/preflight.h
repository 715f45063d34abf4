// PreflightJob: what a training would take, measured before it begins. The pictures are opened and the model is made as for the
// training itself; one step warms up, a few are timed, and all of it is thrown away. No run is made. Compute lane.
#pragma once

#include <memory>

#include "core/engine/job.h"
#include "core/engine/settings.h"

namespace imago {

// Errors at once: as makeTrainJob(), but that it needs no folder. The result: sizes, memory, speed, disk space, the report of the
// data and what to expect ("expectation").
Result<std::unique_ptr<Job>> makePreflightJob(const PreflightRequest& request, const EngineSettings& settings);

}  // namespace imago
