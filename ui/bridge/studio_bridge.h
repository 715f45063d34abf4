// StudioBridge: the engine on the GUI thread: opens it, and gives each JobPort the events of its own jobs. The engine's
// wake-up (any thread) becomes one queued drain. Until an engine is there, requests are refused with a plain sentence.
// GUI thread, except the wake-up.
#pragma once

#include <QObject>
#include <QPointer>
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <thread>

#include "core/studio.h"
#include "ui/bridge/job_port.h"

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
    JobPort* everyJob() const { return m_every; }  // hears of all jobs, whoever submitted them
    void closeEngine();                            // waits for what still has to end

  Q_SIGNALS:
    void engineReady();
    void engineFailed(const Error& error);

  private:
    friend class JobPort;
    Result<JobId> submit(const Request& request, const std::string& key, JobPort* owner);
    Studio* studio() const { return m_studio.get(); }  // null: not open
    void drain();
    void deliver(const Event& event);

    std::unique_ptr<Studio> m_studio;
    std::optional<Error> m_loadError;
    std::jthread m_opening;
    std::atomic<bool> m_drainQueued{false};
    std::deque<Event> m_events;  // drained, not delivered yet
    std::map<JobId, QPointer<JobPort>> m_owners;
    JobPort* m_every;
    DataLooks* m_looks;
};

}  // namespace imago
