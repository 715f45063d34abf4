// RunRecord: one run as the window knows it: curves, pictures, marks, state. The same functions fill it live, from the
// files of a finished run, and from a run that another process writes. GUI thread.
#pragma once

#include <QObject>
#include <QString>
#include <memory>

#include "core/engine/event.h"
#include "core/engine/run.h"
#include "ui/bridge/catalogue.h"
#include "ui/bridge/run_follower.h"
#include "ui/bridge/run_glances.h"
#include "ui/plots/loss_plot.h"
#include "ui/widgets/preview_frame.h"

namespace imago {

// Its folder's name as people say it; brief: today's without their day, older ones without their time.
QString runName(const std::string& folder, bool brief = false);

class RunRecord : public QObject {
    Q_OBJECT
  public:
    explicit RunRecord(std::string folder, QObject* parent = nullptr);

    void setCatalogue(const Catalogue* catalogue) { m_catalogue = catalogue; }  // for the words of settings; not owned

    const std::string& folder() const { return m_folder; }
    QString name(bool brief = false) const;  // the user's own, else of its folder
    JobId job() const { return m_job; }      // 0: not ours, or ended
    bool active() const;                     // queued, running, paused or stopping
    RunState state() const { return m_state; }
    bool elsewhere() const { return m_elsewhere; }  // another process writes it
    QString sentence() const;                       // what it is doing, in one sentence
    const JobProgress& progress() const { return m_progress; }
    bool hasProgress() const { return m_hasProgress; }
    CurveSet& curves() { return m_curves; }
    const PreviewFrames& frames() const { return m_frames; }  // samples
    const PreviewFrames& copies() const { return m_copies; }  // real pictures over what the model makes of them; may be none
    const std::vector<PlotMark>& marks() const { return m_marks; }
    const RunInfo& info() const { return m_info; }
    std::string text(const char* key) const;                      // of run.json; empty: not there
    std::optional<Json> config(const FamilyEntry* family) const;  // as it trains now, live changes included; once it has begun
    bool loaded() const { return m_loaded; }
    bool unsaved() const { return m_unsaved; }  // steps after the last saved moment
    const std::optional<Error>& error() const { return m_error; }
    std::int64_t lastStep() const { return m_curves.lastStep(); }
    double trainedSeconds() const { return m_trainedSeconds; }  // negative: not known
    const RunGlance& glance() const { return m_glance; }        // for the list: newest picture, step, state

    void load();                                             // from its files, followed while another process writes
    void setGlance(const RunGlance& glance);                 // what is known of it while it is not loaded
    void submitted(JobId job, const TrainRequest& request);  // queued by us
    void started(JobId job, const JobStarted& started);
    void setState(RunState state);
    void setProgress(const JobProgress& progress);
    void append(const MetricBatch& batch);
    void addPreview(const PreviewReady& preview, const QImage& decoded = {});
    void addCheckpoint(const CheckpointSaved& saved);
    void addNotice(const Notice& notice);
    void changeLive(const LiveChanged& change);
    void resumed(const Resumed& resumed);
    void finished(const JobFinished& finished);

  Q_SIGNALS:
    void curvesChanged();
    void framesChanged();
    void stateChanged();
    void progressChanged();
    void noticeAdded(const Notice& notice);

  private:
    void apply(const RunUpdate& update);
    void applyEvent(const Json& json);
    void goBack(std::int64_t step);
    void mark(const Notice& notice);
    void refreshGlance();

    std::string m_folder;
    JobId m_job = 0;
    RunState m_state = RunState::Stopped;
    std::optional<RunState> m_ended;  // as its own last words have it
    bool m_elsewhere = false, m_loaded = false, m_hasProgress = false, m_unsaved = false;
    std::optional<Error> m_error, m_health;
    JobProgress m_progress;
    CurveSet m_curves;
    PreviewFrames m_frames, m_copies;
    std::vector<PlotMark> m_marks;
    RunInfo m_info;
    std::vector<LiveChanged> m_live;
    const Catalogue* m_catalogue = nullptr;
    double m_trainedSeconds = -1;
    RunGlance m_glance;
    std::unique_ptr<RunFollower> m_follower;
};

}  // namespace imago
