// MainWindow: the frame: tabs, menus, device and jobs on top, the start page or a workspace in the middle, the status line
// below. It asks before a training is lost. GUI thread.
#pragma once

#include <QMainWindow>
#include <QMessageBox>
#include <QPointer>

#include "core/engine/event.h"
#include "ui/bridge/catalogue.h"

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
class TrainWorkspace;
struct Preferences;

class MainWindow : public QMainWindow {
    Q_OBJECT
  public:
    MainWindow(StudioBridge* bridge, Catalogue catalogue, Preferences* preferences, Language* language, std::string runsRoot);
    ~MainWindow() override;

    void openRun(const std::string& folder);
    void startWith(const std::string& dataset, const std::string& preset);  // as soon as the engine is there
    void chooseFolder(const std::string& folder);
    void setTheme(bool dark);
    void setLanguage(const QString& language);
    void showStart();
    void showTrain();

    TrainWorkspace* train() const { return m_train; }
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
    void buildActions();
    void buildFrame();
    void buildMenus();
    void retranslate();
    void refreshStatus();
    void refreshActions();
    void askBeforeClose();
    void placeOverlays();
    void about();

    StudioBridge* m_bridge;
    Preferences* m_preferences;
    Language* m_language;
    ActionRegistry* m_actions;
    TrainWorkspace* m_train;
    StartPage* m_start;
    JobTray* m_tray;
    StatusStrip* m_status;
    Banner* m_banner;
    QStackedWidget* m_pages;
    QMenuBar* m_menus = nullptr;
    QMenu *m_fileMenu = nullptr, *m_runMenu = nullptr, *m_viewMenu = nullptr, *m_themeMenu = nullptr, *m_languageMenu = nullptr,
          *m_helpMenu = nullptr;
    QToolButton *m_home = nullptr, *m_trainTab = nullptr, *m_jobs = nullptr;
    QPushButton* m_search = nullptr;
    QLabel* m_device = nullptr;
    QLabel* m_dropHint = nullptr;
    QPointer<QMessageBox> m_question;
    bool m_closing = false;
    std::string m_pendingData, m_pendingPreset;
    bool m_pendingStart = false;
};

}  // namespace imago
