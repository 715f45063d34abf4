// The actions of MainWindow, its menus and its texts.
#include <QActionGroup>
#include <QApplication>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolButton>
#include <QWhatsThis>
#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <string_view>

#include "ui/actions.h"
#include "ui/bridge/studio_bridge.h"
#include "ui/command_palette.h"
#include "ui/main_window.h"
#include "ui/preferences.h"
#include "ui/start_page.h"
#include "ui/theme/theme.h"
#include "ui/widgets/job_tray.h"
#include "ui/workspace.h"

namespace imago {

namespace {

const ActionRow kActions[] = {
    {"start", "home", "Alt+Home", QT_TRANSLATE_NOOP("imago::MainWindow", "Start page"),
     QT_TRANSLATE_NOOP("imago::MainWindow", "Back to the start page"), true},
    {"quit", "", "Ctrl+Q", QT_TRANSLATE_NOOP("imago::MainWindow", "&Quit")},
    {"undo", "", "Ctrl+Z", QT_TRANSLATE_NOOP("imago::MainWindow", "&Undo")},
    {"redo", "", "Ctrl+Shift+Z", QT_TRANSLATE_NOOP("imago::MainWindow", "&Redo")},
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
        {"quit", [this] { close(); }},
        {"undo", [this] { m_undo.undo(); }},
        {"redo", [this] { m_undo.redo(); }},
        {"jobs",
         [this] {
             m_tray->setVisible(!m_tray->isVisible());
             m_tray->raise();
             refreshStatus();
         }},
        {"docks", [this] { m_current->setPanelsVisible(!m_current->panelsVisible()); }},
        {"reset-layout", [this] { m_current->resetLayout(); }},
        {"full-screen", [this] { setWindowState(windowState() ^ Qt::WindowFullScreen); }},
        {"theme-dark", [this] { setTheme(true); }},
        {"theme-light", [this] { setTheme(false); }},
        {"language-en", [this] { setLanguage("en"); }},
        {"language-zh", [this] { setLanguage("zh_CN"); }},
        {"palette", [this] { (new CommandPalette(*m_actions, this))->show(); }},
        {"whats-this", [] { QWhatsThis::enterWhatsThisMode(); }},
        {"about", [this] { about(); }},
    };
    for (const ActionRow& row : kActions) {
        m_actions->add("imago::MainWindow", row, acts.at(row.id));
        if (std::string_view(row.id) == "start")
            for (Room& room : m_rooms) buildRoomActions(room);
    }
}

void MainWindow::buildRoomActions(Room& room) {
    Workspace* workspace = room.workspace;
    room.tab = m_actions->add(workspace->textContext(), workspace->tab(), [this, workspace] { showWorkspace(workspace); });
    room.tab->setShortcut(Qt::CTRL | Qt::Key(Qt::Key_1 + (&room - m_rooms.data())));
    room.tab->setCheckable(true);
    for (Command& command : workspace->commands())
        (command.everywhere ? room.fileActions : room.ownActions)
            .push_back(command.row ? m_actions->add(workspace->textContext(), *command.row, std::move(command.act)) : nullptr);
}

void MainWindow::buildMenus() {
    const auto menu = [](QWidget* parent, const std::vector<QAction*>& actions) {
        auto* made = new QMenu(parent);
        for (QAction* action : actions) action ? made->addAction(action) : static_cast<void>(made->addSeparator());
        return made;
    };
    const auto named = [this](std::initializer_list<const char*> ids) {
        std::vector<QAction*> actions;
        for (const char* id : ids) actions.push_back(*id ? (*m_actions)[id] : nullptr);
        return actions;
    };
    std::vector<QAction*> file, view = named({"start"});
    for (Room& room : m_rooms) {
        std::ranges::copy(room.fileActions, std::back_inserter(file));
        view.push_back(room.tab);
        room.menu = menu(m_menus, room.ownActions);
    }
    std::ranges::copy(named({"", "quit"}), std::back_inserter(file));
    std::ranges::copy(named({"", "docks", "jobs", "reset-layout", "full-screen", ""}), std::back_inserter(view));
    m_fileMenu = menu(m_menus, file);
    m_editMenu = menu(m_menus, named({"undo", "redo"}));
    m_viewMenu = menu(m_menus, view);
    m_themeMenu = menu(m_viewMenu, named({"theme-dark", "theme-light"}));
    m_languageMenu = menu(m_viewMenu, named({"language-en", "language-zh"}));
    m_helpMenu = menu(m_menus, named({"palette", "whats-this", "about"}));
    m_viewMenu->addMenu(m_themeMenu);
    m_viewMenu->addMenu(m_languageMenu);
    m_menus->addMenu(m_fileMenu);
    m_menus->addMenu(m_editMenu);
    for (const Room& room : m_rooms) m_menus->addMenu(room.menu);
    m_menus->addMenu(m_viewMenu);
    m_menus->addMenu(m_helpMenu);
}

void MainWindow::refreshActions() {
    const bool start = m_pages->currentWidget() == m_start;
    for (const Room& room : m_rooms) {
        const bool current = room.workspace == m_current;
        room.tab->setChecked(current && !start);
        for (const auto* actions : {&room.fileActions, &room.ownActions})
            for (QAction* action : *actions)
                if (action) action->setEnabled(room.workspace->allows(action->objectName()));
        // Those of the others are out of the way, and their shortcuts free.
        for (QAction* action : room.ownActions)
            if (action) action->setVisible(current);
        room.menu->menuAction()->setVisible(current && !room.ownActions.empty());
    }
    const bool undoes = m_undo.activeStack() != nullptr;
    m_editMenu->menuAction()->setVisible(undoes);
    (*m_actions)["undo"]->setVisible(undoes);
    (*m_actions)["redo"]->setVisible(undoes);
    (*m_actions)["undo"]->setEnabled(m_undo.canUndo());
    (*m_actions)["redo"]->setEnabled(m_undo.canRedo());
    (*m_actions)["start"]->setChecked(start);
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
    m_editMenu->setTitle(tr("&Edit"));
    for (const Room& room : m_rooms) room.menu->setTitle(room.workspace->menuTitle());
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
    QMessageBox box(QMessageBox::NoIcon, tr("About Imago"), tr("Imago teaches image models on this machine and lets you watch them learn."),
                    QMessageBox::Close, this);
    box.setInformativeText(tr("Free software under the GNU General Public License, version 3 or later."));
    box.setIconPixmap(windowIcon().pixmap(64, 64));
    box.exec();
}

}  // namespace imago
