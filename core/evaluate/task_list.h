// TaskList: a job as a list of things to do, a slice each; one may put others behind the rest. Says how far it is, in pictures
// made or looked at. Compute thread, except for what is done on the io lane.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "core/engine/on_io.h"

namespace imago::evaluate {

class TaskList {
  public:
    using Task = std::function<Result<void>(JobContext&)>;
    void add(std::string stage, Task task) { m_tasks.push_back({std::move(stage), std::move(task), false}); }
    // The tasks after it wait until it has ended. It touches nothing that the job's other calls touch.
    void addOnIo(std::string stage, Task task) { m_tasks.push_back({std::move(stage), std::move(task), true}); }
    void expect(std::int64_t pictures) { m_total += pictures; }
    void count(std::int64_t pictures) { m_done += pictures; }

    Result<Slice> step(JobContext& context);
    void clear() { m_tasks.clear(); }
    double seconds(const JobContext& context) const { return context.nowSeconds() - m_started; }  // since the first slice

  private:
    struct Entry {
        std::string stage;
        Task run;
        bool onIo;
    };
    void report(JobContext& context, const std::string& stage);

    std::deque<Entry> m_tasks;
    OnIo<void> m_onIo;
    std::int64_t m_done = 0, m_total = 0;
    double m_started = -1, m_reported = -1;
};

}  // namespace imago::evaluate
