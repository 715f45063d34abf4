#include "ui/bridge/studio_bridge.h"

#include <QMetaObject>

#include "ui/bridge/data_looks.h"

namespace imago {

StudioBridge::StudioBridge(QObject* parent) : QObject(parent), m_looks(new DataLooks(this)) {}

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

Result<JobId> StudioBridge::submit(const Request& request, const std::string& key) {
    if (m_studio) return m_studio->submit(request, key);
    if (m_loadError) return *m_loadError;
    return Error{ErrorCode::Busy, IMAGO_TR("The engine is still being loaded."), {}, IMAGO_TR("Try again in a second.")};
}

void StudioBridge::pause(JobId job) {
    if (m_studio) m_studio->pause(job);
}
void StudioBridge::resume(JobId job) {
    if (m_studio) m_studio->resume(job);
}
void StudioBridge::stop(JobId job) {
    if (m_studio) m_studio->stop(job);
}
void StudioBridge::stopWithoutSaving(JobId job) {
    if (m_studio) m_studio->stopWithoutSaving(job);
}
void StudioBridge::cancel(JobId job) {
    if (m_studio) m_studio->cancel(job);
}
void StudioBridge::update(JobId job, const std::string& slot, const Json& value) {
    if (m_studio) m_studio->update(job, slot, value);
}
void StudioBridge::control(JobId job, const std::string& verb, const Json& argument) {
    if (m_studio) m_studio->control(job, verb, argument);
}
bool StudioBridge::idle() const {
    return !m_studio || m_studio->idle();
}

void StudioBridge::closeEngine() {
    if (m_opening.joinable()) m_opening.join();
    if (m_studio) m_studio->setWake({});
    m_studio.reset();
}

void StudioBridge::drain() {
    m_drainQueued = false;
    if (!m_studio) return;
    m_events.clear();
    m_studio->drain(m_events);
    for (const Event& event : m_events) deliver(event);
}

void StudioBridge::deliver(const Event& event) {
    const JobId job = event.job;
    std::visit(
        [this, job](const auto& body) {
            using T = std::decay_t<decltype(body)>;
            if constexpr (std::is_same_v<T, JobStarted>)
                Q_EMIT jobStarted(job, body);
            else if constexpr (std::is_same_v<T, JobStateChanged>)
                Q_EMIT jobState(job, body.state);
            else if constexpr (std::is_same_v<T, JobProgress>)
                Q_EMIT jobProgress(job, body);
            else if constexpr (std::is_same_v<T, MetricBatch>)
                Q_EMIT metrics(job, body);
            else if constexpr (std::is_same_v<T, PreviewReady>)
                Q_EMIT preview(job, body);
            else if constexpr (std::is_same_v<T, CheckpointSaved>)
                Q_EMIT checkpoint(job, body);
            else if constexpr (std::is_same_v<T, LiveChanged>)
                Q_EMIT liveChanged(job, body);
            else if constexpr (std::is_same_v<T, Resumed>)
                Q_EMIT resumed(job, body);
            else if constexpr (std::is_same_v<T, Notice>)
                Q_EMIT notice(job, body);
            else if constexpr (std::is_same_v<T, JobFinished>)
                Q_EMIT jobFinished(job, body);
        },
        event.body);
}

}  // namespace imago
