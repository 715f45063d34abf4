// TrainJob's inside, shared by its two sources: train_job.cpp (beginning and end) and training_loop.cpp (the slices).
// Compute thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/engine/job.h"
#include "core/tensor/tensor_memory.h"
#include "core/tensor/thread_policy.h"
#include "core/train/finite_guard.h"
#include "core/train/health.h"
#include "core/train/preview_maker.h"
#include "core/train/rivalry.h"
#include "core/train/run_recorder.h"
#include "core/train/run_setup.h"
#include "core/train/saver.h"
#include "core/train/train_job.h"
#include "core/train/trainer.h"

namespace imago {

struct Family;

class GenerativeModel;
class Objective;

class TrainJob : public Job {
  public:
    TrainJob(TrainRequest request, bool preflight, EngineSettings settings, TrainJobOptions options);
    ~TrainJob() override;

    std::string kind() const override { return m_preflightOnly ? PreflightRequest::kind : TrainRequest::kind; }
    std::string title() const override { return std::filesystem::path(m_request.run).filename().string(); }
    bool quiet() const override { return m_preflightOnly; }
    Priority priority() const override { return m_preflightOnly ? Priority::Normal : Priority::Training; }
    JobStarted describe() const override { return {kind(), title(), m_request.run, {}, quiet()}; }

    Result<Slice> step(JobContext& context) override;
    Result<Json> finish(FinishReason reason, JobContext& context) override;
    Result<void> update(const std::string& slot, const Json& value, JobContext& context) override;
    Result<void> control(const std::string& verb, const Json& argument, JobContext& context) override;

  private:
    // train_job.cpp: preparation, a stage a slice; what is saved.
    Result<void> openData(JobContext& context);
    Result<void> makeModel();
    Result<void> openRun(JobContext& context);
    Result<void> loadStart();
    bool takesWarmStart() const;
    void chooseWarmStart(const Family& family);
    Result<void> warmStart();
    void tellData(JobContext& context);
    Error startSentence() const;
    void tellStart(JobContext& context);
    void applySections();
    Json stateJson() const;
    void stateFromJson(std::int64_t step, const Json& state);
    void notice(JobContext& context, NoticeLevel level, const char* id, Error text);

    // preflight.cpp: what a training would take, from throw-away steps.
    Result<Slice> preflightSlice(JobContext& context);
    Json preflightResult();

    // training_loop.cpp
    Result<Slice> trainSlice(JobContext& context);
    Result<void> trainStep(JobContext& context);
    Result<void> checkLost(JobContext& context);
    Result<void> previewSlice(JobContext& context);
    bool previewDue(bool atEnd) const;
    Result<void> tick(JobContext& context, bool force);
    void measureSpeed(double now, std::size_t steps);
    void tellProgress(JobContext& context);
    Result<void> saveIfDue(JobContext& context);
    Result<void> save(JobContext& context);
    Result<void> snapshotIfDue(JobContext& context);
    Result<void> rollBack(JobContext& context);
    double progress() const { return m_start->plan.progress(m_trainer->counters.step, m_seconds); }
    bool finished() const { return m_start->plan.reached(m_trainer->counters.step, m_seconds); }
    Health verdict() const { return m_rivalry ? m_rivalry->verdict() : m_health.verdict(); }
    int snapshotBucket() const;

    struct TrimAtEnd {
        ~TrimAtEnd() { trimTensorMemory(); }
    } m_trim;  // first, so that all others are gone when it goes
    TrainRequest m_request;
    bool m_preflightOnly;
    EngineSettings m_settings;
    TrainJobOptions m_options;
    FileOps& m_ops;

    std::optional<RunStart> m_start;
    TrainingSections m_sections;
    std::shared_ptr<const Dataset> m_data;
    std::unique_ptr<GenerativeModel> m_model;
    std::unique_ptr<Objective> m_objective;
    std::unique_ptr<Trainer> m_trainer;
    std::unique_ptr<RunRecorder> m_recorder;
    std::unique_ptr<CheckpointSaver> m_saver;
    std::unique_ptr<PreviewMaker> m_preview;
    std::unique_ptr<ThreadPolicy> m_threads;
    std::vector<ThreadPolicy::Change> m_threadChanges;
    PreviewSchedule m_previewSchedule;
    FiniteGuard m_guard;
    HealthMonitor m_health;
    float m_beta = -1;                        // the newest value of that metric
    std::optional<RivalryMonitor> m_rivalry;  // in m_health's place for two networks that learn from each other

    double m_seconds = 0;  // trained, over all sittings
    double m_lastTick = -1e9, m_lastProgress = -1e9, m_lastSync = 0, m_lastSave = 0;
    double m_speedSince = -1, m_imagesPerSecond = 0;
    std::int64_t m_speedImages = 0;
    std::int64_t m_previewStep = -1, m_lastSnapshot = 0;
    int m_snapshotBucket = 0;
    std::filesystem::path m_warmFile;   // the shipped model that a small set starts from
    std::string m_warmStart;            // its name
    bool m_warmNetwork = false;         // its network took the place of another
    std::vector<double> m_stepSeconds;  // of a preflight's throw-away steps
    double m_preflightBytes = 0;
    double m_usedBefore = 0, m_freeBefore = 0;  // memory before anything was opened
    std::vector<float> m_lastValues;            // of the newest row
    bool m_ready = false;                       // data, model and run are open
    bool m_trained = false;                     // at least one step in this sitting
    bool m_previewNow = false, m_saveNow = false;
};

}  // namespace imago
