// The slices of a training: one optimizer step or one network evaluation of a preview each, and between them what is due.
#include <algorithm>
#include <cmath>

#include "core/models/generative_model.h"
#include "core/models/objective.h"
#include "core/nn/parameters.h"
#include "core/train/training.h"

namespace imago {
namespace {

constexpr double kSyncSeconds = 5;  // metrics and events reach the disk at least this often
constexpr double kProgressSeconds = 0.25;
constexpr double kSpeedWindow = 3;           // seconds that the shown speed looks back over
constexpr int kSnapshotBuckets = 48;         // wished for over the planned training
constexpr std::int64_t kSnapshotSteps = 25;  // at least between two

}  // namespace

Result<Slice> TrainJob::step(JobContext& context) {
    if (!m_data) {
        Result<void> opened = openData(context);
        if (!opened && opened.error().code != ErrorCode::Cancelled) return std::move(opened.error());
        return Slice::More;  // stopped meanwhile: the worker ends it now
    }
    if (m_preflightOnly) return preflightSlice(context);
    if (!m_ready) {
        IMAGO_TRY(makeModel());
        IMAGO_TRY(loadStart());
        IMAGO_TRY(openRun(context));
        return Slice::More;
    }
    const double begin = context.nowSeconds();
    Result<Slice> result = trainSlice(context);
    m_seconds += std::max(0.0, context.nowSeconds() - begin);
    return result;
}

Result<Slice> TrainJob::trainSlice(JobContext& context) {
    IMAGO_TRY(m_recorder->collect(context));  // what the io lane failed at
    if (m_preview->active()) {
        IMAGO_TRY(previewSlice(context));
        return Slice::More;
    }
    const bool end = finished();
    if (previewDue(end)) {
        m_previewNow = false;
        m_previewStep = m_trainer->counters.step;
        m_previewSchedule.made(m_previewStep, m_seconds);
        IMAGO_TRY(m_preview->begin(m_previewStep));
        return Slice::More;
    }
    if (end) return Slice::Done;
    IMAGO_TRY(trainStep(context));
    IMAGO_TRY(tick(context, false));
    IMAGO_TRY(snapshotIfDue(context));
    IMAGO_TRY(saveIfDue(context));
    return Slice::More;
}

bool TrainJob::previewDue(bool atEnd) const {
    if (!m_preview->possible()) return false;
    const std::int64_t step = m_trainer->counters.step;
    if (m_previewNow) return true;
    if (m_sections.run.previewSeconds <= 0) return false;
    return (atEnd && m_trained && m_previewStep != step) || m_previewSchedule.due(step, m_seconds, m_sections.run.previewSeconds);
}

Result<void> TrainJob::previewSlice(JobContext& context) {
    IMAGO_ASSIGN(std::optional<PreviewReady> ready, m_preview->advance());
    if (!ready) return {};
    m_recorder->preview(context, std::move(*ready));
    IMAGO_ASSIGN(std::optional<PreviewReady> copies, m_preview->reconstructions(*m_data));
    if (copies) m_recorder->preview(context, std::move(*copies));
    return {};
}

Result<void> TrainJob::trainStep(JobContext& context) {
    m_threads->poll();
    for (const ThreadPolicy::Change& change : m_threadChanges)
        notice(context, NoticeLevel::Info, "threads",
               {ErrorCode::Internal,
                IMAGO_TR("Now using {to} threads instead of {from}: other programs are using the processor, or have stopped."),
                {{"from", std::to_string(change.from)}, {"to", std::to_string(change.to)}}});
    m_threadChanges.clear();
    if (m_options.beforeStep) m_options.beforeStep(*m_trainer, *m_model);
    const int partsBefore = m_trainer->parts().parts();
    const bool applied = m_trainer->step(progress(), m_guard.rateScale(), m_seconds);
    m_trained = true;
    if (m_trainer->parts().parts() != partsBefore) {
        m_saveNow = true;  // going on from before it would try the whole batch again
        notice(context, NoticeLevel::Warning, "batch",
               {ErrorCode::OutOfMemory,
                IMAGO_TR("There is not enough memory for {batch} pictures at once: they are now taken {part} at a time. What it learns "
                         "stays the same."),
                {{"batch", std::to_string(m_sections.optimizer.batch)}, {"part", std::to_string(m_trainer->parts().pictures())}}});
    }
    IMAGO_TRY(checkLost(context));
    switch (m_guard.note(applied)) {
        case GuardAction::None:
            break;
        case GuardAction::Skip:
            notice(context, NoticeLevel::Warning, "skipped",
                   {ErrorCode::Numerical, IMAGO_TR("A step was skipped: its numbers became too large.")});
            break;
        case GuardAction::RollBack:
            return rollBack(context);
        case GuardAction::Stop:
            return Error{ErrorCode::Numerical,
                         IMAGO_TR("The training broke down again after going back and halving the rate."),
                         {},
                         IMAGO_TR("Start again with a lower learning rate, or turn on the full number format.")};
    }
    return {};
}

// Files that vanished or changed while they were being read again and again: named, and at one in twenty the end.
Result<void> TrainJob::checkLost(JobContext& context) {
    for (const SkippedItem& item : m_trainer->batches().takeLost())
        notice(context, NoticeLevel::Warning, "data_lost",
               {ErrorCode::BadInput,
                IMAGO_TR("{name} is no longer used: {why}. Another picture stands in for it."),
                {{"name", item.name}, {"why", item.reason.text()}}});
    const std::size_t lost = m_trainer->batches().lostTotal();
    if (20 * lost <= m_data->size()) return {};
    return Error{ErrorCode::BadInput,
                 IMAGO_TR("{count} of the {all} pictures have vanished or changed since the training began."),
                 {{"count", std::to_string(lost)}, {"all", std::to_string(m_data->size())}},
                 IMAGO_TR("Bring the folder back as it was and go on with the run, from where it was last saved.")};
}

// Back to the newest whole checkpoint. The guard keeps what it knows, the rest becomes what it was.
Result<void> TrainJob::rollBack(JobContext& context) {
    IMAGO_TRY(tick(context, true));
    const std::int64_t from = m_trainer->counters.step;
    context.drainIo();
    Result<FoundCheckpoint> found = findCheckpoint(m_recorder->folder());
    if (!found)
        return Error{ErrorCode::Numerical,
                     IMAGO_TR("The numbers of the training became too large and no checkpoint is left to go back to: {why}"),
                     {{"why", found.error().text()}}};
    IMAGO_TRY(restoreCheckpoint(*m_model, found->checkpoint));
    const double seconds = m_seconds;
    stateFromJson(found->checkpoint.step, found->checkpoint.state);
    m_seconds = seconds;  // time spent stays spent: a plan in minutes ends when it was promised
    m_health.truncate(m_trainer->counters.step);
    if (m_rivalry) m_rivalry->truncate(m_trainer->counters.step);
    m_saver->setLastQueuedStep(m_trainer->counters.step);
    m_lastSnapshot = m_trainer->counters.step;
    m_recorder->resumed(context, m_trainer->counters.step);
    notice(context, NoticeLevel::Warning, "rollback",
           {ErrorCode::Numerical,
            IMAGO_TR("Too many steps in a row failed at step {from}: went back to step {to} with half the learning rate."),
            {{"from", std::to_string(from)}, {"to", std::to_string(m_trainer->counters.step)}}});
    return {};
}

Result<void> TrainJob::tick(JobContext& context, bool force) {
    const double now = context.nowSeconds();
    if (!force && !m_trainer->rowsFull() && now - m_lastTick < m_options.tickSeconds) return {};
    const std::vector<StepRow> rows = m_trainer->takeRows();
    m_recorder->metrics(context, rows);
    for (const StepRow& row : rows) {
        // What a VAE is asked to do changes while beta moves: losses from before do not count against those after it.
        if (const auto beta = std::ranges::find(m_trainer->columns(), "beta"); beta != m_trainer->columns().end()) {
            const float value = row.values[static_cast<std::size_t>(beta - m_trainer->columns().begin())];
            if (!(value == m_beta)) m_health.truncate(0);
            m_beta = value;
        }
        const auto verdict =
            m_rivalry ? m_rivalry->add(row.step, row.values, row.applied) : m_health.add(row.step, row.values[0], row.applied);
        if (verdict) notice(context, isAlarm(*verdict) ? NoticeLevel::Warning : NoticeLevel::Info, "health", healthText(*verdict));
    }
    if (!rows.empty()) m_lastValues = rows.back().values;
    measureSpeed(now, rows.size());
    if (force || now - m_lastProgress >= kProgressSeconds) {
        m_lastProgress = now;
        tellProgress(context);
    }
    if (force || now - m_lastSync >= kSyncSeconds) {
        m_lastSync = now;
        m_recorder->sync(context);
    }
    m_lastTick = now;
    return {};
}

// Pictures a second over the last few seconds.
void TrainJob::measureSpeed(double now, std::size_t steps) {
    if (m_speedSince < 0 || now - m_speedSince > 4 * kSpeedWindow) {  // the beginning, or after a pause
        m_speedSince = now;
        m_speedImages = 0;
        return;
    }
    m_speedImages += static_cast<std::int64_t>(steps) * m_sections.optimizer.batch;
    const double span = now - m_speedSince;
    if (span < kSpeedWindow && (m_imagesPerSecond > 0 || span <= 0)) return;
    m_imagesPerSecond = static_cast<double>(m_speedImages) / span;
    if (span < kSpeedWindow) return;
    m_speedSince = now;
    m_speedImages = 0;
}

void TrainJob::tellProgress(JobContext& context) {
    JobProgress p;
    const TrainingPlan& plan = m_start->plan;
    p.done = m_trainer->counters.step;
    p.imagesPerSecond = m_imagesPerSecond;
    p.stage = IMAGO_TR("Training");
    p.memoryBytes = static_cast<double>(usedMemory());
    const double stepsPerSecond = m_imagesPerSecond / m_sections.optimizer.batch;
    if (plan.steps) {
        p.total = *plan.steps;
        if (stepsPerSecond > 0) p.secondsLeft = static_cast<double>(*plan.steps - p.done) / stepsPerSecond;
    } else if (plan.minutes) {
        p.secondsLeft = std::max(0.0, 60 * *plan.minutes - m_seconds);
        p.total = p.done + static_cast<std::int64_t>(p.secondsLeft * stepsPerSecond);
    }
    context.emit(std::move(p));
}

// --------------------------------------------------------------------------------------------------------- saving

Result<void> TrainJob::saveIfDue(JobContext& context) {
    const std::int64_t step = m_trainer->counters.step;
    const bool bySteps = m_options.saveEverySteps > 0 && step % m_options.saveEverySteps == 0;
    const bool byTime = m_seconds - m_lastSave >= 60 * m_sections.run.checkpointMinutes;
    if (!bySteps && !byTime && !m_saveNow) return {};
    if (m_saver->busy()) return {};  // the next step asks again
    return save(context);
}

Result<void> TrainJob::save(JobContext& context) {
    const std::int64_t step = m_trainer->counters.step;
    if (m_guard.skippedInRow() > 0 || m_saver->lastQueuedStep() == step) return {};  // never in the middle of trouble, never twice
    // Rows first: what a checkpoint has behind it must be in metrics.bin, or a crash after it would leave a gap.
    if (m_trained) {
        IMAGO_TRY(tick(context, true));
        m_recorder->sync(context);
    }
    IMAGO_TRY(m_saver->save(context, *m_recorder, *m_model, step, stateJson()));
    m_lastSave = m_seconds;
    m_saveNow = false;
    return {};
}

int TrainJob::snapshotBucket() const {
    const bool planned = m_start->plan.steps || m_start->plan.minutes;
    return static_cast<int>(planned ? progress() * kSnapshotBuckets : m_seconds / 60);
}

Result<void> TrainJob::snapshotIfDue(JobContext& context) {
    const std::int64_t step = m_trainer->counters.step;
    if (m_sections.run.snapshots <= 0 || step - m_lastSnapshot < kSnapshotSteps) return {};
    const int bucket = snapshotBucket();
    if (bucket == m_snapshotBucket) return {};
    m_snapshotBucket = bucket;
    m_lastSnapshot = step;
    return m_saver->snapshot(context, *m_recorder, *m_model, step, static_cast<std::size_t>(m_sections.run.snapshots));
}

}  // namespace imago
