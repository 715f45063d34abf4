#include "ui/bridge/run_glances.h"

#include <QColorSpace>
#include <algorithm>

#include "core/engine/run.h"
#include "ui/bridge/qimage_of.h"

namespace imago {

RunState stateAfter(FinishReason reason) {
    switch (reason) {
        case FinishReason::Done:
            return RunState::Finished;
        case FinishReason::Failed:
            return RunState::Failed;
        default:
            return RunState::Stopped;
    }
}

RunGlance glanceAt(const std::string& folder) {
    RunGlance glance;
    auto reader = RunReader::open(folder);
    auto news = reader ? (*reader)->poll() : Result<RunReader::Update>(reader.error());
    glance.known = true;
    if (!news) {
        glance.state = RunState::Failed;
        return glance;
    }
    if (!news->rows.empty()) glance.lastStep = news->rows.back().step;
    for (const Json& json : news->events)
        if (const auto event = eventFromJson(json))
            if (const auto* finished = std::get_if<JobFinished>(&event->body)) glance.state = stateAfter(finished->reason);
    if ((*reader)->writerAlive()) glance.state = RunState::Running;
    for (auto preview = news->previews.rbegin(); preview != news->previews.rend(); ++preview) {
        if (preview->kind != "samples") continue;
        glance.picture.columns = std::max(1, preview->columns);
        glance.picture.rows = std::max(1, preview->rows);
        glance.picture.image = QImage(QString::fromStdString(folder + "/" + preview->file));
        glance.picture.image.setColorSpace({});
        break;
    }
    return glance;
}

RunGlances::RunGlances(QObject* parent) : QObject(parent), m_there(new QObject) {
    m_there->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_there, &QObject::deleteLater);
    m_thread.start(QThread::LowPriority);
}

RunGlances::~RunGlances() {
    m_thread.requestInterruption();
    m_thread.quit();
    m_thread.wait();
}

void RunGlances::look(std::vector<std::string> folders) {
    QMetaObject::invokeMethod(
        m_there,
        [this, folders = std::move(folders)] {
            for (const std::string& folder : folders) {
                if (QThread::currentThread()->isInterruptionRequested()) return;
                const RunGlance glance = glanceAt(folder);
                QMetaObject::invokeMethod(
                    this, [this, folder, glance] { Q_EMIT seen(folder, glance); }, Qt::QueuedConnection);
            }
        },
        Qt::QueuedConnection);
}

}  // namespace imago
