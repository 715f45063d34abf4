#include "ui/main_window.h"

#include <QApplication>
#include <QCloseEvent>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/actions.h"
#include "ui/bridge/core_text.h"
#include "ui/bridge/studio_bridge.h"
#include "ui/preferences.h"
#include "ui/start_page.h"
#include "ui/theme/icons.h"
#include "ui/theme/measures.h"
#include "ui/theme/theme.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/job_tray.h"
#include "ui/widgets/status_strip.h"
#include "ui/workspaces/train/live_view.h"
#include "ui/workspaces/train/run_record.h"
#include "ui/workspaces/train/setup_panel.h"
#include "ui/workspaces/train/train_workspace.h"

namespace imago {

MainWindow::MainWindow(StudioBridge* bridge, Catalogue catalogue, Preferences* preferences, Language* language, std::string runsRoot)
    : m_bridge(bridge),
      m_preferences(preferences),
      m_language(language),
      m_actions(new ActionRegistry(this, "imago::MainWindow")),
      m_train(new TrainWorkspace(bridge, std::move(catalogue), std::move(runsRoot))),
      m_start(new StartPage(bridge)),
      m_tray(new JobTray(bridge, this)),
      m_status(new StatusStrip(this)),
      m_banner(new Banner(this)),
      m_pages(new QStackedWidget(this)) {
    setMinimumSize(measure::minWindowWidth, measure::minWindowHeight);
    setWindowIcon(applicationIcon());
    setAcceptDrops(true);
    buildActions();
    buildFrame();
    connect(m_train, &TrainWorkspace::statusChanged, this, &MainWindow::refreshStatus);
    connect(m_train, &TrainWorkspace::currentChanged, this, &MainWindow::showTrain);
    connect(m_train, &TrainWorkspace::runEnded, this, [this](bool failed) {
        if (failed) m_closing = false;  // what could not be saved is worth a look
        if (m_closing && m_train->activeRuns().empty()) close();
        QApplication::alert(this);  // does nothing while the window is in front
        refreshStatus();
    });
    connect(m_start, &StartPage::clothesWanted, this, [this] { startWith("fashion-mnist", ""); });
    connect(m_start, &StartPage::picturesWanted, (*m_actions)["choose-folder"], &QAction::trigger);
    connect(m_start, &StartPage::runWanted, this, [this] {
        if (RunRecord* newest = m_train->newestRun())
            openRun(newest->folder());
        else
            showTrain();
    });
    connect(m_tray, &JobTray::activeChanged, this, &MainWindow::refreshStatus);
    connect(bridge, &StudioBridge::engineReady, this, [this] {
        m_banner->dismiss();
        refreshStatus();
        if (m_pendingStart) startWith(m_pendingData, m_pendingPreset);
    });
    connect(bridge, &StudioBridge::engineFailed, this, [this](const Error& error) {
        m_banner->show(NoticeLevel::Error, error);
        refreshStatus();
    });
    retranslate();
    showStart();
}

MainWindow::~MainWindow() = default;

void MainWindow::buildFrame() {
    auto* top = new QWidget(this);
    top->setFixedHeight(measure::topBar);
    auto* row = new QHBoxLayout(top);
    row->setContentsMargins(measure::gap, 0, measure::padding, 0);
    row->setSpacing(measure::gap);
    m_menus = new QMenuBar(top);
    m_menus->setNativeMenuBar(false);
    m_menus->setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Fixed);
    const auto tab = [&](const char* action) {
        auto* button = new QToolButton(top);
        button->setDefaultAction((*m_actions)[action]);
        button->setAutoRaise(true);
        row->addWidget(button);
        return button;
    };
    m_home = tab("start");
    m_home->setToolButtonStyle(Qt::ToolButtonIconOnly);
    row->addWidget(m_menus);
    row->addSpacing(measure::groupGap);
    m_trainTab = tab("train");
    m_trainTab->setToolButtonStyle(Qt::ToolButtonTextOnly);
    row->addStretch(1);
    m_search = new QPushButton(themedIcon("search"), {}, top);
    connect(m_search, &QPushButton::clicked, (*m_actions)["palette"], &QAction::trigger);
    row->addWidget(m_search);
    m_device = new CaptionLabel(top);
    row->addWidget(m_device);
    m_jobs = tab("jobs");
    m_jobs->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    buildMenus();
    setMenuWidget(top);

    auto* middle = new QWidget(this);
    auto* column = new QVBoxLayout(middle);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    m_pages->addWidget(m_start);
    m_pages->addWidget(m_train);
    column->addWidget(m_banner);
    column->addWidget(m_pages, 1);
    column->addWidget(m_status);
    setCentralWidget(middle);
    m_tray->setParent(this);
    m_tray->hide();
    m_dropHint = new QLabel(this);
    m_dropHint->setAlignment(Qt::AlignCenter);
    m_dropHint->setAutoFillBackground(true);
    m_dropHint->setFrameShape(QFrame::StyledPanel);
    m_dropHint->hide();
}

void MainWindow::openRun(const std::string& folder) {
    m_train->openRun(folder);
    showTrain();
}

void MainWindow::startWith(const std::string& dataset, const std::string& preset) {
    m_train->setup()->chooseData(dataset);
    if (!preset.empty()) m_train->setup()->choosePreset(preset);
    showTrain();
    m_pendingStart = !m_bridge->ready() && !m_bridge->loadError();
    m_pendingData = dataset;
    m_pendingPreset = preset;
    if (m_bridge->ready()) m_train->setup()->startNow();
}

void MainWindow::chooseFolder(const std::string& folder) {
    m_train->newRun();
    m_train->setup()->chooseData("folder:" + folder);
    showTrain();
}

void MainWindow::showStart() {
    m_pages->setCurrentWidget(m_start);
    if (RunRecord* newest = m_train->newestRun()) {
        if (!newest->loaded() && newest->job() == 0) {
            newest->load();
            connect(newest, &RunRecord::framesChanged, m_start, [this, newest] { m_start->setNewestRun(newest->frames()); });
        }
        m_start->setNewestRun(newest->frames());
    }
    refreshActions();
}

void MainWindow::showTrain() {
    m_pages->setCurrentWidget(m_train);
    refreshActions();
    refreshStatus();
}

void MainWindow::setTheme(bool dark) {
    const ThemeId theme = dark ? ThemeId::Dark : ThemeId::Light;
    m_preferences->setTheme(theme);
    applyTheme(*qApp, theme, m_language->chinese());
    refreshActions();
}

void MainWindow::setLanguage(const QString& language) {
    m_preferences->setLanguage(language);
    m_language->use(language);
    applyTheme(*qApp, m_preferences->theme(), m_language->chinese());
    refreshStatus();  // the font has changed, and with it what fits
}

void MainWindow::refreshStatus() {
    RunRecord* record = m_train->current();
    if (m_closing)
        m_status->setSentence(tr("Imago closes when the training has ended."));
    else if (record && m_pages->currentWidget() == m_train)
        m_status->setSentence(record->name() + " · " + record->sentence());
    else if (m_bridge->loadError())
        m_status->setSentence(messageText(*m_bridge->loadError()));
    else if (!m_bridge->ready())
        m_status->setSentence(tr("Loading the engine."));
    else
        m_status->setSentence(tr("Ready."));
    if (record && record->hasProgress() && record->state() == RunState::Running)
        m_status->setProgress(record->progress());
    else
        m_status->clearFigures();
    m_device->setText(m_device->fontMetrics().elidedText(m_bridge->device(), Qt::ElideMiddle, measure::deviceWidth));
    m_device->setToolTip(tr("Where the computing happens") + (m_bridge->ready() ? "\n" + m_bridge->device() : QString()));
    const int jobs = m_tray->active();
    m_jobs->setText(jobs == 0 ? tr("Jobs") : tr("Jobs %1").arg(jobs));
    refreshActions();
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (!m_train->activeRuns().empty()) {
        event->ignore();
        if (!m_closing) askBeforeClose();
        return;
    }
    m_preferences->settings->setValue("geometry", saveGeometry());
    m_preferences->settings->setValue("train-layout-1", m_train->saveState(1));
    event->accept();
}

void MainWindow::askBeforeClose() {
    if (m_question) return m_question->raise();
    m_question = new QMessageBox(QMessageBox::Question, tr("Close Imago"), tr("A training is still going. Save it before Imago closes?"),
                                 QMessageBox::NoButton, this);
    m_question->setAttribute(Qt::WA_DeleteOnClose);
    m_question->setInformativeText(tr("A saved training can go on later, exactly from where it stopped."));
    auto* save = m_question->addButton(tr("Stop and save"), QMessageBox::AcceptRole);
    auto* discard = m_question->addButton(tr("Stop without saving"), QMessageBox::DestructiveRole);
    auto* keep = m_question->addButton(tr("Keep training"), QMessageBox::RejectRole);
    save->setObjectName("close-save");
    discard->setObjectName("close-discard");
    keep->setObjectName("close-keep");
    m_question->setDefaultButton(save);
    m_question->setEscapeButton(keep);
    connect(m_question, &QMessageBox::buttonClicked, this, [this, save, discard](QAbstractButton* button) {
        m_question = nullptr;
        if (button != save && button != discard) return;
        m_closing = true;
        m_train->stopAll(button == save);
        refreshStatus();
        if (m_train->activeRuns().empty()) close();
    });
    m_question->open();
}

void MainWindow::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) retranslate();
    QMainWindow::changeEvent(event);
}

void MainWindow::resizeEvent(QResizeEvent* event) {
    QMainWindow::resizeEvent(event);
    placeOverlays();
}

void MainWindow::placeOverlays() {
    const int bottom = height() - m_status->height();
    m_tray->setGeometry(width() - m_tray->width(), measure::topBar, m_tray->width(), bottom - measure::topBar);
    m_dropHint->setGeometry(width() / 2 - 240, height() / 2 - 60, 480, 120);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    const auto urls = event->mimeData()->urls();
    if (urls.isEmpty() || !urls.front().isLocalFile()) return;
    const QFileInfo info(urls.front().toLocalFile());
    if (!info.isDir()) return;
    const bool run = QFileInfo::exists(info.filePath() + "/run.json");
    m_dropHint->setText(run ? tr("Drop to open this run") : tr("Drop to teach Imago the pictures in “%1”").arg(info.fileName()));
    m_dropHint->show();
    m_dropHint->raise();
    event->acceptProposedAction();
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent*) {
    m_dropHint->hide();
}

void MainWindow::dropEvent(QDropEvent* event) {
    m_dropHint->hide();
    const QString folder = event->mimeData()->urls().front().toLocalFile();
    if (QFileInfo::exists(folder + "/run.json"))
        openRun(folder.toStdString());
    else
        chooseFolder(folder.toStdString());
    event->acceptProposedAction();
}

}  // namespace imago
