// TrainJob: one training from request to finished run: opens the data, makes or restores the model, then one optimizer
// step a slice, with previews, checkpoints, snapshots, the non-finite guard and live changes between slices.
#pragma once

#include <functional>
#include <memory>

#include "core/base/durable_file.h"
#include "core/engine/job.h"
#include "core/engine/settings.h"

namespace imago {

class GenerativeModel;
class Trainer;

// How a training looks after itself. The defaults are for people; tests make it save often and fail on purpose.
struct TrainJobOptions {
    std::int64_t saveEverySteps = 0;  // besides the time that the config gives; 0: only by time
    double tickSeconds = 0.1;
    FileOps* fileOps = nullptr;                                    // null: the machine's own
    std::function<void(Trainer&, GenerativeModel&)> beforeStep{};  // fault injection
    std::function<void(Trainer&, GenerativeModel&)> afterFinish{};
};

// Errors at once, from the values alone: family, config (a bad field comes back with its key), bounds, device. What lies in files is
// looked at in the first slice.
Result<std::unique_ptr<Job>> makeTrainJob(const TrainRequest& request, const EngineSettings& settings, const TrainJobOptions& options = {});

}  // namespace imago
