// TrainJob's inside, shared by its two sources: train_job.cpp (beginning, end and what is saved) and training_loop.cpp (the
// slices). What it learns with is made by training_setup.h, what it tells goes through run_recorder.h. Compute thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/engine/on_io.h"
#include "core/models/health.h"
#include "core/models/preview.h"
#include "core/tensor/tensor_memory.h"
#include "core/tensor/thread_policy.h"
#include "core/train/finite_guard.h"
#include "core/train/run_recorder.h"
#include "core/train/saver.h"
#include "core/train/speed.h"
#include "core/train/train_job.h"
#include "core/train/trainer.h"
#include "core/train/training_setup.h"

namespace imago {

class TrainJob final : public Job {
  public:
    TrainJob(TrainRequest request, EngineSettings settings, TrainJobOptions options);
    ~TrainJob() override;

    std::string kind() const override { return TrainRequest::kind; }
    std::string title() const override { return std::filesystem::path(m_request.run).filename().string(); }
    Priority priority() const override { return Priority::Training; }
    JobStarted describe() const override { return {kind(), title(), m_request.run, {}, quiet()}; }

    Result<Slice> step(JobContext& context) override;
    Result<Json> finish(FinishReason reason, JobContext& context) override;
    Result<void> update(const std::string& slot, const Json& value, JobContext& context) override;
    Result<void> control(const std::string& verb, const Json& argument, JobContext& context) override;

  private:
    // train_job.cpp
    Result<void> begin(JobContext& context);
    Result<std::unique_ptr<RunWriter>> openRun();
    Json state() const;
    void notice(JobContext& context, NoticeLevel level, const char* id, Error text);

    // training_loop.cpp
    Result<Slice> trainSlice(JobContext& context);
    Result<void> trainStep(JobContext& context);
    Result<void> checkLost(JobContext& context);
    bool previewDue(bool atEnd) const;
    Result<void> beginPreviews();
    Result<void> previewSlice(JobContext& context);
    Result<void> tick(JobContext& context, bool force);
    void tellProgress(JobContext& context);
    Result<void> saveIfDue(JobContext& context);
    Result<void> save(JobContext& context);
    Result<void> snapshotIfDue(JobContext& context);
    Result<void> rollBack(JobContext& context);
    double progress() const { return plan().progress(trainer().counters.step, m_seconds); }
    bool finished() const { return plan().reached(trainer().counters.step, m_seconds); }
    int snapshotBucket() const;

    const TrainingPlan& plan() const { return m_setup->start.plan; }
    Trainer& trainer() const { return *m_setup->learner.trainer; }
    GenerativeModel& model() const { return *m_setup->learner.model; }

    TrimTensorMemory m_trim;  // first, so that all others are gone when it goes
    TrainRequest m_request;
    EngineSettings m_settings;
    TrainJobOptions m_options;
    FileOps& m_ops;

    OnIo<TrainingSetup> m_opening;
    std::optional<TrainingSetup> m_setup;
    std::unique_ptr<RunRecorder> m_recorder;
    std::unique_ptr<CheckpointSaver> m_saver;
    std::unique_ptr<ThreadPolicy> m_threads;
    std::vector<ThreadPolicy::Change> m_threadChanges;
    std::unique_ptr<HealthMonitor> m_health;
    FiniteGuard m_guard;
    Speed m_speed;
    PreviewSchedule m_previewSchedule;
    Previews m_previews;  // that are still to be made, in order

    double m_seconds = 0;  // trained, over all sittings
    double m_lastTick = -1e9, m_lastProgress = -1e9, m_lastSync = 0, m_lastSave = 0;
    std::int64_t m_previewStep = -1, m_lastSnapshot = 0;
    int m_snapshotBucket = 0;
    std::vector<float> m_lastValues;  // of the newest row
    bool m_ready = false;             // data, model and run are open
    bool m_trained = false;           // at least one step in this sitting
    bool m_previewNow = false, m_saveNow = false;
};

}  // namespace imago
