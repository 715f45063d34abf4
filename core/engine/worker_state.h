// The inside of the Worker: entries (jobs with their state), the choice of what a lane does next, and doing it.
// Everything but `sink` and the atomics is under `mutex`; jobs are called without it, on their lane.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "core/engine/fair_share.h"
#include "core/engine/worker.h"

namespace imago {

struct Worker::State {
    struct Entry;
    struct IoTask {
        std::shared_ptr<Entry> entry;
        std::function<void()> work;
    };
    enum class Action { None, Slice, Control, Finish, Complete };
    struct Choice {
        std::shared_ptr<Entry> entry;
        Action action = Action::None;
    };

    State(Sink sinkFunction, Clock clockFunction, SliceScope sliceScope);

    // From any thread.
    JobId submit(std::unique_ptr<Job> job, std::string key);
    void wake(Entry& entry);                // mutex held: something came that a waiting job waits for
    std::shared_ptr<Entry> find(JobId id);  // mutex held
    void requestEnd(JobId id, FinishReason reason);
    void setPaused(JobId id, bool paused);
    bool idleLocked() const;
    void emit(JobId id, EventBody body);

    // On a lane.
    bool runOne(Lane lane);
    bool runIoTask(const Entry* except = nullptr);  // except: whose closure is under way
    void serveInside(Entry& outer);                 // yield()
    Choice choose(Lane lane, const Entry* outer);   // mutex held; outer: the job whose slice is under way
    Action actionOf(const Entry& entry) const;      // mutex held
    bool trainingWaits() const;                     // mutex held: one could run, or is in the middle of a slice
    void perform(const Choice& choice, bool nested);
    void slice(Entry& entry);
    void control(Entry& entry);
    void finish(Entry& entry);
    void complete(const std::shared_ptr<Entry>& entry);
    void drain(Entry& entry);
    void loop(Lane lane, std::stop_token token);

    mutable std::mutex mutex;
    std::condition_variable_any computeWork, ioWork, changed;  // changed: idle, or a closure has run
    std::vector<std::shared_ptr<Entry>> entries;               // in order of submission
    std::deque<IoTask> ioTasks;
    int ioTasksRunning = 0;
    JobId nextId = 1;
    FairShare share;
    std::jthread compute, io;
    std::atomic<std::thread::id> ioThread{};

    std::mutex emitMutex;  // after `mutex` where both are held
    std::uint64_t sequence = 0;
    Sink sink;
    Clock clock;
    SliceScope scope;
};

struct Worker::State::Entry final : JobContext {
    Entry(State& owner, JobId number, std::unique_ptr<Job> what, std::string key);

    JobId id() const override { return number; }
    void emit(EventBody body) override { owner.emit(number, std::move(body)); }
    double nowSeconds() const override { return owner.clock(); }
    bool stopRequested() const override { return stopFlag; }
    bool discardRequested() const override { return discardFlag; }
    bool cancelRequested() const override { return cancelFlag; }
    void yield() override;
    void runOnIo(std::function<void()> work) override;
    void drainIo() override { owner.drain(*this); }

    bool endRequested() const { return stopFlag || discardFlag || cancelFlag; }
    bool onIoLane() const;           // is it the io lane that asks?
    FinishReason reasonNow() const;  // what finish() is told if it is called now
    void fail(Error why);            // the first error counts

    State& owner;
    const JobId number;
    std::unique_ptr<Job> job;
    const Priority priority;
    const Lane lane;
    const std::string key;
    const bool atYieldPoints;

    std::atomic<bool> stopFlag{false}, discardFlag{false}, cancelFlag{false};
    // Under the owner's mutex:
    bool started = false, paused = false, busy = false, done = false, finished = false;
    bool waiting = false, woken = false;  // woken: something came during the slice that may now ask to wait
    bool waitsForIo = false;              // nothing of it runs until its closures have: they share its members
    RunState shown = RunState::Queued;
    std::map<std::string, Json> updates;  // the latest of each slot
    std::deque<std::pair<std::string, Json>> controls;
    int pendingIo = 0;
    std::optional<Error> error;
    JobFinished outcome;
    // Lane thread only:
    bool yielding = false;
    // Io lane only:
    bool inClosure = false;
};

// Runs a call into a job; what it throws becomes an Error (out of memory is told apart).
Result<void> guarded(const std::function<Result<void>()>& call);

}  // namespace imago
