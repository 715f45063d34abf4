// What a job tells while its pictures are opened, and how it is interrupted meanwhile. Io lane.
#pragma once

#include <functional>

#include "core/engine/job.h"

namespace imago {

// For DatasetOptions::progress: tells how far it is, lets saves of other jobs through, ends the opening when the job is asked to
// end (ErrorCode::Cancelled).
std::function<bool(std::size_t done, std::size_t total)> openProgress(JobContext& context, const char* stage);

}  // namespace imago
