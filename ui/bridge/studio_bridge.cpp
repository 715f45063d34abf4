#include "ui/bridge/studio_bridge.h"

#include <QMetaObject>
#include <algorithm>
#include <iterator>

#include "ui/bridge/data_looks.h"

namespace imago {

StudioBridge::StudioBridge(QObject* parent) : QObject(parent), m_every(new JobPort(this, this)), m_looks(new DataLooks(this)) {}

StudioBridge::~StudioBridge() {
    closeEngine();
}

void StudioBridge::openLater(Opener opener) {
    m_opening = std::jthread([this, opener = std::move(opener)] {
        auto opened = std::make_shared<Result<std::unique_ptr<Studio>>>(opener());
        QMetaObject::invokeMethod(
            this,
            [this, opened] {
                if (opened->ok()) return setStudio(std::move(**opened));
                m_loadError = opened->error();
                Q_EMIT engineFailed(*m_loadError);
            },
            Qt::QueuedConnection);
    });
}

void StudioBridge::setStudio(std::unique_ptr<Studio> studio) {
    m_studio = std::move(studio);
    m_loadError.reset();
    m_studio->setWake([this] {
        if (!m_drainQueued.exchange(true))
            QMetaObject::invokeMethod(
                this, [this] { drain(); }, Qt::QueuedConnection);
    });
    Q_EMIT engineReady();
}

QString StudioBridge::device() const {
    return m_studio ? QString::fromStdString(m_studio->deviceSummary()) : QString();
}

Result<JobId> StudioBridge::submit(const Request& request, const std::string& key, JobPort* owner) {
    if (m_loadError) return *m_loadError;
    if (!m_studio) return Error{ErrorCode::Busy, IMAGO_TR("The engine is still being loaded."), {}, IMAGO_TR("Try again in a second.")};
    IMAGO_ASSIGN(const JobId job, m_studio->submit(request, key));
    m_owners[job] = owner;
    return job;
}

void StudioBridge::closeEngine() {
    if (m_opening.joinable()) m_opening.join();
    if (m_studio) m_studio->setWake({});
    m_studio.reset();
}

// A listener may run an event loop of its own and so come back here: what waits is taken from the front, one by one, so
// that each event is delivered once and in order.
void StudioBridge::drain() {
    m_drainQueued = false;
    if (!m_studio) return;
    std::vector<Event> fresh;
    m_studio->drain(fresh);
    std::ranges::move(fresh, std::back_inserter(m_events));
    while (!m_events.empty()) {
        const Event event = std::move(m_events.front());
        m_events.pop_front();
        deliver(event);
    }
}

void StudioBridge::deliver(const Event& event) {
    const auto found = m_owners.find(event.job);
    if (found != m_owners.end()) {
        const QPointer<JobPort> owner = found->second;
        if (std::holds_alternative<JobFinished>(event.body)) m_owners.erase(found);
        if (owner) owner->deliver(event);
    }
    m_every->deliver(event);
}

}  // namespace imago
