// What a training starts from: a request made whole. Fresh, resumed, branched or fine-tuned: afterwards the job sees only
// a RunStart. Compute thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/engine/request.h"
#include "core/engine/run.h"
#include "core/models/model_reference.h"
#include "core/models/training_config.h"
#include "core/tensor/device.h"
#include "core/train/checkpoint.h"
#include "core/train/schedule.h"

namespace imago {

struct RunStart {
    std::string family, data;
    Json requested = Json::object();
    Json config = Json::object();  // complete; precision resolved
    std::uint64_t seed = 0;
    Device device;
    int threads = 0;  // 0: auto
    TrainingPlan plan;
    std::unique_ptr<RunWriter> writer;     // of a resumed run; a new one gets its own from createRun()
    std::optional<Checkpoint> checkpoint;  // resume and branch
    std::vector<SkippedCheckpoint> skipped;
    Json parent;                           // of a branch or a fine-tuned run, else null
    std::string manifestHash;              // that the data must have; empty: any
    int side = 0;                          // of the pictures that the run began with, where they are square
    bool explicitBatch = false;            // the size of the batch was asked for: it never changes by itself
    bool explicitNetwork = false;          // so was its network, beyond what the preset has
    bool extended = false;                 // a resume with another end than before
    std::vector<LiveChanged> liveChanges;  // of a resume: settings that were given anew, to be told at its first step
    std::string otherMachine;              // of a resume: what it was started with, when that was not this
};

// The sections that the trainer reads from a family's complete config.
struct TrainingSections {
    OptimizerSection optimizer;
    RunSection run;
    DataSection data;
};
Result<TrainingSections> trainingSections(const Json& config);

// Values alone, no file is looked at: family, config, bounds, device, threads; what a bad form field should hear of at once.
Result<void> checkTrainRequest(const TrainRequest& request);

bool startsFromAModel(const TrainRequest& request);  // one that was asked for

// Opens what the request names (locks a resumed run) and finds the checkpoint to start from.
Result<RunStart> resolveRunStart(const TrainRequest& request);

Result<void> refuseExistingRun(const std::string& folder);
// Makes the folder and run.json of a new run.
Result<std::unique_ptr<RunWriter>> createRun(const std::string& folder, const RunStart& start, const Dataset& data,
                                             const std::vector<std::string>& metricNames, int threadsNow);

// The planned end survives outside run.json, which never changes: plan.json.
Result<void> writePlan(const std::filesystem::path& run, const TrainingPlan& plan, FileOps& ops);
TrainingPlan readPlan(const std::filesystem::path& run);

}  // namespace imago
