// TrainWorkspace: runs at the left, one run in the middle, setup at the right; it turns clicks into requests and events
// into what the run in the middle shows. GUI thread.
#pragma once

#include <QMessageBox>
#include <QPointer>
#include <map>
#include <memory>
#include <vector>

#include "core/engine/request.h"
#include "ui/workspace.h"

namespace imago {

class LiveView;
class RunGlances;
class RunRecord;
class RunsList;
class SetupPanel;

class TrainWorkspace : public Workspace {
    Q_OBJECT
  public:
    explicit TrainWorkspace(const WorkspaceContext& context, QWidget* parent = nullptr);
    ~TrainWorkspace() override;

    // As a workspace (train_frame.cpp)
    static QList<QCommandLineOption> options();
    const ActionRow& tab() const override;
    QString menuTitle() const override;
    std::vector<Command> commands() override;
    bool allows(const QString& command) const override;
    std::vector<Door*> makeDoors() override;
    void refreshDoors() override;
    bool begin(const QCommandLineParser& asked) override;
    QString offer(const QString& path) const override;
    void open(const QString& path) override;  // a run, or a folder of pictures
    QString status() const override;
    const JobProgress* progress() const override;
    std::span<const JobWords> jobWords() const override;

    void start(TrainRequest request);  // fills in the run folder if it has none
    RunRecord* openRun(const std::string& folder);
    void continueRun(RunRecord* record);                  // to its planned end
    void trainLonger(RunRecord* record, double minutes);  // beyond what it has trained
    void newRun();
    void chooseFolder(const std::string& folder);                           // of pictures, for another training
    void startWith(const std::string& dataset, const std::string& preset);  // as soon as the engine is there
    void listRunsFolder();                                                  // reads the runs folder
    RunRecord* current() const;
    void pauseCurrent();
    void stopCurrent(bool save);
    void discardCurrent();                         // asks first when something would be lost
    void controlCurrent(const std::string& verb);  // "sample_now", "save_now"
    RunRecord* newestRun() const;
    QMessageBox* discardQuestion() const { return m_question; }

    SetupPanel* setup() const { return m_setup; }
    LiveView* live() const { return m_live; }
    RunsList* list() const { return m_list; }

  protected:
    void changeEvent(QEvent* event) override;

  private:
    RunRecord* recordOf(JobId job) const;
    RunRecord* ensure(const std::string& folder);
    void select(RunRecord* record);
    void submitTraining(const TrainRequest& request);
    void connectPanels();
    void browseFolder();
    void browseRun();
    void stopJob(JobId job, bool save);
    void connectJobs();
    void refreshSetup();
    void refreshList();
    void retranslate();
    std::string freshFolder(const TrainRequest& request) const;

    StudioBridge* m_bridge;
    std::string m_root;
    LiveView* m_live;
    RunsList* m_list;
    SetupPanel* m_setup;
    RunGlances* m_glances;
    QDockWidget *m_runsDock = nullptr, *m_setupDock = nullptr;
    QPointer<QMessageBox> m_question;
    std::vector<std::unique_ptr<RunRecord>> m_records;  // newest first
    std::map<JobId, RunRecord*> m_running;
    std::optional<std::pair<std::string, std::string>> m_startLater;  // data, preset: once there is an engine
    QPointer<Door> m_runDoor;                                         // on the start page
};

}  // namespace imago
