#include "core/ml_engine.h"

#include <charconv>
#include <optional>

#include "core/data/inspect_job.h"
#include "core/engine/mailbox.h"
#include "core/engine/settings.h"
#include "core/engine/worker.h"
#include "core/evaluate/evaluate_job.h"
#include "core/sample/compress_job.h"
#include "core/sample/model_cache.h"
#include "core/sample/sample_job.h"
#include "core/tensor/device.h"
#include "core/tensor/thread_policy.h"
#include "core/train/train_job.h"

namespace imago {

namespace {

int threadNumber(const std::string& text) {  // 0: auto
    int number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

class MlStudio final : public Studio {
  public:
    explicit MlStudio(const StudioOptions& options)
        : m_settings{options.device, options.threads}, m_worker([this](Event event) { m_mailbox.post(std::move(event)); }) {
        if (!options.startThreads) return;
        prepareProcessForTensors();
        m_worker.start([threads = options.threads] {
            prepareComputeThread();
            ThreadPolicy(threadNumber(threads)).poll();
        });
    }

    Result<JobId> submit(const Request& request) override {
        auto job = std::visit([this](const auto& r) { return make(r); }, request);
        if (!job.ok()) return std::move(job.error());
        return m_worker.submit(std::move(*job));
    }

    void pause(JobId job) override { m_worker.pause(job); }
    void resume(JobId job) override { m_worker.resume(job); }
    void stop(JobId job) override { m_worker.stop(job); }
    void stopWithoutSaving(JobId job) override { m_worker.stopWithoutSaving(job); }
    void cancel(JobId job) override { m_worker.cancel(job); }
    void control(JobId job, const std::string& verb, const Json& argument) override { m_worker.control(job, verb, argument); }
    void setWake(std::function<void()> wake) override { m_mailbox.setWake(std::move(wake)); }
    void drain(std::vector<Event>& events) override { m_mailbox.take(events); }
    bool idle() const override { return m_worker.idle(); }
    void waitIdle() override { m_worker.waitIdle(); }

    std::string deviceSummary() const override {
        const auto device = parseDevice(m_settings.device);
        if (!device.ok()) return device.error().text();
        std::string text = deviceName(*device);
        if (!device->isCuda()) text += cpuFeatures().avx512Bf16 || cpuFeatures().amxBf16 ? ", bf16" : ", fp32";
        return text;
    }

  private:
    Result<std::unique_ptr<Job>> make(const TrainRequest& request) { return makeTrainJob(request, m_settings); }
    Result<std::unique_ptr<Job>> make(const SampleRequest& request) { return makeSampleJob(request, m_models); }
    Result<std::unique_ptr<Job>> make(const EvaluateRequest& request) { return makeEvaluateJob(request, m_models); }
    Result<std::unique_ptr<Job>> make(const InspectDataRequest& request) { return makeInspectDataJob(request); }
    Result<std::unique_ptr<Job>> make(const CompressRequest& request) { return makeCompressJob(request, m_models); }

    EngineSettings m_settings;
    Mailbox m_mailbox;
    ModelCache m_models{m_settings.device};
    Worker m_worker;  // last: its threads end before what they use
};

}  // namespace

std::unique_ptr<Studio> makeStudio(const StudioOptions& options) {
    return std::make_unique<MlStudio>(options);
}

}  // namespace imago
