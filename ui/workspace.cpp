#include "ui/workspace.h"

#include <QDockWidget>
#include <algorithm>
#include <map>

#include "ui/bridge/core_text.h"
#include "ui/bridge/job_port.h"

namespace imago {

namespace {

constexpr int kLayoutVersion = 1;

}  // namespace

Workspace::Workspace(StudioBridge* bridge, QWidget* parent) : QMainWindow(parent, Qt::Widget), m_jobs(new JobPort(bridge, this)) {
    setDockNestingEnabled(true);
}

std::vector<Unfinished> Workspace::unfinished() const {
    std::vector<Unfinished> all;
    std::map<const JobWords*, int> spoken;
    for (const auto& [job, started] : m_jobs->open()) {
        if (started.quiet) continue;
        if (const JobWords* words = findWords(jobWords(), started.kind))
            ++spoken[words];
        else if (started.title.empty())
            all.push_back({false, 1, {tr("A job waits for its turn."), tr("A job that waits would be forgotten."), tr("Keep it")}});
        else
            all.push_back({false,
                           1,
                           {tr("“%1” is still going.").arg(coreText(started.title)),
                            tr("What “%1” has made so far would be lost.").arg(coreText(started.title)), tr("Keep going")}});
    }
    for (const auto& [words, count] : spoken) all.push_back({words->saves, count, words->stillGoing(count)});
    return all;
}

void Workspace::stopAll(bool save) {
    const std::map<JobId, JobStarted> open = m_jobs->open();
    for (const auto& [job, started] : open) {
        if (started.quiet) continue;
        const JobWords* words = findWords(jobWords(), started.kind);
        if (!words || !words->saves)
            m_jobs->cancel(job);
        else if (save)
            m_jobs->stop(job);
        else
            m_jobs->stopWithoutSaving(job);
    }
}

QDockWidget* Workspace::addPanel(const char* name, QWidget* content, Qt::DockWidgetArea area, int width) {
    auto* panel = new QDockWidget(this);
    panel->setObjectName(name);
    panel->setWidget(content);
    addDockWidget(area, panel);
    m_panels << panel;
    m_widths << width;
    resizePanels();
    m_firstLayout = layoutState();
    return panel;
}

void Workspace::resizePanels() {
    resizeDocks(m_panels, m_widths, Qt::Horizontal);
}

QByteArray Workspace::layoutState() const {
    return saveState(kLayoutVersion);
}

void Workspace::setLayoutState(const QByteArray& state) {
    restoreState(state, kLayoutVersion);
}

void Workspace::setPanelsVisible(bool visible) {
    for (QDockWidget* panel : m_panels) panel->setVisible(visible);
}

bool Workspace::panelsVisible() const {
    return std::ranges::any_of(m_panels, [](const QDockWidget* panel) { return !panel->isHidden(); });
}

void Workspace::resetLayout() {
    setLayoutState(m_firstLayout);
    setPanelsVisible(true);
    resizePanels();
}

}  // namespace imago
