#include "core/train/preflight.h"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "core/engine/on_io.h"
#include "core/models/generative_model.h"
#include "core/models/objective.h"
#include "core/nn/parameters.h"
#include "core/tensor/tensor_memory.h"
#include "core/tensor/thread_policy.h"
#include "core/train/trainer.h"
#include "core/train/training_setup.h"

namespace imago {
namespace {

constexpr std::size_t kTimedSteps = 3;
constexpr std::size_t kTimedUnequal = 20;  // phases and penalties of two networks come every few steps: the mean over many

class PreflightJob final : public Job {
  public:
    PreflightJob(TrainRequest request, EngineSettings settings) : m_request(std::move(request)), m_settings(std::move(settings)) {}

    std::string kind() const override { return PreflightRequest::kind; }
    std::string title() const override { return std::filesystem::path(m_request.run).filename().string(); }
    bool quiet() const override { return true; }

    Result<Slice> step(JobContext& context) override;
    Result<Json> finish(FinishReason reason, JobContext& context) override;

  private:
    Result<void> timeStep(JobContext& context);
    bool equalSteps() const { return m_setup->learner.objective->phases() == 1; }
    std::size_t timedSteps() const { return equalSteps() ? kTimedSteps : kTimedUnequal; }
    double secondsPerStep() const;
    Json diskSpace() const;

    TrimTensorMemory m_trim;  // first, so that all others are gone when it goes
    TrainRequest m_request;
    EngineSettings m_settings;
    OnIo<TrainingSetup> m_opening;
    std::optional<TrainingSetup> m_setup;
    std::optional<ThreadPolicy> m_threads;
    bool m_ready = false;
    double m_usedBefore = 0, m_freeBefore = 0;  // memory before anything was opened
    double m_used = 0;
    std::vector<double> m_seconds;  // of each step; the first one allocates
};

Result<Slice> PreflightJob::step(JobContext& context) {
    if (!m_opening.begun()) {
        m_usedBefore = static_cast<double>(usedMemory()), m_freeBefore = static_cast<double>(freeMemory());
        m_opening.begin(context,
                        [request = m_request, settings = m_settings, &context] { return openTraining(request, settings, context); });
    }
    if (!m_setup) {
        std::optional<Result<TrainingSetup>> opened = m_opening.take();
        if (!opened) return Slice::Waiting;
        IMAGO_ASSIGN(m_setup, std::move(*opened));
        m_threads.emplace(m_setup->start.threads);
        return Slice::More;
    }
    if (!m_ready) {
        IMAGO_TRY(makeReady(*m_setup));
        m_ready = true;
        return Slice::More;
    }
    IMAGO_TRY(timeStep(context));
    return m_seconds.size() > timedSteps() ? Slice::Done : Slice::More;
}

Result<void> PreflightJob::timeStep(JobContext& context) {
    Trainer& trainer = *m_setup->learner.trainer;
    const double begin = context.nowSeconds();
    trainer.step(0, 1, 0);
    trainer.dropRows();  // waits until the device is done
    m_seconds.push_back(context.nowSeconds() - begin);
    m_used = std::max(m_used, static_cast<double>(usedMemory()) - m_usedBefore);
    context.emit(JobProgress{static_cast<std::int64_t>(m_seconds.size()), static_cast<std::int64_t>(timedSteps() + 1), 0, -1,
                             IMAGO_TR("Trying out a few steps"), m_used});
    return {};
}

double PreflightJob::secondsPerStep() const {
    std::vector<double> timed(m_seconds.begin() + 1, m_seconds.end());
    if (!equalSteps()) return std::accumulate(timed.begin(), timed.end(), 0.0) / static_cast<double>(timed.size());
    std::sort(timed.begin(), timed.end());  // the middle one: one may have been disturbed
    return timed[timed.size() / 2];
}

// A checkpoint holds masters, two moments and averages; a snapshot the averages.
Json PreflightJob::diskSpace() const {
    const double parameters = static_cast<double>(m_setup->learner.model->parameters().parameterCount());
    const RunSection& run = m_setup->sections.run;
    std::error_code problem;
    std::filesystem::path folder = m_request.run.empty() ? std::filesystem::path(".") : std::filesystem::absolute(m_request.run, problem);
    while (!std::filesystem::is_directory(folder, problem) && folder.has_relative_path()) folder = folder.parent_path();
    const auto space = std::filesystem::space(folder, problem);
    return {{"disk_bytes", 16 * parameters * (run.keepLast + 1) + 4 * parameters * run.snapshots},
            {"disk_free_bytes", problem ? 0.0 : static_cast<double>(space.available)}};
}

Result<Json> PreflightJob::finish(FinishReason reason, JobContext&) {
    if (reason != FinishReason::Done) return Json::object();
    const RunStart& start = m_setup->start;
    const Dataset& data = *m_setup->data;
    const double step = secondsPerStep(), pictures = static_cast<double>(data.size());
    const int batch = m_setup->sections.optimizer.batch;
    Json result = {{"preflight", true},
                   {"family", start.family},
                   {"data", start.data},
                   {"pictures", data.size()},
                   {"left_out", data.skipped().size()},
                   {"in_memory", data.resident()},
                   {"channels", data.shape().channels},
                   {"height", data.shape().height},
                   {"width", data.shape().width},
                   {"classes", data.shape().classNames.size()},
                   {"parameters", m_setup->learner.model->parameters().parameterCount()},
                   {"batch", batch},
                   {"pictures_at_a_time", m_setup->learner.trainer->parts().pictures()},
                   {"device", deviceText(start.device)},
                   {"threads", m_threads->threads()},
                   {"memory_bytes", m_used},
                   {"memory_free_bytes", m_freeBefore},
                   {"seconds_per_step", step},
                   {"images_per_second", step > 0 ? batch / step : 0},
                   {"seconds_per_epoch", step * pictures / batch},
                   {"report", data.report().toJson()},
                   {"expectation", startSentence(*m_setup).text()}};
    result.update(diskSpace());
    if (start.plan.steps) result["seconds_total"] = step * static_cast<double>(*start.plan.steps);
    if (start.plan.minutes) result["epochs_total"] = 60 * *start.plan.minutes / std::max(1e-9, step * pictures / batch);
    return result;
}

}  // namespace

Result<std::unique_ptr<Job>> makePreflightJob(const PreflightRequest& request, const EngineSettings& settings) {
    IMAGO_TRY(checkTrainRequest(request.training));
    return std::unique_ptr<Job>(std::make_unique<PreflightJob>(request.training, settings));
}

}  // namespace imago
