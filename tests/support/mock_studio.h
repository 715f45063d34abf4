// MockStudio: a Studio that plays a training by hand: each call moves it on and posts the events a real engine posts,
// through the real mailbox, into a real run folder. Tests step it; it has no thread and no clock.
#pragma once

#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "core/base/random.h"
#include "core/engine/mailbox.h"
#include "core/engine/run.h"
#include "core/image/image.h"
#include "core/studio.h"

namespace imago::test {

// A tile that comes out of the noise as t goes from 0 to 1: what a preview of a learning model looks like.
inline std::shared_ptr<const Image> mockPreview(int columns, int rows, int side, double t) {
    auto image = std::make_shared<Image>(columns * side, rows * side, 1);
    const RandomKey key{7, Purpose::Test, 0};
    for (int y = 0; y < rows * side; ++y) {
        for (int x = 0; x < columns * side; ++x) {
            const int tile = y / side * columns + x / side;
            const double u = (x % side + 0.5) / side - 0.5, v = (y % side + 0.5) / side - 0.5;
            const double radius = 0.2 + 0.02 * (tile % 8);
            const double distance = tile % 3 == 0   ? std::hypot(u, v)
                                    : tile % 3 == 1 ? std::max(std::abs(u), std::abs(v))
                                                    : std::abs(u) + std::abs(v);
            const double shape = distance < radius ? 0.9 - 0.5 * (v + 0.5) : 0.0;
            const double noise = uniform(key, std::uint64_t(y) * 4096 + std::uint64_t(x));
            image->row<std::uint8_t>(y)[x] = std::uint8_t(255 * std::clamp(t * shape + (1 - t) * noise, 0.0, 1.0));
        }
    }
    return image;
}

class MockStudio : public Studio {
  public:
    explicit MockStudio(Schema schema) : m_schema(std::move(schema)) {}

    Result<JobId> submit(const Request& request, const std::string&) override {
        const JobId job = ++m_lastJob;
        if (const auto* preflight = std::get_if<PreflightRequest>(&request)) {
            lastPreflight = job;
            lastRequest = preflight->training;
        } else if (const auto* train = std::get_if<TrainRequest>(&request)) {
            if (m_refuse) return *m_refuse;
            IMAGO_ASSIGN(Json resolved, complete(m_schema, train->config));
            RunInfo info;
            info.json["schema"] = 1;
            info.json["family"] = train->family;
            info.json["data"] = train->data;
            info.json["seed"] = train->seed;
            info.json["requested"] = train->config;
            info.json["resolved"] = resolved;
            info.json["metric_names"] = names();
            Training training;
            training.request = *train;
            training.total = train->steps.value_or(1000);
            auto writer = train->resume ? RunWriter::open(train->run) : RunWriter::create(train->run, info);
            if (!writer) return writer.error();
            training.writer = std::move(*writer);
            m_trainings[job] = std::move(training);
            lastTraining = job;
            lastRequest = *train;
            post(job, JobStarted{TrainRequest::kind, "Training", train->run, {}});
            if (!holdStart) begin(job);
        } else if (std::holds_alternative<InspectDataRequest>(request)) {
            post(job, JobStarted{InspectDataRequest::kind, "Reading the pictures", {}, {}, true});
            PreviewReady preview;
            preview.kind = "data";
            preview.columns = 8, preview.rows = 4;
            preview.image = mockPreview(8, 4, 28, 1);
            post(job, preview);
            JobFinished finished;
            finished.result["count"] = 70000;
            if (finding) finished.result["report"]["sentences"].push_back(toJson(*finding));
            post(job, finished);
        } else {
            m_works.insert(job);
            lastWork = job;
            post(job, JobStarted{kindOf(request), "Some work", {}, {}, quiet});
            post(job, JobStateChanged{RunState::Running});
        }
        return job;
    }

    // The data have been read: as the engine, a training says a second time that it has started, now with its columns.
    void begin(JobId job) {
        post(job, JobStarted{TrainRequest::kind, "Training", m_trainings.at(job).request.run, names()});
        post(job, JobStateChanged{RunState::Running});
    }

    // A job that is not a training.
    void endWork(JobId job, FinishReason reason, std::optional<Error> error = {}) {
        if (m_works.erase(job)) post(job, JobFinished{reason, std::move(error), Json::object()});
    }

    // Pictures over their copies, as a VAE shows beside its samples.
    void copies(JobId job) {
        PreviewReady preview;
        preview.step = m_trainings.at(job).step;
        preview.kind = "reconstructions";
        preview.columns = 7, preview.rows = 4;
        preview.image = mockPreview(7, 4, 28, 1);
        post(job, preview);
    }

    // What the engine says of a training that was only tried.
    void endPreflight() {
        JobFinished finished;
        finished.result = {{"preflight", true},          {"pictures", 60000},        {"parameters", 1234567},
                           {"seconds_per_epoch", 150.0}, {"images_per_second", 400}, {"memory_bytes", 5e8},
                           {"memory_free_bytes", 2e10},  {"disk_bytes", 3e8},        {"disk_free_bytes", 6e10}};
        post(lastPreflight, finished);
    }

    // Moves a training on by some steps: metrics, progress, previews at 0, 1, 2, 4, 8, ...
    void play(JobId job, int steps) {
        Training& training = m_trainings.at(job);
        MetricBatch batch;
        std::vector<MetricRow> rows;
        for (int i = 0; i < steps && training.step < training.total; ++i, ++training.step) {
            const double t = double(training.step);
            const std::vector<float> values{lossAt(training.step), float(0.3 + 0.1 * std::sin(t / 9)), 1e-3F};
            batch.steps.push_back(training.step);
            batch.values.insert(batch.values.end(), values.begin(), values.end());
            rows.push_back({training.step, values});
            if (training.step == 0 || (training.step & (training.step - 1)) == 0 || training.step % 64 == 0) {
                flush(job, training, batch, rows);
                preview(job);
            }
        }
        flush(job, training, batch, rows);
        JobProgress progress{
            training.step, training.total, 214, training.step < 30 ? -1.0 : 2400.0, "It is learning steadily: the loss is falling.", 1.2e9};
        post(job, progress);
    }

    static float lossAt(std::int64_t step) {
        const RandomKey key{3, Purpose::Test, std::uint64_t(step)};
        return float(0.9 * std::exp(-double(step) / 150) + 0.12 + 0.05 * (uniform(key, 0) - 0.5));
    }

    void preview(JobId job) {
        Training& training = m_trainings.at(job);
        PreviewReady ready;
        ready.step = training.step;
        ready.columns = 8, ready.rows = 4;
        for (std::uint64_t i = 0; i < 32; ++i) ready.seeds.push_back(100 + i), ready.labels.push_back("kind " + std::to_string(i % 10));
        ready.image = mockPreview(8, 4, 28, 1 - std::exp(-double(training.step) / 120));
        if (auto file = training.writer->writePreview(ready)) ready.file = *file;
        post(job, ready);
        (void)training.writer->appendEvent(Event{job, 0, ready});
    }

    void tell(JobId job, EventBody body) { post(job, std::move(body)); }
    void fail(JobId job, Error error) { finish(job, FinishReason::Failed, std::move(error)); }
    void finish(JobId job, FinishReason reason, std::optional<Error> error = {}) {
        endWork(job, reason, error);
        auto it = m_trainings.find(job);
        if (it == m_trainings.end()) return;
        JobFinished finished{reason, std::move(error), Json{{"seconds", trainedSeconds}}};
        (void)it->second.writer->appendEvent(Event{job, 0, finished});
        (void)it->second.writer->sync();
        m_trainings.erase(it);
        post(job, finished);
    }

    void pause(JobId job) override { calls.push_back("pause"), post(job, JobStateChanged{RunState::Paused}); }
    void resume(JobId job) override { calls.push_back("resume"), post(job, JobStateChanged{RunState::Running}); }
    void stop(JobId job) override {
        calls.push_back("stop");
        post(job, JobStateChanged{RunState::Stopping});
        if (m_holdStop) return;
        endStop(job);
    }
    void endStop(JobId job) {
        if (auto it = m_trainings.find(job); it != m_trainings.end()) {
            post(job, CheckpointSaved{it->second.step, "checkpoints/x", false});
            ++saved;
        }
        finish(job, FinishReason::Stopped);
    }
    void stopWithoutSaving(JobId job) override { calls.push_back("discard"), finish(job, FinishReason::StoppedWithoutSaving); }
    void cancel(JobId job) override { calls.push_back("cancel"), finish(job, FinishReason::Cancelled); }
    void control(JobId job, const std::string& verb, const Json& argument) override {
        calls.push_back(verb + (argument.empty() ? "" : " " + argument.dump()));
        if (verb == "sample_now") preview(job);
        if (verb == "save_now") post(job, CheckpointSaved{m_trainings.at(job).step, "checkpoints/y", false}), ++saved;
    }
    void update(JobId, const std::string& slot, const Json& value) override { calls.push_back(slot + " " + value.dump()); }
    void setWake(std::function<void()> wake) override { m_mailbox.setWake(std::move(wake)); }
    void drain(std::vector<Event>& events) override { m_mailbox.take(events); }
    bool idle() const override { return m_trainings.empty() && m_works.empty(); }
    void waitIdle() override {}
    std::string deviceSummary() const override { return "CPU, 2 threads, bf16"; }

    void refuse(std::optional<Error> error) { m_refuse = std::move(error); }
    void holdStop(bool hold) { m_holdStop = hold; }
    static std::vector<std::string> names() { return {"loss", "grad_norm", "rate"}; }

    JobId lastTraining = 0;
    JobId lastPreflight = 0;
    JobId lastWork = 0;
    bool quiet = false;            // work that follows
    bool holdStart = false;        // trainings that follow wait for begin()
    std::optional<Error> finding;  // what looking at data finds
    TrainRequest lastRequest;
    std::vector<std::string> calls;
    int saved = 0;
    double trainedSeconds = 60;

  private:
    struct Training {
        TrainRequest request;
        std::unique_ptr<RunWriter> writer;
        std::int64_t step = 0, total = 0;
    };
    void post(JobId job, EventBody body) { m_mailbox.post(Event{job, ++m_sequence, std::move(body)}); }
    void flush(JobId job, Training& training, MetricBatch& batch, std::vector<MetricRow>& rows) {
        if (rows.empty()) return;
        (void)training.writer->appendMetrics(rows);
        post(job, batch);
        batch = {};
        rows.clear();
    }
    Schema m_schema;
    Mailbox m_mailbox;
    JobId m_lastJob = 0;
    std::uint64_t m_sequence = 0;
    std::map<JobId, Training> m_trainings;
    std::set<JobId> m_works;
    std::optional<Error> m_refuse;
    bool m_holdStop = false;
};

}  // namespace imago::test
