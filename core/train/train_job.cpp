// The beginning and the end of a training: data, model and run are opened a stage a slice, and whatever happens the run
// is left whole.
#include "core/train/train_job.h"

#include <cmath>

#include "core/models/family.h"
#include "core/models/generative_model.h"
#include "core/models/model_file.h"
#include "core/models/objective.h"
#include "core/models/shipped.h"
#include "core/nn/parameters.h"
#include "core/train/training.h"

namespace imago {

TrainJob::TrainJob(TrainRequest request, bool preflight, EngineSettings settings, TrainJobOptions options)
    : m_request(std::move(request)),
      m_preflightOnly(preflight),
      m_settings(std::move(settings)),
      m_options(std::move(options)),
      m_ops(m_options.fileOps ? *m_options.fileOps : systemFileOps()) {}

TrainJob::~TrainJob() = default;

// ---------------------------------------------------------------------------------------------------- preparation

Result<void> TrainJob::openData(JobContext& context) {
    m_usedBefore = static_cast<double>(usedMemory()), m_freeBefore = static_cast<double>(freeMemory());
    TrainRequest request = m_request;
    if (request.device == "auto") request.device = m_settings.device;
    if (request.threads == "auto") request.threads = m_settings.threads;
    IMAGO_ASSIGN(m_start, resolveRunStart(request));
    IMAGO_ASSIGN(m_sections, trainingSections(m_start->config));
    DatasetOptions options;
    // Pictures of their own size keep the one that the run began with, whatever has come to the folder since.
    options.resolution = m_sections.data.resolution > 0 ? m_sections.data.resolution : m_start->side;
    options.pad = m_sections.data.fit == "pad";
    IMAGO_ASSIGN(options.ground, parseGround(m_sections.data.ground));
    options.memoryBudget = std::uint64_t(m_sections.data.memoryMb) << 20;
    options.progress = [&context, last = -1.0](std::size_t done, std::size_t total) mutable {
        if (const double now = context.nowSeconds(); now - last > 0.1)
            last = now, context.emit(JobProgress{static_cast<std::int64_t>(done), static_cast<std::int64_t>(total), 0, -1,
                                                 IMAGO_TR("Reading the pictures")});
        context.yield();
        return !context.stopRequested() && !context.discardRequested() && !context.cancelRequested();
    };
    IMAGO_ASSIGN(m_data, openDataset(m_start->data, options));
    if (!m_start->manifestHash.empty() && m_start->manifestHash != m_data->manifestHash())
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The pictures in {data} are not the ones that this run was started with."),
                     {{"data", m_start->data}},
                     IMAGO_TR("Bring the earlier pictures back, or start a branch of the run with the present ones.")};
    return {};
}

Result<void> TrainJob::makeModel() {
    m_threads =
        std::make_unique<ThreadPolicy>(m_start->threads, [this](const ThreadPolicy::Change& change) { m_threadChanges.push_back(change); });
    IMAGO_ASSIGN(const Family* family, findFamily(m_start->family));
    chooseWarmStart(*family);
    if (!m_model) {
        IMAGO_ASSIGN(m_model, family->makeModel(m_start->config, m_data->shape(), m_start->seed, m_start->device));
    }
    IMAGO_ASSIGN(m_objective, family->makeObjective(m_start->config, *m_model));
    TrainerSettings settings = trainerSettings(m_sections.optimizer, m_sections.data);
    settings.automaticBatch = !m_start->explicitBatch;
    m_trainer = std::make_unique<Trainer>(*m_model, *m_objective, m_data, settings, m_start->seed, m_start->device);
    if (m_objective->adversarial()) m_rivalry.emplace(m_trainer->columns());
    return {};
}

void TrainJob::applySections() {
    const TrainerSettings wanted = trainerSettings(m_sections.optimizer, m_sections.data);
    TrainerSettings& s = m_trainer->settings;
    s.rate = wanted.rate, s.averageHalfLife = wanted.averageHalfLife, s.optimizer = wanted.optimizer;
    for (int phase = 0; phase < m_trainer->phases(); ++phase) m_trainer->optimizer(phase).config = s.optimizer;
}

// Before the run's folder is made: a start that does not fit leaves nothing behind.
Result<void> TrainJob::loadStart() {
    if (m_start->checkpoint) {
        IMAGO_TRY(restoreCheckpoint(*m_model, *m_start->checkpoint));
        stateFromJson(m_start->checkpoint->step, m_start->checkpoint->state);
        m_guard.fromJson(m_start->checkpoint->state.value("guard", Json::object()));
    } else if (m_request.resume || m_request.initFrom == "none") {
        return {};
    } else if (!m_request.initFrom.empty()) {
        IMAGO_ASSIGN(const std::filesystem::path file, findModelFile(m_request.initFrom));
        IMAGO_ASSIGN(const std::unique_ptr<GenerativeModel> source, loadModel(file));
        IMAGO_TRY(adoptWeights(*m_model, *source, m_request.initFrom));
    } else {
        return warmStart();
    }
    return {};
}

bool TrainJob::takesWarmStart() const {
    const bool own = m_start->data.starts_with("folder:") || m_start->data.starts_with("packed:");
    return own && m_data->size() <= kSmallSet && !m_start->checkpoint && !m_request.resume && m_request.initFrom.empty();
}

// A small set of a person's own pictures starts from a shipped model that already knows shapes and colours. It takes that
// model's network, unless one was asked for beyond the preset's: then only a model with the same one will do.
// Class tables stay as they are.
void TrainJob::chooseWarmStart(const Family& family) {
    if (!takesWarmStart()) return;
    const bool free = !m_start->explicitNetwork;
    const auto prior = [](const Json& config) {
        const Json* kind = valueAt(config, "latent.prior");
        return kind ? *kind : Json();
    };
    for (const std::filesystem::path& file : shippedModels()) {
        const auto info = inspectModel(file);
        if (!info || info->family != m_start->family || info->shape.channels != m_data->shape().channels) continue;
        if (prior(info->config) != prior(m_start->config)) continue;  // another kind of model
        Json config = m_start->config;
        for (const char* section : {"network", "latent"})
            if (free && info->config.contains(section)) config[section].update(info->config[section]);
        auto model = family.makeModel(config, m_data->shape(), m_start->seed, m_start->device);
        if (!model || !hasSameNetwork(file, (*model)->parameters())) continue;
        m_warmNetwork = config != m_start->config;
        m_start->config = std::move(config);
        m_model = std::move(*model);
        m_warmFile = file;
        return;
    }
}

Result<void> TrainJob::warmStart() {
    if (m_warmFile.empty()) return {};
    IMAGO_ASSIGN(const std::unique_ptr<GenerativeModel> source, loadModel(m_warmFile));
    m_warmStart = m_warmFile.stem().string();
    IMAGO_TRY(adoptWeights(*m_model, *source, m_warmStart, /*classTableMayDiffer=*/true));
    m_start->parent = {{"kind", "fine-tune"}, {"model", m_warmFile.string()}, {"automatic", true}};
    return {};
}

Result<void> TrainJob::openRun(JobContext& context) {
    std::unique_ptr<RunWriter> writer = std::move(m_start->writer);
    const bool fresh = !writer;
    if (fresh) {
        IMAGO_TRY(refuseExistingRun(m_request.run));
        IMAGO_TRY(makeFolders(m_request.run, m_ops));
        IMAGO_TRY(writePlan(m_request.run, m_start->plan, m_ops));  // before run.json, which makes the folder a run
        IMAGO_ASSIGN(writer, createRun(m_request.run, *m_start, *m_data, m_trainer->columns(), m_threads->threads()));
    }
    if (fresh)
        IMAGO_TRY(writeDurably(std::filesystem::path(m_request.run) / "data_report.json",
                               m_data->report().toJson().dump(1, ' ', false, Json::error_handler_t::replace) + "\n", m_ops));
    m_recorder = std::make_unique<RunRecorder>(std::move(writer));
    if (m_start->extended) IMAGO_TRY(writePlan(m_recorder->folder(), m_start->plan, m_ops));
    if (!fresh) removeStrayCheckpoints(m_recorder->folder());
    m_saver = std::make_unique<CheckpointSaver>(m_recorder->folder(), m_ops, m_sections.run.keepLast);
    if (!fresh && m_start->checkpoint) m_saver->setLastQueuedStep(m_start->checkpoint->step);
    m_preview = std::make_unique<PreviewMaker>(*m_model, m_start->seed, m_sections.run.previewCount);
    context.emit(JobStarted{kind(), title(), m_recorder->folder().string(), m_trainer->columns()});
    tellStart(context);
    m_start->checkpoint.reset();  // its bytes are no longer needed
    m_lastSave = m_seconds;
    m_lastSnapshot = m_trainer->counters.step;
    m_snapshotBucket = snapshotBucket();
    m_ready = true;
    // Something to fall back to from the first step on. A branch thereby owns all it needs.
    return m_saver->lastQueuedStep() < 0 ? save(context) : Result<void>();
}

// What is worth knowing about how it begins.
void TrainJob::tellStart(JobContext& context) {
    for (const SkippedCheckpoint& skipped : m_start->skipped)
        notice(context, NoticeLevel::Warning, "resumed",
               {ErrorCode::Disk,
                IMAGO_TR("The checkpoint of step {step} was passed over: {why}"),
                {{"step", std::to_string(skipped.step)}, {"why", skipped.reason.text()}}});
    const std::int64_t step = m_trainer->counters.step;
    if (!m_start->otherMachine.empty())
        notice(context, NoticeLevel::Info, "resumed",
               {ErrorCode::Internal,
                IMAGO_TR("The run was started with {before}; from here on the last bits may differ."),
                {{"before", m_start->otherMachine}}});
    if (m_request.resume) {
        m_recorder->resumed(context, step);
        notice(context, NoticeLevel::Info, "resumed",
               {ErrorCode::Internal, IMAGO_TR("Going on from step {step}."), {{"step", std::to_string(step)}}});
        if (m_start->extended)
            notice(context, NoticeLevel::Info, "extended", {ErrorCode::Internal, IMAGO_TR("The planned end has changed.")});
    } else if (m_start->checkpoint) {
        notice(context, NoticeLevel::Info, "branched",
               {ErrorCode::Internal,
                IMAGO_TR("A branch of {run} at step {step}."),
                {{"run", m_start->parent.value("run", std::string())}, {"step", std::to_string(step)}}});
    }
    tellData(context);
}

// What was left out of the data, what looks odd, and what to expect of so many; all of it in the run's data_report.json.
void TrainJob::tellData(JobContext& context) {
    if (const std::size_t count = m_data->skipped().size())
        notice(context, NoticeLevel::Warning, "data",
               {ErrorCode::BadInput,
                IMAGO_TR("{count} files could not be used. The first: {name}: {why}"),
                {{"count", std::to_string(count)}, {"name", m_data->skipped()[0].name}, {"why", m_data->skipped()[0].reason.text()}}});
    if (m_request.resume) return;
    for (Error& sentence : m_data->report().sentences()) notice(context, NoticeLevel::Info, "data_report", std::move(sentence));
    if (!m_data->resident())
        notice(context, NoticeLevel::Info, "data_report",
               {ErrorCode::Internal, IMAGO_TR("The pictures do not fit in memory and are read from the disk while it learns.")});
    if (m_warmNetwork)
        notice(context, NoticeLevel::Info, "small_set",
               {ErrorCode::Internal,
                IMAGO_TR("The size and shape of the network are those of {model}, whatever the preset says."),
                {{"model", m_warmStart}}});
    if (m_data->size() <= kSmallSet && !m_start->checkpoint) notice(context, NoticeLevel::Info, "small_set", startSentence());
}

// What it starts from, and what to expect of so many pictures.
Error TrainJob::startSentence() const {
    if (m_start->checkpoint || m_request.resume) return {ErrorCode::Internal, ""};  // it goes on from what was learned
    const std::size_t count = m_data->size();
    const auto say = [&](const char* text, const std::string& model = {}) {
        return Error{ErrorCode::Internal, text, {{"count", std::to_string(count)}, {"model", model}}};
    };
    const bool asked = !m_request.initFrom.empty() && m_request.initFrom != "none";
    if (!m_warmStart.empty())
        return say(IMAGO_TR("{count} pictures: starts from {model}, which already knows shapes and colours; may repeat your pictures."),
                   m_warmStart);
    if (asked) return say(IMAGO_TR("{count} pictures: starts from {model}."), m_request.initFrom);
    if (count < kFewPictures) return say(IMAGO_TR("{count} pictures: expect variations of your pictures."));
    if (count > kSmallSet) return say(IMAGO_TR("{count} pictures: learns from scratch."));
    if (takesWarmStart())
        return say(IMAGO_TR("{count} pictures, and no shipped model has this network: learns from scratch; may repeat your pictures."));
    return say(IMAGO_TR("{count} pictures: learns from scratch; may repeat your pictures."));
}

void TrainJob::notice(JobContext& context, NoticeLevel level, const char* id, Error text) {
    const std::int64_t step = m_trainer ? m_trainer->counters.step : -1;
    m_recorder->event(context, Notice{level, id, std::move(text), step});
}

// ----------------------------------------------------------------------------------------------------- what is saved

Json TrainJob::stateJson() const {
    const std::int64_t items = static_cast<std::int64_t>(m_data->size());
    const std::int64_t position = m_trainer->counters.step * m_sections.optimizer.batch;
    Json optimizerSteps = m_trainer->optimizer().stepCount();  // a number, or one for each phase
    if (m_trainer->phases() > 1) {
        optimizerSteps = Json::array();
        for (int phase = 0; phase < m_trainer->phases(); ++phase) optimizerSteps.push_back(m_trainer->optimizer(phase).stepCount());
    }
    return {{"images_seen", m_trainer->counters.imagesSeen},
            {"epoch", position / items},
            {"position_in_epoch", position % items},
            {"trained_seconds", m_seconds},
            {"optimizer_steps", optimizerSteps},
            {"batch_parts", m_trainer->parts().parts()},
            {"guard", m_guard.toJson()},
            {"config", m_start->config}};
}

void TrainJob::stateFromJson(std::int64_t step, const Json& state) {
    m_trainer->counters = {step, state.value("images_seen", std::int64_t{0})};
    m_seconds = state.value("trained_seconds", 0.0);
    m_trainer->parts().setParts(state.value("batch_parts", 1));
    const Json steps = state.value("optimizer_steps", Json(step));
    for (int phase = 0; phase < m_trainer->phases(); ++phase) {
        const Json& own =
            steps.is_array() && static_cast<std::size_t>(phase) < steps.size() ? steps[static_cast<std::size_t>(phase)] : steps;
        m_trainer->optimizer(phase).setStepCount(own.is_number_integer() ? own.get<std::int64_t>() : step);
    }
}

// ----------------------------------------------------------------------------------------------------------- the end

Result<Json> TrainJob::finish(FinishReason reason, JobContext& context) {
    if (m_preflightOnly && reason == FinishReason::Done) return preflightResult();
    if (!m_recorder) return Json::object();  // it never got as far as a run
    std::optional<Error> problem;
    const auto attempt = [&](Result<void> result) {
        if (!result && !problem) problem = std::move(result.error());
    };
    if (m_trainer) attempt(tick(context, true));
    if (m_preview) m_preview->cancel();
    const bool saves = reason == FinishReason::Done || reason == FinishReason::Stopped;
    if (saves && m_ready) {
        context.drainIo();  // at most one save in flight
        attempt(save(context));
    }
    context.drainIo();
    attempt(m_recorder->collect(context));
    Json result = {{"run", m_recorder->folder().string()}, {"state", toString(reason)}};
    if (m_trainer) {
        result["steps"] = m_trainer->counters.step;
        result["images_seen"] = m_trainer->counters.imagesSeen;
        result["seconds"] = m_seconds;
        result["skipped_steps"] = m_guard.skippedTotal();
        result["health"] = toString(verdict());
        if (m_saver && m_saver->lastQueuedStep() >= 0 && !problem) result["checkpoint"] = m_saver->lastQueuedStep();
        for (std::size_t i = 0; i < m_lastValues.size(); ++i)
            if (std::isfinite(m_lastValues[i])) result["metrics"][m_trainer->columns()[i]] = m_lastValues[i];
        if (m_options.afterFinish) m_options.afterFinish(*m_trainer, *m_model);
    }
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
    IMAGO_ASSIGN(const FamilyInfo* info, findFamilyInfo(m_start->family));
    IMAGO_ASSIGN(Json changed, withLiveValue(info->config, m_start->config, slot, value));
    const Json* before = valueAt(m_start->config, slot);
    LiveChanged event{slot, before ? *before : Json(), value, m_trainer->counters.step};
    IMAGO_ASSIGN(m_sections, trainingSections(changed));
    m_start->config = std::move(changed);
    applySections();
    m_objective->setConfig(m_start->config);
    m_recorder->event(context, std::move(event));
    return {};
}

Result<std::unique_ptr<Job>> makeTrainJob(const TrainRequest& request, const EngineSettings& settings, const TrainJobOptions& options) {
    if (request.run.empty()) return Error{ErrorCode::BadInput, IMAGO_TR("A training needs a folder for its run."), {}, {}, "run"};
    IMAGO_TRY(checkTrainRequest(request));
    return std::unique_ptr<Job>(std::make_unique<TrainJob>(request, false, settings, options));
}

Result<std::unique_ptr<Job>> makePreflightJob(const PreflightRequest& request, const EngineSettings& settings) {
    IMAGO_TRY(checkTrainRequest(request.training));
    return std::unique_ptr<Job>(std::make_unique<TrainJob>(request.training, true, settings, TrainJobOptions{}));
}

}  // namespace imago
