#include "core/engine/engine_studio.h"

#include <algorithm>

#include "core/engine/mailbox.h"

namespace imago {
namespace {

class EngineStudio final : public Studio {
  public:
    explicit EngineStudio(EngineSetup setup)
        : m_setup(std::move(setup)), m_worker([this](Event event) { m_mailbox.post(std::move(event)); }, {}, m_setup.sliceScope) {
        if (m_setup.startThreads) m_worker.start(m_setup.onComputeThreadStart);
    }

    Result<JobId> submit(const Request& request, const std::string& key) override {
        const auto maker = std::ranges::find(m_setup.jobs, kindOf(request), &JobMaker::kind);
        if (maker == m_setup.jobs.end())
            return Error{ErrorCode::Usage,
                         IMAGO_TR("This build of Imago was made without what it needs for “{kind}”."),
                         {{"kind", kindOf(request)}},
                         IMAGO_TR("Build it with everything that packaging/dependencies.txt names.")};
        IMAGO_TRY(checkRequest(request));
        IMAGO_ASSIGN(std::unique_ptr<Job> job, maker->make(request));
        return m_worker.submit(std::move(job), key);
    }

    void pause(JobId job) override { m_worker.pause(job); }
    void resume(JobId job) override { m_worker.resume(job); }
    void stop(JobId job) override { m_worker.stop(job); }
    void stopWithoutSaving(JobId job) override { m_worker.stopWithoutSaving(job); }
    void cancel(JobId job) override { m_worker.cancel(job); }
    void update(JobId job, const std::string& slot, const Json& value) override { m_worker.update(job, slot, value); }
    void control(JobId job, const std::string& verb, const Json& argument) override { m_worker.control(job, verb, argument); }
    void setWake(std::function<void()> wake) override { m_mailbox.setWake(std::move(wake)); }
    void drain(std::vector<Event>& events) override { m_mailbox.take(events); }
    bool idle() const override { return m_worker.idle(); }
    void waitIdle() override { m_worker.waitIdle(); }
    std::string deviceSummary() const override { return m_setup.deviceSummary(); }

  private:
    const EngineSetup m_setup;
    Mailbox m_mailbox;
    Worker m_worker;  // last: its threads end before what they use
};

}  // namespace

std::unique_ptr<Studio> makeEngineStudio(EngineSetup setup) {
    return std::make_unique<EngineStudio>(std::move(setup));
}

}  // namespace imago
