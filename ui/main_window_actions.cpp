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

void MainWindow::buildActions() {
    using Key = QKeySequence;
    const auto add = [this](const char* id, const char* icon, const QKeySequence& key, std::function<ActionTexts()> texts,
                            std::function<void()> act) { return m_actions->add(id, icon, key, std::move(texts), std::move(act)); };
    add(
        "start", "home", {},
        [] {
            return ActionTexts{tr("Start page"), tr("Back to the start page")};
        },
        [this] { showStart(); });
    add(
        "train", "run", Key("Ctrl+1"),
        [] {
            return ActionTexts{tr("Train"), tr("Teach a model, and watch it learn")};
        },
        [this] { showTrain(); });
    add(
        "new-run", "plus", Key("Ctrl+N"),
        [] {
            return ActionTexts{tr("&New run"), tr("Choose data and a recipe for another training")};
        },
        [this] {
            showTrain();
            m_train->newRun();
        });
    add(
        "choose-folder", "folder", {},
        [] {
            return ActionTexts{tr("Teach it my &pictures…"), tr("Choose a folder of pictures to learn from")};
        },
        [this] {
            const QString folder = QFileDialog::getExistingDirectory(this, tr("Choose a folder of pictures"));
            if (!folder.isEmpty()) chooseFolder(folder.toStdString());
        });
    add(
        "open-run", "folder", Key("Ctrl+O"),
        [] {
            return ActionTexts{tr("&Open a run…"), tr("Open the folder of a run")};
        },
        [this] {
            const QString folder = QFileDialog::getExistingDirectory(this, tr("Open the folder of a run"));
            if (!folder.isEmpty()) openRun(folder.toStdString());
        });
    add(
        "quit", "", Key("Ctrl+Q"),
        [] {
            return ActionTexts{tr("&Quit"), {}};
        },
        [this] { close(); });
    add(
        "train-start", "play", Key("F5"),
        [] {
            return ActionTexts{tr("&Start training"), {}};
        },
        [this] {
            showTrain();
            m_train->setup()->startNow();
        });
    add(
        "train-pause", "pause", Key("Ctrl+P"),
        [] {
            return ActionTexts{tr("&Pause or resume"), tr("Waits after this step; nothing is lost")};
        },
        [this] { m_train->pauseCurrent(); });
    add(
        "train-stop", "stop", Key("Shift+F5"),
        [] {
            return ActionTexts{tr("S&top"), tr("Finishes the step, saves, ends")};
        },
        [this] { m_train->stopCurrent(true); });
    add(
        "train-discard", "discard", {},
        [] {
            return ActionTexts{tr("Stop &without saving"), tr("Ends at once; what came after the last saved moment is lost")};
        },
        [this] { m_train->stopCurrent(false); });
    add(
        "train-sample", "sample", {},
        [] {
            return ActionTexts{tr("Sample &now"), tr("Makes the samples of this moment")};
        },
        [this] {
            if (RunRecord* record = m_train->current(); record && record->job()) m_bridge->control(record->job(), "sample_now");
        });
    add(
        "train-save", "save", Key("Ctrl+S"),
        [] {
            return ActionTexts{tr("Sa&ve now"), tr("Saves this moment, to go on from here later")};
        },
        [this] {
            if (RunRecord* record = m_train->current(); record && record->job()) m_bridge->control(record->job(), "save_now");
        });
    add(
        "jobs", "jobs", Key("Ctrl+J"),
        [] {
            return ActionTexts{tr("Jobs"), tr("What the engine is doing")};
        },
        [this] {
            m_tray->setVisible(!m_tray->isVisible());
            m_tray->raise();
        });
    add(
        "docks", "", Key("Ctrl+B"),
        [] {
            return ActionTexts{tr("&Panels"), tr("Shows or hides the panels at the sides")};
        },
        [this] { m_train->setDocksVisible(!m_train->docksVisible()); });
    add(
        "reset-layout", "reset", {},
        [] {
            return ActionTexts{tr("&Reset layout"), {}};
        },
        [this] { m_train->resetLayout(); });
    add(
        "full-screen", "", Key("F11"),
        [] {
            return ActionTexts{tr("&Full screen"), {}};
        },
        [this] { setWindowState(windowState() ^ Qt::WindowFullScreen); });
    add(
        "theme-dark", "", {},
        [] {
            return ActionTexts{tr("&Dark"), {}};
        },
        [this] { setTheme(true); })
        ->setCheckable(true);
    add(
        "theme-light", "", {},
        [] {
            return ActionTexts{tr("&Light"), {}};
        },
        [this] { setTheme(false); })
        ->setCheckable(true);
    // Languages are named in themselves.
    add(
        "language-en", "", {},
        [] {
            return ActionTexts{QStringLiteral("English"), {}};
        },
        [this] { setLanguage("en"); })
        ->setCheckable(true);
    add(
        "language-zh", "", {},
        [] {
            return ActionTexts{QStringLiteral("简体中文"), {}};
        },
        [this] { setLanguage("zh_CN"); })
        ->setCheckable(true);
    add(
        "palette", "search", Key("Ctrl+Shift+P"),
        [] {
            return ActionTexts{tr("Search &actions…"), tr("Find any action by its name")};
        },
        [this] { (new CommandPalette(*m_actions, this))->show(); });
    add(
        "whats-this", "info", Key("Shift+F1"),
        [] {
            return ActionTexts{tr("&What is this?"), tr("Click anything to learn what it does")};
        },
        [] { QWhatsThis::enterWhatsThisMode(); });
    add(
        "about", "", {},
        [] {
            return ActionTexts{tr("&About Imago"), {}};
        },
        [this] { about(); });
    for (const char* id : {"start", "train"}) (*m_actions)[id]->setCheckable(true);
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
    (*m_actions)["train-start"]->setEnabled(m_bridge->ready());
    const bool train = m_pages->currentWidget() == m_train;
    (*m_actions)["train"]->setChecked(train);
    (*m_actions)["start"]->setChecked(!train);
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
