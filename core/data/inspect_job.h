// InspectDataJob: opens a dataset without training and tells what is in it: counts, classes, skipped files, and a grid
// of pictures as a model would see them (PreviewReady of kind "data"). Io lane: it needs no tensors.
#pragma once

#include <memory>

#include "core/engine/job.h"

namespace imago {

Result<std::unique_ptr<Job>> makeInspectDataJob(const InspectDataRequest& request);

}  // namespace imago
