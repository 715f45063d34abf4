// Workspace: a room of the window, as MainWindow sees it: its tab and menu, its doors on the start page, what it opens, what
// it is doing and what would be lost. A new one is a folder in ui/workspaces and a word in workspaces.cpp. GUI thread.
#pragma once

#include <QCommandLineOption>
#include <QMainWindow>
#include <functional>
#include <span>
#include <vector>

#include "ui/actions.h"
#include "ui/bridge/catalogue.h"
#include "ui/bridge/job_words.h"

class QCommandLineParser;
class QUndoStack;

namespace imago {

class Door;
class JobPort;
class StudioBridge;

// What a workspace may be made of.
struct WorkspaceContext {
    StudioBridge* bridge;
    Catalogue catalogue;
    std::string runsRoot;
};

// Something that a workspace can do, for the menus and the palette. Without a row: a line between two of them.
struct Command {
    const ActionRow* row = nullptr;  // static
    std::function<void()> act{};
    bool everywhere = false;  // in the File menu, and there while another workspace is shown
};

// What would be lost if Imago closed now: jobs of one kind.
struct Unfinished {
    bool saves;
    int count;
    StillGoing words;
};

class Workspace : public QMainWindow {
    Q_OBJECT
  public:
    explicit Workspace(StudioBridge* bridge, QWidget* parent = nullptr);

    static QList<QCommandLineOption> options() { return {}; }  // of the program's command line, that begin() reads

    virtual const ActionRow& tab() const = 0;  // id, icon, title, help; static, its shortcut follows the order of the tabs
    virtual QString menuTitle() const = 0;
    virtual std::vector<Command> commands() = 0;  // asked once
    virtual bool allows(const QString& command) const = 0;
    virtual std::vector<Door*> makeDoors() { return {}; }  // for the start page, which owns them; asked once
    virtual void refreshDoors() {}                         // the start page is shown
    // After the window's first paint. True: the command line asked for something here.
    virtual bool begin(const QCommandLineParser&) { return false; }
    virtual QString offer(const QString& path) const = 0;  // what open() would do, for who drags it here; empty: not for us
    virtual void open(const QString& path) = 0;
    virtual QString status() const = 0;                         // what is happening, in one sentence; may be empty
    virtual const JobProgress* progress() const { return {}; }  // figures of what is happening; null: none
    virtual std::span<const JobWords> jobWords() const { return {}; }
    virtual QUndoStack* undoStack() const { return nullptr; }

    const char* textContext() const { return metaObject()->className(); }  // of the rows above
    JobPort* jobs() const { return m_jobs; }
    std::vector<Unfinished> unfinished() const;
    void stopAll(bool save);  // all that is unfinished; what cannot be saved is cancelled

    QByteArray layoutState() const;
    void setLayoutState(const QByteArray& state);
    void setPanelsVisible(bool visible);
    bool panelsVisible() const;
    void resetLayout();

  Q_SIGNALS:
    void statusChanged();  // sentence, figures, or what is allowed
    void showWanted();

  protected:
    QDockWidget* addPanel(const char* name, QWidget* content, Qt::DockWidgetArea area, int width);

  private:
    void resizePanels();
    JobPort* m_jobs;
    QList<QDockWidget*> m_panels;
    QList<int> m_widths;
    QByteArray m_firstLayout;
};

}  // namespace imago
