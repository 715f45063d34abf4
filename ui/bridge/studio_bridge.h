// StudioBridge: the engine as Qt signals that carry values. The engine's wake-up (any thread) becomes one queued drain on
// the GUI thread. Until an engine is there, requests are refused with a plain sentence. GUI thread, except the wake-up.
#pragma once

#include <QObject>
#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "core/studio.h"

namespace imago {

class DataLooks;

class StudioBridge : public QObject {
    Q_OBJECT
  public:
    using Opener = std::function<Result<std::unique_ptr<Studio>>()>;
    explicit StudioBridge(QObject* parent = nullptr);
    ~StudioBridge() override;

    // Opens the engine on a thread of its own: it takes up to a second. engineReady or engineFailed follows.
    void openLater(Opener opener);
    void setStudio(std::unique_ptr<Studio> studio);
    bool ready() const { return m_studio != nullptr; }
    const std::optional<Error>& loadError() const { return m_loadError; }
    QString device() const;
    DataLooks* looks() const { return m_looks; }

    Result<JobId> submit(const Request& request, const std::string& key = {});
    void pause(JobId job);
    void resume(JobId job);
    void stop(JobId job);
    void stopWithoutSaving(JobId job);
    void cancel(JobId job);
    void update(JobId job, const std::string& slot, const Json& value);
    void control(JobId job, const std::string& verb, const Json& argument = Json::object());
    bool idle() const;
    void closeEngine();  // waits for what still has to end

  Q_SIGNALS:
    void engineReady();
    void engineFailed(const Error& error);
    void jobStarted(JobId job, const JobStarted& started);
    void jobState(JobId job, RunState state);
    void jobProgress(JobId job, const JobProgress& progress);
    void metrics(JobId job, const MetricBatch& batch);
    void preview(JobId job, const PreviewReady& preview);
    void checkpoint(JobId job, const CheckpointSaved& saved);
    void liveChanged(JobId job, const LiveChanged& change);
    void resumed(JobId job, const Resumed& resumed);
    void notice(JobId job, const Notice& notice);
    void jobFinished(JobId job, const JobFinished& finished);

  private:
    void drain();
    void deliver(const Event& event);
    DataLooks* m_looks;
    std::unique_ptr<Studio> m_studio;
    std::optional<Error> m_loadError;
    std::jthread m_opening;
    std::atomic<bool> m_drainQueued{false};
    std::vector<Event> m_events;
};

}  // namespace imago
