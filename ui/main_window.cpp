#include "ui/main_window.h"

#include <QApplication>
#include <QCloseEvent>
#include <QDragEnterEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <functional>
#include <iterator>

#include "ui/actions.h"
#include "ui/bridge/core_text.h"
#include "ui/bridge/job_port.h"
#include "ui/bridge/studio_bridge.h"
#include "ui/preferences.h"
#include "ui/start_page.h"
#include "ui/theme/icons.h"
#include "ui/theme/measures.h"
#include "ui/theme/theme.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/door.h"
#include "ui/widgets/job_tray.h"
#include "ui/widgets/status_strip.h"
#include "ui/workspace.h"

namespace imago {

namespace {

std::vector<Door*> doorsOf(const std::vector<std::unique_ptr<Workspace>>& workspaces) {
    std::vector<Door*> doors;
    for (const auto& workspace : workspaces) std::ranges::copy(workspace->makeDoors(), std::back_inserter(doors));
    return doors;
}

QString layoutKey(const Workspace& workspace) {
    return QString("%1-layout-1").arg(workspace.tab().id);
}

}  // namespace

MainWindow::MainWindow(StudioBridge* bridge, std::vector<std::unique_ptr<Workspace>> workspaces, Preferences* preferences,
                       Language* language)
    : m_bridge(bridge),
      m_preferences(preferences),
      m_language(language),
      m_actions(new ActionRegistry(this)),
      m_current(workspaces.front().get()),
      m_start(new StartPage(doorsOf(workspaces))),
      m_tray(new JobTray(bridge, this)),
      m_status(new StatusStrip(this)),
      m_banner(new Banner(this)),
      m_pages(new QStackedWidget(this)) {
    setMinimumSize(measure::minWindowWidth, measure::minWindowHeight);
    setWindowIcon(applicationIcon());
    setAcceptDrops(true);
    for (auto& workspace : workspaces) m_rooms.push_back({workspace.release(), nullptr});  // the pages own them
    buildActions();
    buildFrame();
    for (const Room& room : m_rooms) connectRoom(room);
    connect(m_tray, &JobTray::activeChanged, this, &MainWindow::refreshStatus);
    connect(&m_undo, &QUndoGroup::canUndoChanged, this, &MainWindow::refreshActions);
    connect(&m_undo, &QUndoGroup::canRedoChanged, this, &MainWindow::refreshActions);
    connect(bridge, &StudioBridge::engineReady, this, [this] {
        m_banner->dismiss();
        refreshStatus();
    });
    connect(bridge, &StudioBridge::engineFailed, this, [this](const Error& error) {
        m_banner->show(NoticeLevel::Error, error);
        refreshStatus();
    });
    retranslate();
    showStart();
}

MainWindow::~MainWindow() = default;

void MainWindow::connectRoom(const Room& room) {
    Workspace* workspace = room.workspace;
    m_tray->addWords(workspace->jobWords());
    if (QUndoStack* stack = workspace->undoStack()) m_undo.addStack(stack);
    connect(workspace, &Workspace::statusChanged, this, &MainWindow::refreshStatus);
    connect(workspace, &Workspace::showWanted, this, [this, workspace] { showWorkspace(workspace); });
    connect(workspace->jobs(), &JobPort::workEnded, this, [this](bool failed) {
        if (failed) m_closing = false;  // what could not be saved is worth a look
        closeWhenDone();
        QApplication::alert(this);  // does nothing while the window is in front
        refreshStatus();
    });
}

void MainWindow::buildFrame() {
    auto* top = new QWidget(this);
    top->setFixedHeight(measure::topBar);
    auto* row = new QHBoxLayout(top);
    row->setContentsMargins(measure::gap, 0, measure::padding, 0);
    row->setSpacing(measure::gap);
    m_menus = new QMenuBar(top);
    m_menus->setNativeMenuBar(false);
    m_menus->setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Fixed);
    const auto tab = [&](QAction* action) {
        auto* button = new QToolButton(top);
        button->setDefaultAction(action);
        button->setAutoRaise(true);
        row->addWidget(button);
        return button;
    };
    m_home = tab((*m_actions)["start"]);
    m_home->setToolButtonStyle(Qt::ToolButtonIconOnly);
    row->addWidget(m_menus);
    row->addSpacing(measure::groupGap);
    for (const Room& room : m_rooms) tab(room.tab)->setToolButtonStyle(Qt::ToolButtonTextOnly);
    row->addStretch(1);
    m_search = new QPushButton(themedIcon("search"), {}, top);
    connect(m_search, &QPushButton::clicked, (*m_actions)["palette"], &QAction::trigger);
    row->addWidget(m_search);
    m_device = new CaptionLabel(top);
    row->addWidget(m_device);
    m_jobs = tab((*m_actions)["jobs"]);
    m_jobs->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    buildMenus();
    setMenuWidget(top);

    auto* middle = new QWidget(this);
    auto* column = new QVBoxLayout(middle);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    m_pages->addWidget(m_start);
    for (const Room& room : m_rooms) m_pages->addWidget(room.workspace);
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

void MainWindow::restoreLayout() {
    resize(measure::firstWindowWidth, measure::firstWindowHeight);
    restoreGeometry(m_preferences->settings->value("geometry").toByteArray());
    for (const Room& room : m_rooms)
        room.workspace->setLayoutState(m_preferences->settings->value(layoutKey(*room.workspace)).toByteArray());
}

void MainWindow::begin(const QCommandLineParser& asked) {
    bool any = false;
    for (const Room& room : m_rooms)
        if (room.workspace->begin(asked)) any = true;
    if (!any) showStart();
}

Workspace* MainWindow::workspace(const QString& id) const {
    for (const Room& room : m_rooms)
        if (id == room.workspace->tab().id) return room.workspace;
    return nullptr;
}

// The one that is shown is asked first.
Workspace* MainWindow::takerOf(const QString& path) const {
    if (!m_current->offer(path).isEmpty()) return m_current;
    for (const Room& room : m_rooms)
        if (!room.workspace->offer(path).isEmpty()) return room.workspace;
    return nullptr;
}

bool MainWindow::open(const QString& path) {
    Workspace* taker = takerOf(path);
    if (!taker) return false;
    showWorkspace(taker);
    taker->open(path);
    return true;
}

void MainWindow::showStart() {
    m_pages->setCurrentWidget(m_start);
    m_undo.setActiveStack(nullptr);
    for (const Room& room : m_rooms) room.workspace->refreshDoors();
    refreshStatus();
}

void MainWindow::showWorkspace(Workspace* workspace) {
    m_current = workspace;
    m_pages->setCurrentWidget(workspace);
    m_undo.setActiveStack(workspace->undoStack());
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
    const QString sentence = m_pages->currentWidget() == m_current ? m_current->status() : QString();
    if (m_closing)
        m_status->setSentence(tr("Imago closes when everything has ended."));
    else if (!sentence.isEmpty())
        m_status->setSentence(sentence);
    else if (m_bridge->loadError())
        m_status->setSentence(messageText(*m_bridge->loadError()));
    else if (!m_bridge->ready())
        m_status->setSentence(tr("Loading the engine."));
    else
        m_status->setSentence(tr("Ready."));
    if (const JobProgress* progress = m_current->progress())
        m_status->setProgress(*progress);
    else
        m_status->clearFigures();
    m_device->setText(m_device->fontMetrics().elidedText(m_bridge->device(), Qt::ElideMiddle, measure::deviceWidth));
    m_device->setToolTip(tr("Where the computing happens") + (m_bridge->ready() ? "\n" + m_bridge->device() : QString()));
    refreshActions();
    const int jobs = m_tray->active();  // last: a button takes its action's words whenever that changes
    m_jobs->setText(jobs == 0 ? tr("Jobs") : tr("Jobs %1").arg(jobs));
}

std::vector<Unfinished> MainWindow::unfinished() const {
    std::vector<Unfinished> all;
    for (const Room& room : m_rooms) std::ranges::move(room.workspace->unfinished(), std::back_inserter(all));
    return all;
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (!unfinished().empty()) {
        event->ignore();
        if (!m_closing) askBeforeClose();
        return;
    }
    m_preferences->settings->setValue("geometry", saveGeometry());
    for (const Room& room : m_rooms) m_preferences->settings->setValue(layoutKey(*room.workspace), room.workspace->layoutState());
    event->accept();
}

void MainWindow::closeWhenDone() {
    if (m_closing && unfinished().empty()) close();
}

void MainWindow::askBeforeClose() {
    if (m_question) return m_question->raise();
    std::vector<Unfinished> work = unfinished();
    std::ranges::stable_partition(work, std::logical_not(), &Unfinished::saves);  // the question is about those that can be saved
    QStringList text, fates;
    int savable = 0;
    for (const Unfinished& part : work) {
        text << part.words.what;
        fates << part.words.fate;
        if (part.saves) savable += part.count;
    }
    text << (savable > 0 ? tr("Save it before Imago closes?", nullptr, savable) : tr("Close Imago all the same?"));
    m_question = new QMessageBox(QMessageBox::Question, tr("Close Imago"), joinSentences(text), QMessageBox::NoButton, this);
    m_question->setAttribute(Qt::WA_DeleteOnClose);
    m_question->setInformativeText(joinSentences(fates));
    QPushButton* save = savable > 0 ? m_question->addButton(tr("Stop and save"), QMessageBox::AcceptRole) : nullptr;
    auto* discard = m_question->addButton(save ? tr("Stop without saving") : tr("Stop and close"), QMessageBox::DestructiveRole);
    auto* keep = m_question->addButton(work.size() == 1 ? work.front().words.keep : tr("Keep going"), QMessageBox::RejectRole);
    if (save) save->setObjectName("close-save");
    discard->setObjectName("close-discard");
    keep->setObjectName("close-keep");
    m_question->setDefaultButton(save ? save : keep);
    m_question->setEscapeButton(keep);
    connect(m_question, &QMessageBox::buttonClicked, this, [this, save, discard](QAbstractButton* button) {
        m_question = nullptr;
        if (button != save && button != discard) return;
        m_closing = true;
        for (const Room& room : m_rooms) room.workspace->stopAll(button == save);
        refreshStatus();
        closeWhenDone();
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
    const QString path = urls.front().toLocalFile();
    const Workspace* taker = takerOf(path);
    if (!taker) return;
    m_dropHint->setText(taker->offer(path));
    m_dropHint->show();
    m_dropHint->raise();
    event->acceptProposedAction();
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent*) {
    m_dropHint->hide();
}

void MainWindow::dropEvent(QDropEvent* event) {
    m_dropHint->hide();
    if (!open(event->mimeData()->urls().front().toLocalFile())) return;
    event->acceptProposedAction();
}

}  // namespace imago
