// Worker: the two lanes. The compute lane is one thread that owns the device: every tensor, model and optimizer; the io
// lane (one thread) decodes, hashes, makes thumbnails, writes and syncs. Jobs are picked by priority, then in order;
// bursts of more urgent work leave a runnable training at least half of the time, measured over a second (or over twice
// the longest recent slice, when that is more than a second). One training at a time: a second one waits for its end.
// Exceptions of jobs are caught here and nowhere else. All members may be called from any thread.
#pragma once

#include <functional>
#include <memory>

#include "core/engine/job.h"

namespace imago {

class Worker {
  public:
    using Sink = std::function<void(Event)>;  // called from any thread, one at a time, in sequence; must not call the worker
    using Clock = std::function<double()>;
    // What lives around every slice of a compute job; the yield points inside it call context.yield().
    using SliceScope = std::function<std::shared_ptr<void>(JobContext&)>;
    // Threads are started by start(); without it, runOne()/runOneIo() step the lanes by hand (tests).
    explicit Worker(Sink sink, Clock clock = {}, SliceScope scope = {});
    ~Worker();  // cancels what is left, joins
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void start(std::function<void()> onComputeThreadStart = {});  // e.g. thread count, denormals, niceness
    // A job that waits for its first slice gives way to a newer one with the same non-empty key (somebody types: the latest
    // counts). The asker chooses the key, so that two askers do not replace each other's work.
    JobId submit(std::unique_ptr<Job> job, std::string key = {});
    void pause(JobId id);
    void resume(JobId id);
    void stop(JobId id);  // finish(Stopped): saves
    void stopWithoutSaving(JobId id);
    void cancel(JobId id);
    void update(JobId id, const std::string& slot, Json value);  // the latest value of a slot counts; nothing piles up
    void control(JobId id, std::string verb, Json argument);
    bool idle() const;  // nothing queued, nothing running (paused and waiting jobs count as queued)
    void waitIdle();    // for the command line; without start() it runs both lanes here

    bool runOne();    // one slice (or control, or finish) on the compute lane; false: nothing to do
    bool runOneIo();  // one closure of runOnIo(), or one slice of an io job

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

}  // namespace imago
