// The slices of a training: one optimizer step or one network evaluation of a preview each, and between them what is due.
#include <algorithm>

#include "core/models/family.h"
#include "core/models/generative_model.h"
#include "core/train/training.h"

namespace imago {
namespace {

constexpr double kSyncSeconds = 5;  // metrics and events reach the disk at least this often
constexpr double kProgressSeconds = 0.25;
constexpr int kSnapshotBuckets = 48;         // wished for over the planned training
constexpr std::int64_t kSnapshotSteps = 25;  // at least between two

}  // namespace

Result<Slice> TrainJob::trainSlice(JobContext& context) {
    IMAGO_TRY(m_recorder->collect(context));  // what the io lane failed at
    const bool end = finished();
    if (m_previews.empty() && previewDue(end)) IMAGO_TRY(beginPreviews());
    if (!m_previews.empty()) {
        IMAGO_TRY(previewSlice(context));
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
    const std::int64_t step = trainer().counters.step;
    const double seconds = m_setup->sections.run.previewSeconds;
    if (m_previewNow) return true;
    if (seconds <= 0) return false;
    return (atEnd && m_trained && m_previewStep != step) || m_previewSchedule.due(step, m_seconds, seconds);
}

Result<void> TrainJob::beginPreviews() {
    m_previewNow = false;
    m_previewStep = trainer().counters.step;
    m_previewSchedule.made(m_previewStep, m_seconds);
    IMAGO_ASSIGN(const Family* family, findFamily(m_setup->start.family));
    if (!family->makePreviews) return {};  // it has nothing to show
    m_previews = family->makePreviews(model(), *m_setup->data, {m_previewStep, m_setup->start.seed, m_setup->sections.run.previewCount});
    return {};
}

Result<void> TrainJob::previewSlice(JobContext& context) {
    IMAGO_ASSIGN(const bool more, m_previews.front()->advance());
    if (more) return {};
    if (std::optional<PreviewReady> ready = m_previews.front()->take()) m_recorder->preview(context, std::move(*ready));
    m_previews.erase(m_previews.begin());
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
    if (m_options.beforeStep) m_options.beforeStep(trainer(), model());
    const int partsBefore = trainer().parts().parts();
    const bool applied = trainer().step(progress(), m_guard.rateScale(), m_seconds);
    m_trained = true;
    if (trainer().parts().parts() != partsBefore) {
        m_saveNow = true;  // going on from before it would try the whole batch again
        notice(context, NoticeLevel::Warning, "batch",
               {ErrorCode::OutOfMemory,
                IMAGO_TR("There is not enough memory for {batch} pictures at once: they are now taken {part} at a time. What it learns "
                         "stays the same."),
                {{"batch", std::to_string(m_setup->sections.optimizer.batch)}, {"part", std::to_string(trainer().parts().pictures())}}});
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
    for (const SkippedItem& item : trainer().batches().takeLost())
        notice(context, NoticeLevel::Warning, "data_lost",
               {ErrorCode::BadInput,
                IMAGO_TR("{name} is no longer used: {why}. Another picture stands in for it."),
                {{"name", item.name}, {"why", item.reason.text()}}});
    const std::size_t lost = trainer().batches().lostTotal();
    if (20 * lost <= m_setup->data->size()) return {};
    return Error{ErrorCode::BadInput,
                 IMAGO_TR("{count} of the {all} pictures have vanished or changed since the training began."),
                 {{"count", std::to_string(lost)}, {"all", std::to_string(m_setup->data->size())}},
                 IMAGO_TR("Bring the folder back as it was and go on with the run, from where it was last saved.")};
}

// Back to the newest whole checkpoint. The guard keeps what it knows, the rest becomes what it was.
Result<void> TrainJob::rollBack(JobContext& context) {
    IMAGO_TRY(tick(context, true));
    const std::int64_t from = trainer().counters.step;
    context.drainIo();
    Result<FoundCheckpoint> found = findCheckpoint(m_recorder->folder());
    if (!found)
        return Error{ErrorCode::Numerical,
                     IMAGO_TR("The numbers of the training became too large and no checkpoint is left to go back to: {why}"),
                     {{"why", found.error().text()}}};
    IMAGO_TRY(restoreCheckpoint(model(), found->checkpoint));
    trainer().restore(found->checkpoint.step, found->checkpoint.state);  // not the time: a plan in minutes ends when it was promised
    m_health->truncate(trainer().counters.step);
    m_saver->setLastQueuedStep(trainer().counters.step);
    m_lastSnapshot = trainer().counters.step;
    m_recorder->resumed(context, trainer().counters.step);
    notice(context, NoticeLevel::Warning, "rollback",
           {ErrorCode::Numerical,
            IMAGO_TR("Too many steps in a row failed at step {from}: went back to step {to} with half the learning rate."),
            {{"from", std::to_string(from)}, {"to", std::to_string(trainer().counters.step)}}});
    return {};
}

Result<void> TrainJob::tick(JobContext& context, bool force) {
    const double now = context.nowSeconds();
    if (!force && !trainer().rowsFull() && now - m_lastTick < m_options.tickSeconds) return {};
    const std::vector<StepRow> rows = trainer().takeRows();
    m_recorder->metrics(context, rows);
    for (const StepRow& row : rows) {
        const auto verdict = m_health->add(row.step, row.values, row.applied);
        if (verdict) notice(context, isAlarm(*verdict) ? NoticeLevel::Warning : NoticeLevel::Info, "health", healthText(*verdict));
    }
    if (!rows.empty()) m_lastValues = rows.back().values;
    m_speed.add(now, static_cast<std::int64_t>(rows.size()) * m_setup->sections.optimizer.batch);
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

void TrainJob::tellProgress(JobContext& context) {
    JobProgress p;
    p.done = trainer().counters.step;
    p.imagesPerSecond = m_speed.imagesPerSecond();
    p.stage = IMAGO_TR("Training");
    p.memoryBytes = static_cast<double>(usedMemory());
    const double stepsPerSecond = p.imagesPerSecond / m_setup->sections.optimizer.batch;
    if (plan().steps) {
        p.total = *plan().steps;
        if (stepsPerSecond > 0) p.secondsLeft = static_cast<double>(*plan().steps - p.done) / stepsPerSecond;
    } else if (plan().minutes) {
        p.secondsLeft = std::max(0.0, 60 * *plan().minutes - m_seconds);
        p.total = p.done + static_cast<std::int64_t>(p.secondsLeft * stepsPerSecond);
    }
    context.emit(std::move(p));
}

// --------------------------------------------------------------------------------------------------------- saving

Result<void> TrainJob::saveIfDue(JobContext& context) {
    const std::int64_t step = trainer().counters.step;
    const bool bySteps = m_options.saveEverySteps > 0 && step % m_options.saveEverySteps == 0;
    const bool byTime = m_seconds - m_lastSave >= 60 * m_setup->sections.run.checkpointMinutes;
    if (!bySteps && !byTime && !m_saveNow) return {};
    if (m_saver->busy()) return {};  // the next step asks again
    return save(context);
}

Result<void> TrainJob::save(JobContext& context) {
    const std::int64_t step = trainer().counters.step;
    if (m_guard.skippedInRow() > 0 || m_saver->lastQueuedStep() == step) return {};  // never in the middle of trouble, never twice
    // Rows first: what a checkpoint has behind it must be in metrics.bin, or a crash after it would leave a gap.
    if (m_trained) {
        IMAGO_TRY(tick(context, true));
        m_recorder->sync(context);
    }
    IMAGO_TRY(m_saver->save(context, *m_recorder, model(), step, state()));
    m_lastSave = m_seconds;
    m_saveNow = false;
    return {};
}

int TrainJob::snapshotBucket() const {
    const bool planned = plan().steps || plan().minutes;
    return static_cast<int>(planned ? progress() * kSnapshotBuckets : m_seconds / 60);
}

Result<void> TrainJob::snapshotIfDue(JobContext& context) {
    const std::int64_t step = trainer().counters.step;
    if (m_setup->sections.run.snapshots <= 0 || step - m_lastSnapshot < kSnapshotSteps) return {};
    const int bucket = snapshotBucket();
    if (bucket == m_snapshotBucket) return {};
    m_snapshotBucket = bucket;
    m_lastSnapshot = step;
    return m_saver->snapshot(context, *m_recorder, model(), step, static_cast<std::size_t>(m_setup->sections.run.snapshots));
}

}  // namespace imago
