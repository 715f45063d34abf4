#include "core/engine/worker.h"

#include <chrono>
#include <utility>

#include "core/engine/worker_state.h"

namespace imago {
namespace {

double steadySeconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Worker::State::State(Sink sinkFunction, Clock clockFunction, SliceScope sliceScope)
    : sink(std::move(sinkFunction)), clock(clockFunction ? std::move(clockFunction) : Clock(steadySeconds)), scope(std::move(sliceScope)) {}

void Worker::State::emit(JobId id, EventBody body) {
    const std::lock_guard lock(emitMutex);
    Event event{id, ++sequence, std::move(body)};
    if (sink) sink(std::move(event));
}

std::shared_ptr<Worker::State::Entry> Worker::State::find(JobId id) {
    for (const auto& entry : entries)
        if (entry->number == id) return entry;
    return nullptr;
}

JobId Worker::State::submit(std::unique_ptr<Job> job, std::string key) {
    const std::lock_guard lock(mutex);
    const auto entry = std::make_shared<Entry>(*this, nextId++, std::move(job), std::move(key));
    emit(entry->number, JobStateChanged{RunState::Queued});
    auto place = entries.end();
    if (!entry->key.empty()) {
        for (auto old = entries.begin(); old != entries.end(); ++old) {
            Entry& waiting = **old;
            const bool waits = !waiting.started && !waiting.busy && !waiting.finished && !waiting.endRequested();
            if (!waits || waiting.key != entry->key || waiting.lane != entry->lane) continue;
            waiting.cancelFlag = true;
            place = old + 1;  // the newer one takes its turn
            break;
        }
    }
    entries.insert(place, entry);
    (entry->lane == Lane::Compute ? computeWork : ioWork).notify_all();
    return entry->number;
}

void Worker::State::wake(Entry& entry) {
    entry.waiting = false;
    entry.woken = true;
    (entry.lane == Lane::Compute ? computeWork : ioWork).notify_all();
}

void Worker::State::requestEnd(JobId id, FinishReason reason) {
    const std::lock_guard lock(mutex);
    const auto entry = find(id);
    if (!entry || entry->finished) return;
    if (reason == FinishReason::Stopped) entry->stopFlag = true;
    if (reason == FinishReason::StoppedWithoutSaving) entry->discardFlag = true;
    if (reason == FinishReason::Cancelled) entry->cancelFlag = true;
    if (entry->shown != RunState::Stopping) {
        entry->shown = RunState::Stopping;
        emit(id, JobStateChanged{RunState::Stopping});
    }
    wake(*entry);
}

void Worker::State::setPaused(JobId id, bool paused) {
    const std::lock_guard lock(mutex);
    const auto entry = find(id);
    if (!entry || entry->paused == paused || entry->done || entry->finished || entry->endRequested()) return;
    entry->paused = paused;
    entry->shown = paused ? RunState::Paused : entry->started ? RunState::Running : RunState::Queued;
    emit(id, JobStateChanged{entry->shown});
    (entry->lane == Lane::Compute ? computeWork : ioWork).notify_all();
}

bool Worker::State::idleLocked() const {
    return entries.empty() && ioTasks.empty() && ioTasksRunning == 0;
}

void Worker::State::loop(Lane lane, std::stop_token token) {
    std::condition_variable_any& work = lane == Lane::Compute ? computeWork : ioWork;
    while (true) {
        if (runOne(lane)) continue;
        std::unique_lock lock(mutex);
        const bool more =
            work.wait(lock, token, [&] { return (lane == Lane::Io && !ioTasks.empty()) || choose(lane, nullptr).action != Action::None; });
        if (!more) return;  // asked to stop, and nothing is left to do
    }
}

Worker::Worker(Sink sink, Clock clock, SliceScope scope)
    : m_state(std::make_unique<State>(std::move(sink), std::move(clock), std::move(scope))) {}

Worker::~Worker() {
    std::vector<JobId> left;
    {
        const std::lock_guard lock(m_state->mutex);
        for (const auto& entry : m_state->entries) left.push_back(entry->number);
    }
    for (const JobId id : left) cancel(id);
    waitIdle();
    for (std::jthread* thread : {&m_state->compute, &m_state->io}) {
        thread->request_stop();
        if (thread->joinable()) thread->join();
    }
}

void Worker::start(std::function<void()> onComputeThreadStart) {
    assert(!m_state->compute.joinable());
    m_state->io = std::jthread([state = m_state.get()](std::stop_token token) {
        state->ioThread = std::this_thread::get_id();
        state->loop(Lane::Io, std::move(token));
    });
    m_state->compute = std::jthread([state = m_state.get(), hook = std::move(onComputeThreadStart)](std::stop_token token) {
        if (hook) hook();
        state->loop(Lane::Compute, std::move(token));
    });
}

JobId Worker::submit(std::unique_ptr<Job> job, std::string key) {
    return m_state->submit(std::move(job), std::move(key));
}
void Worker::pause(JobId id) {
    m_state->setPaused(id, true);
}
void Worker::resume(JobId id) {
    m_state->setPaused(id, false);
}
void Worker::stop(JobId id) {
    m_state->requestEnd(id, FinishReason::Stopped);
}
void Worker::stopWithoutSaving(JobId id) {
    m_state->requestEnd(id, FinishReason::StoppedWithoutSaving);
}
void Worker::cancel(JobId id) {
    m_state->requestEnd(id, FinishReason::Cancelled);
}

void Worker::update(JobId id, const std::string& slot, Json value) {
    const std::lock_guard lock(m_state->mutex);
    const auto entry = m_state->find(id);
    if (!entry || entry->finished) return;
    entry->updates[slot] = std::move(value);
    m_state->wake(*entry);
}

void Worker::control(JobId id, std::string verb, Json argument) {
    const std::lock_guard lock(m_state->mutex);
    const auto entry = m_state->find(id);
    if (!entry || entry->finished) return;
    entry->controls.emplace_back(std::move(verb), std::move(argument));
    m_state->wake(*entry);
}

bool Worker::idle() const {
    const std::lock_guard lock(m_state->mutex);
    return m_state->idleLocked();
}

void Worker::waitIdle() {
    if (!m_state->compute.joinable()) {
        while (true) {
            const bool compute = runOne();
            const bool io = runOneIo();
            if (!compute && !io) return;  // idle, or all that is left is paused
        }
    }
    std::unique_lock lock(m_state->mutex);
    m_state->changed.wait(lock, [this] { return m_state->idleLocked(); });
}

bool Worker::runOne() {
    return m_state->runOne(Lane::Compute);
}
bool Worker::runOneIo() {
    return m_state->runOne(Lane::Io);
}

}  // namespace imago
