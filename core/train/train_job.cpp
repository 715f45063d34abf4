// The beginning and the end of a training: data, model and run are opened a stage a slice, and whatever happens the run
// is left whole.
#include "core/train/train_job.h"

#include <algorithm>
#include <cmath>

#include "core/models/family_info.h"
#include "core/models/generative_model.h"
#include "core/models/objective.h"
#include "core/train/training.h"

namespace imago {

TrainJob::TrainJob(TrainRequest request, EngineSettings settings, TrainJobOptions options)
    : m_request(std::move(request)),
      m_settings(std::move(settings)),
      m_options(std::move(options)),
      m_ops(m_options.fileOps ? *m_options.fileOps : systemFileOps()) {}

TrainJob::~TrainJob() = default;

Result<Slice> TrainJob::step(JobContext& context) {
    if (m_ready) {
        const double begin = context.nowSeconds();
        Result<Slice> result = trainSlice(context);
        m_seconds += std::max(0.0, context.nowSeconds() - begin);
        return result;
    }
    if (m_setup) {
        IMAGO_TRY(begin(context));
        return Slice::More;
    }
    if (!m_opening.begun())
        m_opening.begin(context, [request = m_request, settings = m_settings, &context]() -> Result<TrainingSetup> {
            if (!request.resume) IMAGO_TRY(refuseExistingRun(request.run));  // before minutes of decoding; once more when it is made
            return openTraining(request, settings, context);
        });
    std::optional<Result<TrainingSetup>> opened = m_opening.take();
    if (!opened) return Slice::Waiting;
    IMAGO_ASSIGN(m_setup, std::move(*opened));
    return Slice::More;
}

Result<void> TrainJob::begin(JobContext& context) {
    m_threads = std::make_unique<ThreadPolicy>(m_setup->start.threads,
                                               [this](const ThreadPolicy::Change& change) { m_threadChanges.push_back(change); });
    IMAGO_TRY(makeReady(*m_setup));
    m_health = m_setup->learner.objective->makeHealthMonitor();
    RunStart& start = m_setup->start;
    if (start.checkpoint) {
        m_seconds = start.checkpoint->state.value("trained_seconds", 0.0);
        m_guard.fromJson(start.checkpoint->state.value("guard", Json::object()));
    }
    IMAGO_ASSIGN(std::unique_ptr<RunWriter> writer, openRun());
    m_recorder = std::make_unique<RunRecorder>(std::move(writer));
    m_saver = std::make_unique<CheckpointSaver>(m_recorder->folder(), m_ops, m_setup->sections.run.keepLast);
    context.emit(JobStarted{kind(), title(), m_recorder->folder().string(), trainer().columns(), quiet()});
    if (m_request.resume) {
        if (start.checkpoint) m_saver->setLastQueuedStep(start.checkpoint->step);
        m_recorder->resumed(context, trainer().counters.step);
    }
    for (Notice& notice : startNotices(*m_setup)) m_recorder->event(context, std::move(notice));
    for (LiveChanged& change : start.liveChanges) {
        change.step = trainer().counters.step;
        m_recorder->event(context, std::move(change));
    }
    start.checkpoint.reset();  // its bytes are no longer needed
    m_lastSave = m_seconds;
    m_lastSnapshot = trainer().counters.step;
    m_snapshotBucket = snapshotBucket();
    m_ready = true;
    // Something to fall back to from the first step on. A branch thereby owns all it needs.
    return m_saver->lastQueuedStep() < 0 ? save(context) : Result<void>();
}

// The folder of a new run, or the one that goes on.
Result<std::unique_ptr<RunWriter>> TrainJob::openRun() {
    RunStart& start = m_setup->start;
    if (start.writer) {
        const std::filesystem::path folder = start.writer->folder();
        if (start.extended) IMAGO_TRY(writePlan(folder, start.plan, m_ops));
        removeStrayCheckpoints(folder);
        return std::move(start.writer);
    }
    IMAGO_TRY(refuseExistingRun(m_request.run));
    IMAGO_TRY(makeFolders(m_request.run, m_ops));
    IMAGO_TRY(writePlan(m_request.run, start.plan, m_ops));  // before run.json, which makes the folder a run
    IMAGO_ASSIGN(std::unique_ptr<RunWriter> writer,
                 createRun(m_request.run, start, *m_setup->data, trainer().columns(), m_threads->threads()));
    IMAGO_TRY(writeDurably(std::filesystem::path(m_request.run) / "data_report.json",
                           m_setup->data->report().toJson().dump(1, ' ', false, Json::error_handler_t::replace) + "\n", m_ops));
    return writer;
}

void TrainJob::notice(JobContext& context, NoticeLevel level, const char* id, Error text) {
    m_recorder->event(context, Notice{level, id, std::move(text), trainer().counters.step});
}

Json TrainJob::state() const {
    Json state = trainer().state();
    state["trained_seconds"] = m_seconds;
    state["guard"] = m_guard.toJson();
    state["config"] = m_setup->start.config;
    return state;
}

Result<Json> TrainJob::finish(FinishReason reason, JobContext& context) {
    if (!m_recorder) return Json::object();  // it never got as far as a run
    std::optional<Error> problem;
    const auto attempt = [&](Result<void> result) {
        if (!result && !problem) problem = std::move(result.error());
    };
    attempt(tick(context, true));
    m_previews.clear();
    const bool saves = reason == FinishReason::Done || reason == FinishReason::Stopped;
    if (saves && m_ready) {
        context.drainIo();  // at most one save in flight
        attempt(save(context));
    }
    context.drainIo();
    attempt(m_recorder->collect(context));
    Json result = {{"run", m_recorder->folder().string()},         {"state", toString(reason)}, {"steps", trainer().counters.step},
                   {"images_seen", trainer().counters.imagesSeen}, {"seconds", m_seconds},      {"skipped_steps", m_guard.skippedTotal()},
                   {"health", toString(m_health->verdict())}};
    if (m_saver && m_saver->lastQueuedStep() >= 0 && !problem) result["checkpoint"] = m_saver->lastQueuedStep();
    for (std::size_t i = 0; i < m_lastValues.size(); ++i)
        if (std::isfinite(m_lastValues[i])) result["metrics"][trainer().columns()[i]] = m_lastValues[i];
    if (m_options.afterFinish) m_options.afterFinish(trainer(), model());
    m_recorder->note(context, JobFinished{problem ? FinishReason::Failed : reason, problem, result});
    m_recorder->sync(context);
    context.drainIo();
    m_recorder.reset();  // lets go of the run's lock
    if (problem) return std::move(*problem);
    return result;
}

Result<void> TrainJob::control(const std::string& verb, const Json& argument, JobContext& context) {
    if (!m_ready) return Error{ErrorCode::BadInput, IMAGO_TR("The training has not begun yet.")};
    if (verb == "sample_now") return m_previewNow = true, Result<void>();
    if (verb == "save_now") return m_saveNow = true, Result<void>();
    return Job::control(verb, argument, context);
}

Result<void> TrainJob::update(const std::string& slot, const Json& value, JobContext& context) {
    if (!m_ready) return Error{ErrorCode::BadInput, IMAGO_TR("The training has not begun yet.")};
    Json& config = m_setup->start.config;
    IMAGO_ASSIGN(const FamilyInfo* info, findFamilyInfo(m_setup->start.family));
    IMAGO_ASSIGN(Json changed, withLiveValue(info->config, config, slot, value));
    const Json* before = valueAt(config, slot);
    LiveChanged event{slot, before ? *before : Json(), value, trainer().counters.step};
    IMAGO_ASSIGN(m_setup->sections, trainingSections(changed));
    config = std::move(changed);
    trainer().applyLive(trainerSettings(m_setup->sections.optimizer, m_setup->sections.data));
    m_setup->learner.objective->setConfig(config);
    m_recorder->event(context, std::move(event));
    return {};
}

Result<std::unique_ptr<Job>> makeTrainJob(const TrainRequest& request, const EngineSettings& settings, const TrainJobOptions& options) {
    if (request.run.empty()) return Error{ErrorCode::BadInput, IMAGO_TR("A training needs a folder for its run."), {}, {}, "run"};
    IMAGO_TRY(checkTrainRequest(request));
    return std::unique_ptr<Job>(std::make_unique<TrainJob>(request, settings, options));
}

}  // namespace imago
