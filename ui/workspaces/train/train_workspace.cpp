#include "ui/workspaces/train/train_workspace.h"

#include <QDateTime>
#include <QDockWidget>
#include <QEvent>
#include <QMessageBox>
#include <QPushButton>
#include <algorithm>
#include <filesystem>

#include "core/engine/run.h"
#include "ui/bridge/job_port.h"
#include "ui/bridge/run_glances.h"
#include "ui/bridge/studio_bridge.h"
#include "ui/forms/schema_form.h"
#include "ui/theme/measures.h"
#include "ui/theme/palette.h"
#include "ui/workspaces/train/live_view.h"
#include "ui/workspaces/train/run_record.h"
#include "ui/workspaces/train/runs_list.h"
#include "ui/workspaces/train/setup_panel.h"

namespace imago {

TrainWorkspace::TrainWorkspace(const WorkspaceContext& context, QWidget* parent)
    : Workspace(context.bridge, parent),
      m_bridge(context.bridge),
      m_root(context.runsRoot),
      m_live(new LiveView(this)),
      m_list(new RunsList),
      m_setup(new SetupPanel(context.bridge, context.catalogue)),
      m_glances(new RunGlances(this)) {
    m_setup->setMinimumWidth(300);
    m_list->setMinimumWidth(208);
    setCentralWidget(m_live);
    m_runsDock = addPanel("runs", m_list, Qt::LeftDockWidgetArea, measure::runsWidth);
    m_setupDock = addPanel("setup", m_setup, Qt::RightDockWidgetArea, measure::setupWidth);
    connectJobs();
    connectPanels();
    retranslate();
}

void TrainWorkspace::connectPanels() {
    connect(m_setup, &SetupPanel::startWanted, this, &TrainWorkspace::start);
    connect(m_setup, &SetupPanel::liveEdited, this, [this](const std::string& path, const Json& value) {
        if (current() && current()->job()) jobs()->update(current()->job(), path, value);
    });
    connect(m_list, &RunsList::opened, this, &TrainWorkspace::openRun);
    connect(m_list, &RunsList::newRunWanted, this, &TrainWorkspace::newRun);
    connect(m_live, &LiveView::pauseWanted, this, &TrainWorkspace::pauseCurrent);
    connect(m_live, &LiveView::stopWanted, this, [this] { stopCurrent(true); });
    connect(m_live, &LiveView::discardWanted, this, &TrainWorkspace::discardCurrent);
    connect(m_live, &LiveView::sampleWanted, this, [this] { controlCurrent("sample_now"); });
    connect(m_live, &LiveView::saveWanted, this, [this] { controlCurrent("save_now"); });
    connect(m_live, &LiveView::continueWanted, this, [this] {
        if (current()) continueRun(current());
    });
    connect(m_live, &LiveView::moreWanted, this, [this](double minutes) {
        if (current()) trainLonger(current(), minutes);
    });
    connect(m_bridge, &StudioBridge::engineReady, this, [this] {
        if (const auto later = std::exchange(m_startLater, {})) startWith(later->first, later->second);
    });
    connect(m_glances, &RunGlances::seen, this, [this](const std::string& folder, const RunGlance& glance) {
        for (const auto& record : m_records)
            if (record->folder() == folder) record->setGlance(glance);
    });
}

TrainWorkspace::~TrainWorkspace() {
    m_live->setRecord(nullptr);
}

void TrainWorkspace::connectJobs() {
    connect(jobs(), &JobPort::jobStarted, this, [this](JobId job, const JobStarted& started) {
        if (RunRecord* record = recordOf(job))
            record->started(job, started);
        else
            return;
        refreshSetup();
    });
    connect(jobs(), &JobPort::jobState, this, [this](JobId job, RunState state) {
        if (RunRecord* record = recordOf(job)) record->setState(state);
    });
    connect(jobs(), &JobPort::jobProgress, this, [this](JobId job, const JobProgress& progress) {
        if (RunRecord* record = recordOf(job)) record->setProgress(progress);
    });
    connect(jobs(), &JobPort::metrics, this, [this](JobId job, const MetricBatch& batch) {
        if (RunRecord* record = recordOf(job)) record->append(batch);
    });
    connect(jobs(), &JobPort::preview, this, [this](JobId job, const PreviewReady& preview) {
        if (RunRecord* record = recordOf(job)) record->addPreview(preview);
    });
    connect(jobs(), &JobPort::checkpoint, this, [this](JobId job, const CheckpointSaved& saved) {
        if (RunRecord* record = recordOf(job)) record->addCheckpoint(saved);
    });
    connect(jobs(), &JobPort::notice, this, [this](JobId job, const Notice& notice) {
        if (RunRecord* record = recordOf(job)) record->addNotice(notice);
    });
    connect(jobs(), &JobPort::liveChanged, this, [this](JobId job, const LiveChanged& change) {
        if (RunRecord* record = recordOf(job)) record->changeLive(change);
    });
    connect(jobs(), &JobPort::resumed, this, [this](JobId job, const Resumed& resumed) {
        if (RunRecord* record = recordOf(job)) record->resumed(resumed);
    });
    connect(jobs(), &JobPort::jobFinished, this, [this](JobId job, const JobFinished& finished) {
        RunRecord* record = recordOf(job);
        if (!record) return;
        m_running.erase(job);
        record->finished(finished);
        refreshSetup();
    });
}

RunRecord* TrainWorkspace::recordOf(JobId job) const {
    const auto it = m_running.find(job);
    return it == m_running.end() ? nullptr : it->second;
}

RunRecord* TrainWorkspace::ensure(const std::string& folder) {
    for (const auto& record : m_records)
        if (record->folder() == folder) return record.get();
    m_records.insert(m_records.begin(), std::make_unique<RunRecord>(folder));
    RunRecord* record = m_records.front().get();
    record->setCatalogue(&m_setup->catalogue());
    const auto changed = [this, record] {
        m_list->refresh(record);
        if (record == current()) Q_EMIT statusChanged();
    };
    connect(record, &RunRecord::stateChanged, this, changed);
    connect(record, &RunRecord::framesChanged, this, changed);
    connect(record, &RunRecord::progressChanged, this, changed);
    return record;
}

void TrainWorkspace::start(TrainRequest request) {
    if (request.run.empty()) request.run = freshFolder(request);
    submitTraining(request);
}

void TrainWorkspace::submitTraining(const TrainRequest& request) {
    auto job = jobs()->submit(request);
    if (!job) {
        m_setup->showError(job.error());
        if (!m_setup->form()->row(job.error().field)) m_live->showBanner(NoticeLevel::Error, job.error());
        return;
    }
    RunRecord* record = ensure(request.run);
    m_running[*job] = record;
    record->submitted(*job, request);
    select(record);
    refreshList();
}

std::string TrainWorkspace::freshFolder(const TrainRequest& request) const {
    QString what = QString::fromStdString(request.data.substr(request.data.rfind('/') + 1));
    if (request.data == "fashion-mnist") what = "clothes";
    if (request.data == "glyphs:emoji") what = "emoji";
    for (QChar& c : what)
        if (!c.isLetterOrNumber()) c = '-';
    const std::string base = what.toStdString() + "-" + QDateTime::currentDateTime().toString("yyyyMMdd-HHmm").toStdString();
    namespace fs = std::filesystem;
    std::string folder = (fs::path(m_root) / base).string();
    const auto taken = [this](const std::string& f) {  // a run that waits has no folder yet
        return fs::exists(f) || std::any_of(m_records.begin(), m_records.end(), [&](const auto& record) { return record->folder() == f; });
    };
    for (int n = 2; taken(folder); ++n) folder = (fs::path(m_root) / (base + "-" + std::to_string(n))).string();
    return folder;
}

void TrainWorkspace::listRunsFolder() {
    const auto folders = imago::listRuns(m_root);
    for (auto it = folders.rbegin(); it != folders.rend(); ++it) ensure(it->string());
    refreshList();
    std::vector<std::string> unseen;
    for (const auto& record : m_records)
        if (!record->glance().known) unseen.push_back(record->folder());
    m_glances->look(std::move(unseen));
}

RunRecord* TrainWorkspace::newestRun() const {
    return m_records.empty() ? nullptr : m_records.front().get();
}

RunRecord* TrainWorkspace::openRun(const std::string& folder) {
    RunRecord* record = ensure(folder);
    if (!record->loaded() && record->job() == 0 && !record->error()) record->load();
    select(record);
    refreshList();
    return record;
}

// It keeps what it was started with, live changes included: nothing but the folder is said.
void TrainWorkspace::continueRun(RunRecord* record) {
    TrainRequest request;
    request.run = record->folder();
    request.resume = true;
    submitTraining(request);
}

void TrainWorkspace::trainLonger(RunRecord* record, double minutes) {
    TrainRequest request;
    request.run = record->folder();
    request.resume = true;
    request.minutes = std::max(0.0, record->trainedSeconds()) / 60 + minutes;
    submitTraining(request);
}

void TrainWorkspace::newRun() {
    select(nullptr);
    refreshList();
    m_setupDock->show();
    m_setupDock->raise();
    m_setup->focusFirst();
}

void TrainWorkspace::chooseFolder(const std::string& folder) {
    newRun();
    m_setup->chooseData("folder:" + folder);
}

void TrainWorkspace::startWith(const std::string& dataset, const std::string& preset) {
    m_setup->chooseData(dataset);
    if (!preset.empty()) m_setup->choosePreset(preset);
    Q_EMIT showWanted();
    m_startLater.reset();
    if (m_bridge->ready())
        m_setup->startNow();
    else if (!m_bridge->loadError())
        m_startLater = {dataset, preset};
}

RunRecord* TrainWorkspace::current() const {
    return m_live->record();
}

void TrainWorkspace::select(RunRecord* record) {
    m_live->setRecord(record);
    // What never became a run, or is gone from the disk, leaves the list once another is looked at.
    std::erase_if(m_records, [&](const auto& other) {
        return other.get() != record && other->job() == 0 && !std::filesystem::exists(other->folder() + "/run.json");
    });
    refreshSetup();
    Q_EMIT showWanted();
    Q_EMIT statusChanged();
}

void TrainWorkspace::refreshSetup() {
    RunRecord* record = current();
    if (record && record->job())
        m_setup->showLive(record);
    else
        m_setup->showSetup();
}

void TrainWorkspace::refreshList() {
    std::vector<RunRecord*> records;
    for (const auto& record : m_records) records.push_back(record.get());
    m_list->setRecords(records, current());
}

void TrainWorkspace::pauseCurrent() {
    RunRecord* record = current();
    if (!record || !record->job()) return;
    if (record->state() == RunState::Paused)
        jobs()->resume(record->job());
    else if (record->state() == RunState::Running)
        jobs()->pause(record->job());
}

void TrainWorkspace::stopCurrent(bool save) {
    if (current() && current()->job()) stopJob(current()->job(), save);
}

void TrainWorkspace::stopJob(JobId job, bool save) {
    RunRecord* record = recordOf(job);
    if (!record) return;  // it has ended meanwhile
    record->setState(RunState::Stopping);
    if (save)
        jobs()->stop(job);
    else
        jobs()->stopWithoutSaving(job);
}

void TrainWorkspace::discardCurrent() {
    RunRecord* record = current();
    if (!record || !record->job() || m_question) return;
    if (!record->unsaved()) return stopCurrent(false);
    m_question = new QMessageBox(QMessageBox::Question, tr("Stop without saving"),
                                 tr("Stop without saving? What it has learned since the last saved moment is lost."), QMessageBox::NoButton,
                                 window());
    m_question->setAttribute(Qt::WA_DeleteOnClose);
    auto* discard = m_question->addButton(tr("Stop without saving"), QMessageBox::DestructiveRole);
    auto* save = m_question->addButton(tr("Stop and save"), QMessageBox::AcceptRole);
    auto* keep = m_question->addButton(tr("Keep training"), QMessageBox::RejectRole);
    discard->setObjectName("discard");
    m_question->setDefaultButton(keep);
    m_question->setEscapeButton(keep);
    const JobId job = record->job();
    connect(m_question, &QMessageBox::buttonClicked, this, [this, job, discard, save](QAbstractButton* button) {
        if (button == discard || button == save) stopJob(job, button == save);
    });
    m_question->open();
}

void TrainWorkspace::controlCurrent(const std::string& verb) {
    if (current() && current()->job()) jobs()->control(current()->job(), verb);
}

void TrainWorkspace::retranslate() {
    m_runsDock->setWindowTitle(tr("Runs"));
    m_setupDock->setWindowTitle(tr("Setup"));
}

void TrainWorkspace::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) {
        retranslate();
        Q_EMIT statusChanged();
    }
    Workspace::changeEvent(event);
}

}  // namespace imago
