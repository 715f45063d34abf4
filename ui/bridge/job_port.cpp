#include "ui/bridge/job_port.h"

#include "ui/bridge/studio_bridge.h"

namespace imago {

JobPort::JobPort(StudioBridge* bridge, QObject* parent) : QObject(parent), m_bridge(bridge) {}

Result<JobId> JobPort::submit(const Request& request, const std::string& key) {
    IMAGO_ASSIGN(const JobId job, m_bridge->submit(request, key, this));
    m_open[job].kind = kindOf(request);
    return job;
}

void JobPort::pause(JobId job) {
    if (Studio* studio = m_bridge->studio()) studio->pause(job);
}
void JobPort::resume(JobId job) {
    if (Studio* studio = m_bridge->studio()) studio->resume(job);
}
void JobPort::stop(JobId job) {
    if (Studio* studio = m_bridge->studio()) studio->stop(job);
}
void JobPort::stopWithoutSaving(JobId job) {
    if (Studio* studio = m_bridge->studio()) studio->stopWithoutSaving(job);
}
void JobPort::cancel(JobId job) {
    if (Studio* studio = m_bridge->studio()) studio->cancel(job);
}
void JobPort::control(JobId job, const std::string& verb, const Json& argument) {
    if (Studio* studio = m_bridge->studio()) studio->control(job, verb, argument);
}
void JobPort::update(JobId job, const std::string& slot, const Json& value) {
    if (Studio* studio = m_bridge->studio()) studio->update(job, slot, value);
}

void JobPort::deliver(const Event& event) {
    const JobId job = event.job;
    const auto open = m_open.find(job);
    std::visit(
        [&](const auto& body) {
            using T = std::decay_t<decltype(body)>;
            if constexpr (std::is_same_v<T, JobStarted>) {
                if (open != m_open.end()) open->second = body;
                Q_EMIT jobStarted(job, body);
            } else if constexpr (std::is_same_v<T, JobStateChanged>) {
                Q_EMIT jobState(job, body.state);
            } else if constexpr (std::is_same_v<T, JobProgress>) {
                Q_EMIT jobProgress(job, body);
            } else if constexpr (std::is_same_v<T, MetricBatch>) {
                Q_EMIT metrics(job, body);
            } else if constexpr (std::is_same_v<T, PreviewReady>) {
                Q_EMIT preview(job, body);
            } else if constexpr (std::is_same_v<T, CheckpointSaved>) {
                Q_EMIT checkpoint(job, body);
            } else if constexpr (std::is_same_v<T, Notice>) {
                Q_EMIT notice(job, body);
            } else if constexpr (std::is_same_v<T, LiveChanged>) {
                Q_EMIT liveChanged(job, body);
            } else if constexpr (std::is_same_v<T, Resumed>) {
                Q_EMIT resumed(job, body);
            } else if constexpr (std::is_same_v<T, JobFinished>) {
                const bool work = open != m_open.end() && !open->second.quiet;
                if (open != m_open.end()) m_open.erase(open);
                Q_EMIT jobFinished(job, body);
                if (work) Q_EMIT workEnded(body.reason == FinishReason::Failed);
            } else {
                static_assert(std::is_same_v<T, TileReady>);  // no widget shows tiles yet
            }
        },
        event.body);
}

}  // namespace imago
