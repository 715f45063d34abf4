// TrainWorkspace: runs at the left, one run in the middle, setup at the right; it turns clicks into requests and events
// into what the run in the middle shows. GUI thread.
#pragma once

#include <QMainWindow>
#include <QMessageBox>
#include <QPointer>
#include <map>
#include <memory>
#include <vector>

#include "core/engine/request.h"
#include "ui/bridge/catalogue.h"

class QDockWidget;

namespace imago {

class LiveView;
class RunGlances;
class RunRecord;
class RunsList;
class SetupPanel;
class StudioBridge;

class TrainWorkspace : public QMainWindow {
    Q_OBJECT
  public:
    TrainWorkspace(StudioBridge* bridge, Catalogue catalogue, std::string runsRoot, QWidget* parent = nullptr);
    ~TrainWorkspace() override;

    void start(TrainRequest request);  // fills in the run folder if it has none
    RunRecord* openRun(const std::string& folder);
    void continueRun(RunRecord* record);                  // to its planned end
    void trainLonger(RunRecord* record, double minutes);  // beyond what it has trained
    void newRun();
    void listRunsFolder();  // reads the runs folder
    RunRecord* current() const;
    std::vector<RunRecord*> activeRuns() const;  // of ours
    void pauseCurrent();
    void stopCurrent(bool save);
    void discardCurrent();                         // asks first when something would be lost
    void controlCurrent(const std::string& verb);  // "sample_now", "save_now"
    void stopAll(bool save);
    void setDocksVisible(bool visible);
    bool docksVisible() const;
    void resetLayout();
    RunRecord* newestRun() const;
    QMessageBox* discardQuestion() const { return m_question; }

    SetupPanel* setup() const { return m_setup; }
    LiveView* live() const { return m_live; }
    RunsList* list() const { return m_list; }

  Q_SIGNALS:
    void statusChanged();  // sentence or figures of the current run
    void currentChanged();
    void runEnded(bool failed);

  protected:
    void changeEvent(QEvent* event) override;

  private:
    RunRecord* recordOf(JobId job) const;
    RunRecord* ensure(const std::string& folder);
    void select(RunRecord* record);
    void submitTraining(const TrainRequest& request);
    void connectPanels();
    void stopJob(JobId job, bool save);
    void connectBridge();
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
    QDockWidget *m_runsDock, *m_setupDock;
    QPointer<QMessageBox> m_question;
    std::vector<std::unique_ptr<RunRecord>> m_records;  // newest first
    std::map<JobId, RunRecord*> m_jobs;
    QByteArray m_firstLayout;
};

}  // namespace imago
