// JobPort: one client's way to the engine: what is submitted here is its own, and of other jobs it hears nothing. GUI thread.
#pragma once

#include <QObject>
#include <map>

#include "core/studio.h"

namespace imago {

class StudioBridge;

class JobPort : public QObject {
    Q_OBJECT
  public:
    explicit JobPort(StudioBridge* bridge, QObject* parent = nullptr);  // not owned; outlives the port

    // A job that has not begun gives way to a newer one with the same non-empty key.
    Result<JobId> submit(const Request& request, const std::string& key = {});
    void pause(JobId job);
    void resume(JobId job);
    void stop(JobId job);
    void stopWithoutSaving(JobId job);
    void cancel(JobId job);
    void control(JobId job, const std::string& verb, const Json& argument = Json::object());
    void update(JobId job, const std::string& slot, const Json& value);

    // Its jobs that have not ended, as they said when they began; before that only their kind is known.
    const std::map<JobId, JobStarted>& open() const { return m_open; }

  Q_SIGNALS:
    void jobStarted(JobId job, const JobStarted& started);
    void jobState(JobId job, RunState state);
    void jobProgress(JobId job, const JobProgress& progress);
    void metrics(JobId job, const MetricBatch& batch);
    void preview(JobId job, const PreviewReady& preview);
    void checkpoint(JobId job, const CheckpointSaved& saved);
    void notice(JobId job, const Notice& notice);
    void liveChanged(JobId job, const LiveChanged& change);
    void resumed(JobId job, const Resumed& resumed);
    void jobFinished(JobId job, const JobFinished& finished);
    void workEnded(bool failed);  // after jobFinished, unless the job was a quiet one

  private:
    friend class StudioBridge;  // hands over the events
    void deliver(const Event& event);
    StudioBridge* m_bridge;
    std::map<JobId, JobStarted> m_open;
};

}  // namespace imago
