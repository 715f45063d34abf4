// TestWorkspace: a second workspace, as small as one can be: a panel, an action, a door, a kind of job, an undo stack. What
// the window shows of it shows what a workspace is.
#pragma once

#include <QLabel>
#include <QUndoStack>

#include "ui/bridge/job_port.h"
#include "ui/widgets/door.h"
#include "ui/workspace.h"

namespace imago::test {

class TestWorkspace : public Workspace {
  public:
    explicit TestWorkspace(StudioBridge* bridge) : Workspace(bridge), m_undo(new QUndoStack(this)) {
        setCentralWidget(new QLabel("The middle"));
        addPanel("side", new QLabel("The side"), Qt::RightDockWidgetArea, 200);
        connect(jobs(), &JobPort::jobStarted, this, [this](JobId job, const JobStarted&) { hear("started", job); });
        connect(jobs(), &JobPort::jobProgress, this, [this](JobId job, const JobProgress& told) {
            figures = told;
            hear("progress", job);
            Q_EMIT statusChanged();
        });
        connect(jobs(), &JobPort::notice, this, [this](JobId job, const Notice& notice) { hear(notice.id, job); });
        connect(jobs(), &JobPort::jobFinished, this, [this](JobId job, const JobFinished&) { hear("finished", job); });
    }

    const ActionRow& tab() const override {
        static const ActionRow row{"test", "sample", "", "Try", "A workspace for tests"};
        return row;
    }
    QString menuTitle() const override { return "Tr&y"; }
    std::vector<Command> commands() override {
        static const ActionRow everywhere{"test-import", "folder", "Ctrl+I", "Bring something"};
        static const ActionRow own{"test-go", "play", "Ctrl+P", "Go"};  // a shortcut that another workspace has too
        return {{&everywhere, [this] { Q_EMIT showWanted(); }, true}, {&own, [this] { ++went; }}, {}};
    }
    bool allows(const QString& command) const override { return command != "test-go" || mayGo; }
    std::vector<Door*> makeDoors() override {
        door = new Door("", DoorRow{"sample", "Try it", "Something to try.", "Try"});
        connect(door, &Door::clicked, this, &Workspace::showWanted);
        return {door};
    }
    QString offer(const QString& path) const override { return path.endsWith(".png") ? "Drop to try this picture" : QString(); }
    void open(const QString& path) override { opened = path; }
    QString status() const override { return "Trying."; }
    const JobProgress* progress() const override { return figures.done > 0 ? &figures : nullptr; }
    std::span<const JobWords> jobWords() const override {
        static const JobWords words[] = {
            {"sample", false, [](const JobStarted&) { return QString("Pictures"); },
             [](int count) {
                 return StillGoing{QString("%1 of pictures.").arg(count), "The pictures would be lost.", "Keep sampling"};
             }}};
        return words;
    }
    QUndoStack* undoStack() const override { return m_undo; }

    QStringList heard;
    QString opened;
    int went = 0;
    bool mayGo = true;
    JobProgress figures;
    Door* door = nullptr;

  private:
    void hear(const std::string& what, JobId job) { heard << QString("%1 %2").arg(QString::fromStdString(what)).arg(job); }
    QUndoStack* m_undo;
};

}  // namespace imago::test
