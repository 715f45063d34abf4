// What happens on the lanes: the choice of the next action, and the actions.
#include <algorithm>
#include <exception>

#include "core/base/log.h"
#include "core/engine/worker_state.h"

namespace imago {
namespace {

Error outOfMemory(std::string why) {
    return Error{ErrorCode::OutOfMemory,
                 IMAGO_TR("There was not enough memory ({why})."),
                 {{"why", std::move(why)}},
                 IMAGO_TR("Choose a smaller batch, resolution or network, or close other programs.")};
}

// LibTorch appends a stack trace to what() after this mark; people need the sentence before it.
std::string firstSentence(std::string text) {
    if (const auto trace = text.find("\nException raised from"); trace != std::string::npos) text.resize(trace);
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    return text;
}

}  // namespace

Result<void> guarded(const std::function<Result<void>()>& call) {
    try {
        return call();
    } catch (const std::exception& exception) {
        logError(exception.what());
        std::string text = firstSentence(exception.what());
        if (isOutOfMemory(exception)) return outOfMemory(std::move(text));
        return Error{ErrorCode::Internal,
                     IMAGO_TR("Something went wrong inside: {why}"),
                     {{"why", std::move(text)}},
                     IMAGO_TR("What was saved before is safe. Please report this, with the log.")};
    } catch (...) {
        return Error{ErrorCode::Internal, IMAGO_TR("Something went wrong inside, without a reason given.")};
    }
}

Worker::State::Entry::Entry(State& ownerState, JobId jobNumber, std::unique_ptr<Job> what, std::string askersKey)
    : owner(ownerState),
      number(jobNumber),
      job(std::move(what)),
      priority(job->priority()),
      lane(job->lane()),
      key(std::move(askersKey)),
      atYieldPoints(job->runsAtYieldPoints()) {}

FinishReason Worker::State::Entry::reasonNow() const {
    if (error) return FinishReason::Failed;
    if (cancelFlag) return FinishReason::Cancelled;
    if (discardFlag) return FinishReason::StoppedWithoutSaving;
    if (stopFlag) return FinishReason::Stopped;
    return FinishReason::Done;
}

void Worker::State::Entry::fail(Error why) {
    const std::lock_guard lock(owner.mutex);
    if (!error) error = std::move(why);
}

void Worker::State::Entry::yield() {
    // Saves of other jobs wait for this thread, and whoever drains them for those.
    if (onIoLane()) {
        while (owner.runIoTask(inClosure ? this : nullptr)) {
        }
        return;
    }
    // Only the lane's own thread may come here; a job that itself runs inside a slice finds nobody to serve.
    if (!yielding) owner.serveInside(*this);
}

bool Worker::State::Entry::onIoLane() const {
    if (lane == Lane::Io) return true;
    return owner.io.joinable() ? owner.ioThread.load() == std::this_thread::get_id() : inClosure;
}

void Worker::State::Entry::runOnIo(std::function<void()> work) {
    const std::lock_guard lock(owner.mutex);
    ++pendingIo;
    owner.ioTasks.push_back({owner.find(number), std::move(work)});
    owner.ioWork.notify_all();
}

Worker::State::Action Worker::State::actionOf(const Entry& entry) const {
    if (entry.busy || entry.waitsForIo) return Action::None;
    if (entry.finished) return entry.pendingIo == 0 ? Action::Complete : Action::None;
    if (entry.done || entry.error || entry.endRequested()) return Action::Finish;
    if (entry.started && !(entry.updates.empty() && entry.controls.empty())) return Action::Control;
    if (entry.paused || entry.waiting) return Action::None;
    if (entry.priority == Priority::Training && !entry.started) {
        // One training at a time, also while the first is paused or saving.
        for (const auto& other : entries)
            if (other->priority == Priority::Training && other->started) return Action::None;
    }
    return Action::Slice;
}

bool Worker::State::trainingWaits() const {
    for (const auto& entry : entries) {
        if (entry->lane != Lane::Compute || entry->priority != Priority::Training) continue;
        if (entry->busy || actionOf(*entry) != Action::None) return true;
    }
    return false;
}

Worker::State::Choice Worker::State::choose(Lane lane, const Entry* outer) {
    Choice best;
    Choice training;
    for (const auto& entry : entries) {
        if (entry->lane != lane) continue;
        if (outer && (!entry->atYieldPoints || entry->priority >= outer->priority)) continue;
        const Action action = actionOf(*entry);
        if (action == Action::None) continue;
        // What only needs to be put away (replaced or cancelled before it began, or ended) goes first: it takes no time.
        if (action == Action::Complete || (action == Action::Finish && !entry->started)) return {entry, action};
        if (!best.entry || entry->priority < best.entry->priority) best = {entry, action};
        if (!training.entry && entry->priority == Priority::Training) training = {entry, action};
    }
    if (!best.entry || lane != Lane::Compute || best.entry->priority == Priority::Training) return best;
    if (outer) {
        return trainingWaits() && !share.allows(clock()) ? Choice{} : best;
    }
    return training.entry && !share.allows(clock()) ? training : best;
}

bool Worker::State::runOne(Lane lane) {
    if (lane == Lane::Io && runIoTask()) return true;
    Choice choice;
    {
        const std::lock_guard lock(mutex);
        choice = choose(lane, nullptr);
        if (choice.action == Action::None) return false;
        choice.entry->busy = true;
    }
    perform(choice, false);
    return true;
}

void Worker::State::serveInside(Entry& outer) {
    outer.yielding = true;
    // One job to its end, as long as the training keeps its share; the next one at the next yield point.
    for (bool ended = false; !ended;) {
        Choice choice;
        {
            const std::lock_guard lock(mutex);
            choice = choose(Lane::Compute, &outer);
            if (choice.action == Action::None) break;
            choice.entry->busy = true;
            ended = choice.action == Action::Finish && choice.entry->started;
        }
        choice.entry->yielding = true;
        perform(choice, outer.priority != Priority::Training);
        choice.entry->yielding = false;
    }
    outer.yielding = false;
}

void Worker::State::perform(const Choice& choice, bool nested) {
    Entry& entry = *choice.entry;
    const double begin = clock();
    if (choice.action == Action::Slice) slice(entry);
    if (choice.action == Action::Control) control(entry);
    if (choice.action == Action::Finish) finish(entry);
    bool completes = choice.action == Action::Complete;
    {
        const std::lock_guard lock(mutex);
        // The time of a slice inside another job's slice is part of that one's, unless that one trains.
        const bool counts = !nested && entry.lane == Lane::Compute && entry.priority != Priority::Training;
        if (counts && trainingWaits()) share.add(begin, clock());
        entry.busy = false;
        if (choice.action == Action::Finish && entry.pendingIo == 0) completes = true;
    }
    if (completes) complete(choice.entry);
}

void Worker::State::slice(Entry& entry) {
    Result<void> result = guarded([&]() -> Result<void> {
        bool first = false;
        const std::shared_ptr<void> inScope = scope && entry.lane == Lane::Compute ? scope(entry) : nullptr;
        {
            const std::lock_guard lock(mutex);
            entry.woken = false;
            first = !entry.started;
            entry.started = true;
            if (first) entry.shown = RunState::Running;
        }
        if (first) {
            JobStarted started = entry.job->describe();
            emit(entry.number, std::move(started));
            emit(entry.number, JobStateChanged{RunState::Running});
        }
        IMAGO_ASSIGN(const Slice outcome, entry.job->step(entry));
        const std::lock_guard lock(mutex);
        entry.done = outcome == Slice::Done;
        entry.waiting = outcome == Slice::Waiting && !entry.woken;
        entry.waitsForIo = outcome == Slice::Waiting && entry.pendingIo > 0;
        return {};
    });
    if (!result) entry.fail(std::move(result.error()));
}

void Worker::State::control(Entry& entry) {
    std::map<std::string, Json> updates;
    std::deque<std::pair<std::string, Json>> controls;
    {
        const std::lock_guard lock(mutex);
        updates.swap(entry.updates);
        controls.swap(entry.controls);
        entry.waiting = false;
    }
    const auto apply = [&](const std::function<Result<void>()>& change) {
        if (Result<void> result = guarded(change); !result)
            emit(entry.number, Notice{NoticeLevel::Warning, "control", std::move(result.error()), -1});
    };
    for (const auto& [slot, value] : updates) apply([&] { return entry.job->update(slot, value, entry); });
    for (const auto& [verb, argument] : controls) apply([&] { return entry.job->control(verb, argument, entry); });
}

void Worker::State::finish(Entry& entry) {
    FinishReason reason{};
    {
        const std::lock_guard lock(mutex);
        reason = entry.reasonNow();
        // From here on a request to end comes too late.
        entry.finished = true;
    }
    Json json = Json::object();
    Result<void> result = guarded([&]() -> Result<void> {
        IMAGO_ASSIGN(json, entry.job->finish(reason, entry));
        return {};
    });
    if (!result) entry.fail(std::move(result.error()));
    const std::lock_guard lock(mutex);
    entry.outcome.reason = reason;
    entry.outcome.result = std::move(json);
}

void Worker::State::complete(const std::shared_ptr<Entry>& entry) {
    // The job goes first, on its own lane: nothing of it is alive when JobFinished is read.
    entry->job.reset();
    std::unique_lock lock(mutex);
    JobFinished outcome = std::move(entry->outcome);
    if (entry->error) {
        outcome.reason = FinishReason::Failed;
        outcome.error = entry->error;
    }
    const RunState state = outcome.reason == FinishReason::Done     ? RunState::Finished
                           : outcome.reason == FinishReason::Failed ? RunState::Failed
                                                                    : RunState::Stopped;
    emit(entry->number, JobStateChanged{state});
    emit(entry->number, std::move(outcome));
    std::erase(entries, entry);
    computeWork.notify_all();
    changed.notify_all();
}

bool Worker::State::runIoTask(const Entry* except) {
    IoTask task;
    {
        const std::lock_guard lock(mutex);
        const auto next = std::ranges::find_if(ioTasks, [&](const IoTask& waiting) { return waiting.entry.get() != except; });
        if (next == ioTasks.end()) return false;
        task = std::move(*next);
        ioTasks.erase(next);
        ++ioTasksRunning;
    }
    task.entry->inClosure = true;
    Result<void> result = guarded([&]() -> Result<void> {
        task.work();
        return {};
    });
    task.work = {};  // what it captured may belong to the job
    task.entry->inClosure = false;
    if (!result) task.entry->fail(std::move(result.error()));
    const std::lock_guard lock(mutex);
    --ioTasksRunning;
    if (--task.entry->pendingIo == 0) task.entry->waitsForIo = false;
    wake(*task.entry);
    changed.notify_all();
    return true;
}

void Worker::State::drain(Entry& entry) {
    const bool elsewhere = io.joinable() && ioThread.load() != std::this_thread::get_id();
    std::unique_lock lock(mutex);
    if (elsewhere) {
        changed.wait(lock, [&] { return entry.pendingIo == 0; });
        return;
    }
    while (entry.pendingIo > 0) {
        lock.unlock();
        runIoTask();
        lock.lock();
    }
}

}  // namespace imago
