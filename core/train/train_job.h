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
    double saveEverySeconds = 180;    // of training
    std::int64_t saveEverySteps = 0;  // also; 0: only by time
    int keepCheckpoints = 3;
    double tickSeconds = 0.1;
    FileOps* fileOps = nullptr;                                    // null: the machine's own
    std::function<void(Trainer&, GenerativeModel&)> beforeStep{};  // fault injection
    std::function<void(Trainer&, GenerativeModel&)> afterFinish{};
};

// Checks what can be checked without data: family, config (a bad field comes back with its key), bounds, device.
Result<std::unique_ptr<Job>> makeTrainJob(const TrainRequest& request, const EngineSettings& settings, const TrainJobOptions& options = {});
Result<std::unique_ptr<Job>> makePreflightJob(const PreflightRequest& request, const EngineSettings& settings);

}  // namespace imago
