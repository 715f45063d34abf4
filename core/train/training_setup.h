// TrainingSetup: what a request becomes before the first step, the same for a training and for what measures one beforehand.
// Opened on the io lane, made ready on the compute thread.
#pragma once

#include <memory>
#include <optional>

#include "core/engine/job.h"
#include "core/engine/settings.h"
#include "core/train/learner.h"
#include "core/train/run_setup.h"
#include "core/train/warm_start.h"

namespace imago {

struct TrainingSetup {
    TrainRequest request;
    RunStart start;
    TrainingSections sections;
    std::shared_ptr<const Dataset> data;
    Learner learner;           // its model in the state that it starts from
    std::string warmStart;     // the shipped model that it starts from by itself
    bool warmNetwork = false;  // whose network took the place of another
};

// Reads what the request names: a run, its checkpoint, the pictures. Io lane; ended early where the job is to end
// (ErrorCode::Cancelled).
Result<TrainingSetup> openTraining(const TrainRequest& request, const EngineSettings& settings, JobContext& context);
// Makes the learner. Before the run's folder is made: a start that does not fit leaves nothing behind.
Result<void> makeReady(TrainingSetup& setup);

// What it starts from, and what to expect of so many pictures; empty for one that goes on.
Error startSentence(const TrainingSetup& setup);
// What is worth knowing about how it begins: checkpoints that were passed over, what was left out of the data, what looks odd.
std::vector<Notice> startNotices(const TrainingSetup& setup);

}  // namespace imago
