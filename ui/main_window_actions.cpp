// The actions of MainWindow, its menus and its texts.
#include <QActionGroup>
#include <QApplication>
#include <QFileDialog>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolButton>
#include <QWhatsThis>
#include <functional>
#include <map>

#include "ui/actions.h"
#include "ui/bridge/studio_bridge.h"
#include "ui/command_palette.h"
#include "ui/main_window.h"
#include "ui/preferences.h"
#include "ui/start_page.h"
#include "ui/theme/theme.h"
#include "ui/widgets/job_tray.h"
#include "ui/workspaces/train/run_record.h"
#include "ui/workspaces/train/setup_panel.h"
#include "ui/workspaces/train/train_workspace.h"

namespace imago {

namespace {

const ActionRow kActions[] = {
    {"start", "home", "Alt+Home", QT_TRANSLATE_NOOP("imago::MainWindow", "Start page"),
     QT_TRANSLATE_NOOP("imago::MainWindow", "Back to the start page"), true},
    {"train", "run", "Ctrl+1", QT_TRANSLATE_NOOP("imago::MainWindow", "Train"),
     QT_TRANSLATE_NOOP("imago::MainWindow", "Teach a model, and watch it learn"), true},
    {"new-run", "plus", "Ctrl+N", QT_TRANSLATE_NOOP("imago::MainWindow", "&New run"),
     QT_TRANSLATE_NOOP("imago::MainWindow", "Choose data and a recipe for another training")},
    {"choose-folder", "folder", "", QT_TRANSLATE_NOOP("imago::MainWindow", "Teach it my &pictures…"),
     QT_TRANSLATE_NOOP("imago::MainWindow", "Choose a folder of pictures to learn from")},
    {"open-run", "folder", "Ctrl+O", QT_TRANSLATE_NOOP("imago::MainWindow", "&Open a run…"),
     QT_TRANSLATE_NOOP("imago::MainWindow", "Open the folder of a run")},
    {"quit", "", "Ctrl+Q", QT_TRANSLATE_NOOP("imago::MainWindow", "&Quit")},
    {"train-start", "play", "F5", QT_TRANSLATE_NOOP("imago::MainWindow", "&Start training")},
    {"train-pause", "pause", "Ctrl+P", QT_TRANSLATE_NOOP("imago::MainWindow", "&Pause or resume"),
     QT_TRANSLATE_NOOP("imago::MainWindow", "Waits after this step; nothing is lost")},
    {"train-stop", "stop", "Shift+F5", QT_TRANSLATE_NOOP("imago::MainWindow", "S&top"),
     QT_TRANSLATE_NOOP("imago::MainWindow", "Finishes the step, saves, ends")},
    {"train-discard", "discard", "", QT_TRANSLATE_NOOP("imago::MainWindow", "Stop &without saving"),
     QT_TRANSLATE_NOOP("imago::MainWindow", "Ends at once; what came after the last saved moment is lost")},
    {"train-sample", "sample", "", QT_TRANSLATE_NOOP("imago::MainWindow", "Sample &now"),
     QT_TRANSLATE_NOOP("imago::MainWindow", "Makes the samples of this moment")},
    {"train-save", "save", "Ctrl+S", QT_TRANSLATE_NOOP("imago::MainWindow", "Sa&ve now"),
     QT_TRANSLATE_NOOP("imago::MainWindow", "Saves this moment, to go on from here later")},
    {"jobs", "jobs", "Ctrl+J", QT_TRANSLATE_NOOP("imago::MainWindow", "Jobs"),
     QT_TRANSLATE_NOOP("imago::MainWindow", "What the engine is doing"), true},
    {"docks", "", "Ctrl+B", QT_TRANSLATE_NOOP("imago::MainWindow", "&Panels"),
     QT_TRANSLATE_NOOP("imago::MainWindow", "Shows or hides the panels at the sides")},
    {"reset-layout", "reset", "", QT_TRANSLATE_NOOP("imago::MainWindow", "&Reset layout")},
    {"full-screen", "", "F11", QT_TRANSLATE_NOOP("imago::MainWindow", "&Full screen")},
    {"theme-dark", "", "", QT_TRANSLATE_NOOP("imago::MainWindow", "&Dark"), "", true},
    {"theme-light", "", "", QT_TRANSLATE_NOOP("imago::MainWindow", "&Light"), "", true},
    {"language-en", "", "", "English", "", true},
    {"language-zh", "", "", "简体中文", "", true},
    {"palette", "search", "Ctrl+Shift+P", QT_TRANSLATE_NOOP("imago::MainWindow", "Search &actions…"),
     QT_TRANSLATE_NOOP("imago::MainWindow", "Find any action by its name")},
    {"whats-this", "info", "Shift+F1", QT_TRANSLATE_NOOP("imago::MainWindow", "&What is this?"),
     QT_TRANSLATE_NOOP("imago::MainWindow", "Click anything to learn what it does")},
    {"about", "", "", QT_TRANSLATE_NOOP("imago::MainWindow", "&About Imago")},
};

}  // namespace

void MainWindow::buildActions() {
    const std::map<std::string, std::function<void()>> acts = {
        {"start", [this] { showStart(); }},
        {"train", [this] { showTrain(); }},
        {"new-run",
         [this] {
             showTrain();
             m_train->newRun();
         }},
        {"choose-folder",
         [this] {
             const QString folder = QFileDialog::getExistingDirectory(this, tr("Choose a folder of pictures"));
             if (!folder.isEmpty()) chooseFolder(folder.toStdString());
         }},
        {"open-run",
         [this] {
             const QString folder = QFileDialog::getExistingDirectory(this, tr("Open the folder of a run"));
             if (!folder.isEmpty()) openRun(folder.toStdString());
         }},
        {"quit", [this] { close(); }},
        {"train-start",
         [this] {
             showTrain();
             m_train->setup()->startNow();
         }},
        {"train-pause", [this] { m_train->pauseCurrent(); }},
        {"train-stop", [this] { m_train->stopCurrent(true); }},
        {"train-discard", [this] { m_train->discardCurrent(); }},
        {"train-sample", [this] { m_train->controlCurrent("sample_now"); }},
        {"train-save", [this] { m_train->controlCurrent("save_now"); }},
        {"jobs",
         [this] {
             m_tray->setVisible(!m_tray->isVisible());
             m_tray->raise();
             refreshActions();
         }},
        {"docks", [this] { m_train->setDocksVisible(!m_train->docksVisible()); }},
        {"reset-layout", [this] { m_train->resetLayout(); }},
        {"full-screen", [this] { setWindowState(windowState() ^ Qt::WindowFullScreen); }},
        {"theme-dark", [this] { setTheme(true); }},
        {"theme-light", [this] { setTheme(false); }},
        {"language-en", [this] { setLanguage("en"); }},
        {"language-zh", [this] { setLanguage("zh_CN"); }},
        {"palette", [this] { (new CommandPalette(*m_actions, this))->show(); }},
        {"whats-this", [] { QWhatsThis::enterWhatsThisMode(); }},
        {"about", [this] { about(); }},
    };
    for (const ActionRow& row : kActions) m_actions->add(row, acts.at(row.id));
}

void MainWindow::buildMenus() {
    const auto menu = [this](QMenu*& target, QWidget* parent, std::initializer_list<const char*> ids) {
        target = new QMenu(parent);
        for (const char* id : ids) {
            if (*id)
                target->addAction((*m_actions)[id]);
            else
                target->addSeparator();
        }
    };
    menu(m_fileMenu, m_menus, {"new-run", "choose-folder", "open-run", "", "quit"});
    menu(m_runMenu, m_menus, {"train-start", "train-pause", "train-stop", "train-discard", "", "train-sample", "train-save"});
    menu(m_viewMenu, m_menus, {"start", "train", "", "docks", "jobs", "reset-layout", "full-screen", ""});
    menu(m_themeMenu, m_viewMenu, {"theme-dark", "theme-light"});
    menu(m_languageMenu, m_viewMenu, {"language-en", "language-zh"});
    menu(m_helpMenu, m_menus, {"palette", "whats-this", "about"});
    m_viewMenu->addMenu(m_themeMenu);
    m_viewMenu->addMenu(m_languageMenu);
    for (QMenu* entry : {m_fileMenu, m_runMenu, m_viewMenu, m_helpMenu}) m_menus->addMenu(entry);
}

void MainWindow::refreshActions() {
    const RunRecord* record = m_train->current();
    const bool ours = record && record->job() != 0 && record->state() != RunState::Stopping;
    for (const char* id : {"train-pause", "train-stop", "train-discard", "train-sample", "train-save"}) (*m_actions)[id]->setEnabled(ours);
    (*m_actions)["train-start"]->setEnabled(m_bridge->ready() && !m_train->setup()->showsLive());
    const bool train = m_pages->currentWidget() == m_train;
    (*m_actions)["train"]->setChecked(train);
    (*m_actions)["start"]->setChecked(!train);
    (*m_actions)["jobs"]->setChecked(m_tray->isVisible());
    const bool dark = m_preferences->theme() == ThemeId::Dark;
    (*m_actions)["theme-dark"]->setChecked(dark);
    (*m_actions)["theme-light"]->setChecked(!dark);
    (*m_actions)["language-en"]->setChecked(!m_language->chinese());
    (*m_actions)["language-zh"]->setChecked(m_language->chinese());
}

void MainWindow::retranslate() {
    setWindowTitle("Imago");
    m_actions->retranslate();
    m_fileMenu->setTitle(tr("&File"));
    m_runMenu->setTitle(tr("&Training"));
    m_viewMenu->setTitle(tr("&View"));
    m_themeMenu->setTitle(tr("&Theme"));
    m_languageMenu->setTitle(tr("&Language"));
    m_helpMenu->setTitle(tr("&Help"));
    m_search->setText(tr("Search actions…"));
    m_search->setToolTip((*m_actions)["palette"]->toolTip());
    m_home->setAccessibleName(tr("Start page"));
    refreshStatus();
}

void MainWindow::about() {
    QMessageBox box(QMessageBox::NoIcon, tr("About Imago"), tr("Imago trains image models on this machine and lets you watch them learn."),
                    QMessageBox::Close, this);
    box.setInformativeText(tr("Free software under the GNU General Public License, version 3 or later."));
    box.setIconPixmap(windowIcon().pixmap(64, 64));
    box.exec();
}

}  // namespace imago
