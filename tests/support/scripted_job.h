// ScriptedJob: a job that plays a script for the worker's tests, and the Stage that notes what was done and told, on a clock
// of its own.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/engine/worker.h"

namespace imago::test {

// What jobs did and what the worker told, in order.
struct Stage {
    std::mutex mutex;
    std::vector<std::string> did;
    std::vector<Event> events;
    double now = 0;

    void note(const std::string& what) {
        const std::lock_guard lock(mutex);
        did.push_back(what);
    }
    Worker::Sink sink() {
        return [this](Event event) {
            const std::lock_guard lock(mutex);
            events.push_back(std::move(event));
        };
    }
    Worker::Clock clock() {
        return [this] { return now; };
    }
    std::string story() {
        const std::lock_guard lock(mutex);
        std::string text;
        for (const std::string& what : did) text += (text.empty() ? "" : " ") + what;
        return text;
    }
    // Events of one job as words.
    std::string told(JobId job) {
        const std::lock_guard lock(mutex);
        std::string text;
        for (const Event& event : events) {
            if (event.job != job) continue;
            if (!text.empty()) text += ' ';
            if (const auto* e = std::get_if<JobStateChanged>(&event.body)) {
                text += toString(e->state);
            } else if (const auto* finished = std::get_if<JobFinished>(&event.body)) {
                text += std::string("end:") + toString(finished->reason);
            } else {
                text += toJson(event)["event"].get<std::string>();
            }
        }
        return text;
    }
    std::optional<Error> errorOf(JobId job) {
        const std::lock_guard lock(mutex);
        for (const Event& event : events)
            if (const auto* finished = std::get_if<JobFinished>(&event.body); finished && event.job == job) return finished->error;
        return {};
    }
};

struct Script {
    std::string name;
    Priority rank = Priority::Normal;
    int slices = 1;
    double seconds = 0;  // a slice takes this long on the stage's clock
    Lane where = Lane::Compute;
    std::optional<bool> atYield{};
    std::function<void(JobContext&, int)> inSlice{};  // (context, index of the slice)
    std::function<Result<Json>(FinishReason, JobContext&)> atEnd{};
    std::function<void(const std::string&, const Json&)> onControl{};
    std::optional<Error> error{};  // what step() returns
};

class ScriptedJob : public Job {
  public:
    ScriptedJob(Stage& stage, Script script) : m_stage(stage), m_script(std::move(script)) {}
    ~ScriptedJob() override { m_stage.note("~" + m_script.name); }
    std::string kind() const override { return m_script.rank == Priority::Training ? TrainRequest::kind : SampleRequest::kind; }
    std::string title() const override { return m_script.name; }
    Lane lane() const override { return m_script.where; }
    Priority priority() const override { return m_script.rank; }
    bool runsAtYieldPoints() const override { return m_script.atYield.value_or(Job::runsAtYieldPoints()); }
    JobStarted describe() const override {
        JobStarted started = Job::describe();
        started.metricNames = {"loss"};
        return started;
    }
    Result<Slice> step(JobContext& context) override {
        m_stage.note(m_script.name);
        const int index = m_index++;
        if (m_script.inSlice) m_script.inSlice(context, index);
        if (m_script.seconds > 0) m_stage.now += m_script.seconds;
        if (m_script.error) return *m_script.error;
        return m_index >= m_script.slices ? Slice::Done : Slice::More;
    }
    Result<Json> finish(FinishReason reason, JobContext& context) override {
        m_stage.note(m_script.name + ":" + toString(reason));
        if (m_script.atEnd) return m_script.atEnd(reason, context);
        return Json{{"slices", m_index}};
    }
    Result<void> control(const std::string& verb, const Json& argument, JobContext& context) override {
        if (!m_script.onControl) return Job::control(verb, argument, context);
        m_stage.note(m_script.name + "!" + verb);
        m_script.onControl(verb, argument);
        return {};
    }

  private:
    Stage& m_stage;
    Script m_script;
    int m_index = 0;
};

inline std::unique_ptr<Job> job(Stage& stage, Script script) {
    return std::make_unique<ScriptedJob>(stage, std::move(script));
}

inline Script training(std::string name, int slices) {
    return {.name = std::move(name), .rank = Priority::Training, .slices = slices};
}

inline void runAll(Worker& worker) {
    while (worker.runOne()) {
    }
}

}  // namespace imago::test
