// MainWindow: the frame: tabs, menus, device and jobs on top, the start page or a workspace in the middle, the status line
// below. It knows its workspaces as a list and asks before work is lost. GUI thread.
#pragma once

#include <QMainWindow>
#include <QMessageBox>
#include <QPointer>
#include <QUndoGroup>
#include <memory>
#include <vector>

#include "core/engine/event.h"

class QCommandLineParser;
class QLabel;
class QMenu;
class QMenuBar;
class QPushButton;
class QStackedWidget;
class QToolButton;

namespace imago {

class ActionRegistry;
class Banner;
class JobTray;
class Language;
class StartPage;
class StatusStrip;
class StudioBridge;
class Workspace;
struct Preferences;
struct Unfinished;

class MainWindow : public QMainWindow {
    Q_OBJECT
  public:
    // At least one workspace, in the order of the tabs.
    MainWindow(StudioBridge* bridge, std::vector<std::unique_ptr<Workspace>> workspaces, Preferences* preferences, Language* language);
    ~MainWindow() override;

    void restoreLayout();                         // as it was when it was closed
    void begin(const QCommandLineParser& asked);  // after the first paint: what the command line asks for, else the start page
    bool open(const QString& path);               // in the workspace that takes it; false: none does
    void showStart();
    void showWorkspace(Workspace* workspace);
    void setTheme(bool dark);
    void setLanguage(const QString& language);

    Workspace* workspace(const QString& id) const;  // null: there is none
    StartPage* startPage() const { return m_start; }
    ActionRegistry* actions() const { return m_actions; }
    QMessageBox* closeQuestion() const { return m_question; }
    StatusStrip* status() const { return m_status; }
    Banner* banner() const { return m_banner; }
    JobTray* tray() const { return m_tray; }

  protected:
    void closeEvent(QCloseEvent* event) override;
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;

  private:
    // A workspace and what stands for it in the frame.
    struct Room {
        Workspace* workspace;
        QAction* tab;
        std::vector<QAction*> fileActions{}, ownActions{};  // null: a line between two of them
        QMenu* menu = nullptr;
    };
    void connectRoom(const Room& room);
    void buildActions();
    void buildRoomActions(Room& room);
    void buildFrame();
    void buildMenus();
    void retranslate();
    void refreshStatus();
    void refreshActions();
    Workspace* takerOf(const QString& path) const;
    std::vector<Unfinished> unfinished() const;
    void askBeforeClose();
    void closeWhenDone();
    void placeOverlays();
    void about();

    StudioBridge* m_bridge;
    Preferences* m_preferences;
    Language* m_language;
    ActionRegistry* m_actions;
    std::vector<Room> m_rooms;
    Workspace* m_current;  // shown, or shown last
    QUndoGroup m_undo;
    StartPage* m_start;
    JobTray* m_tray;
    StatusStrip* m_status;
    Banner* m_banner;
    QStackedWidget* m_pages;
    QMenuBar* m_menus = nullptr;
    QMenu *m_fileMenu = nullptr, *m_editMenu = nullptr, *m_viewMenu = nullptr, *m_themeMenu = nullptr, *m_languageMenu = nullptr,
          *m_helpMenu = nullptr;
    QToolButton *m_home = nullptr, *m_jobs = nullptr;
    QPushButton* m_search = nullptr;
    QLabel* m_device = nullptr;
    QLabel* m_dropHint = nullptr;
    QPointer<QMessageBox> m_question;
    bool m_closing = false;
};

}  // namespace imago
