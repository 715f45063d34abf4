// Job: work that advances in slices (one optimizer step, one denoising step, one tile) on a lane of the worker. A session is
// a job that stays: it pins what it works on once, answers updates, and waits for the next.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "core/engine/event.h"
#include "core/engine/priority.h"

namespace imago {

// Waiting: there is nothing to do until a closure that this job gave to runOnIo() has run, or until it is told something (an
// update, a command). The lane is free for others meanwhile.
enum class Slice { More, Waiting, Done };
enum class Lane { Compute, Io };

// What a job may use while it runs. Owned by the worker; valid inside describe(), step(), finish(), update() and control(), and
// emit() also inside the closures given to runOnIo().
class JobContext {
  public:
    virtual ~JobContext() = default;
    virtual JobId id() const = 0;
    virtual void emit(EventBody body) = 0;
    virtual double nowSeconds() const = 0;      // the only clock a job may read (tests replace it)
    virtual bool stopRequested() const = 0;     // finish the slice, save, end
    virtual bool discardRequested() const = 0;  // stop without saving
    virtual bool cancelRequested() const = 0;   // leave no partial output
    // At yield points inside a slice. Compute lane: runs waiting interactive work now. Io lane, also in closures: saves that
    // wait for this thread.
    virtual void yield() = 0;
    // Hands a closure to the io lane; closures run in order. One that throws fails the job at the next slice boundary. The
    // job object outlives its closures, and JobFinished comes after the last of them.
    virtual void runOnIo(std::function<void()> work) = 0;
    // Waits until every closure this job handed to the io lane has run (runs them here when no io thread was started).
    virtual void drainIo() = 0;
};

class Job {
  public:
    virtual ~Job() = default;
    virtual std::string kind() const = 0;  // of its request
    virtual std::string title() const = 0;
    virtual Lane lane() const { return Lane::Compute; }
    virtual Priority priority() const { return Priority::Normal; }
    // True: may run inside another job's slice, at its yield points (no-grad forwards only).
    virtual bool runsAtYieldPoints() const { return priority() == Priority::Interactive; }
    // Nothing is lost when it is cut off, and nobody needs to see it listed: a look at data, a session.
    virtual bool quiet() const { return false; }

    // What JobStarted says; asked once on the job's lane, before the first slice. A training adds run and metricNames.
    virtual JobStarted describe() const { return JobStarted{kind(), title(), {}, {}, quiet()}; }

    // kind, title, lane, priority and runsAtYieldPoints are read once, when the job is submitted.
    virtual Result<Slice> step(JobContext& context) = 0;
    // Always called exactly once, whatever happened (also for a job that never ran a slice). Saves when it should, then
    // returns the result object of JobFinished. Errors of step() arrive as reason Failed.
    virtual Result<Json> finish(FinishReason reason, JobContext& context) = 0;

    // The newest value of a slot ("z", "optimizer.rate"), before the next slice; older ones that came since were dropped. Like
    // control(): applied between slices, after the first (also while paused or waiting); an Error becomes a Notice "control".
    virtual Result<void> update(const std::string& slot, const Json& value, JobContext& context);
    // A command, in order with other commands: "sample_now", "save_now".
    virtual Result<void> control(const std::string& verb, const Json& argument, JobContext& context);
};

}  // namespace imago
