// JobTray: what the engine is doing, from the right edge: title, progress, cancel, and errors with their remedy. What has
// ended well leaves by itself; a failure stays until it is dismissed; quiet jobs are not shown. GUI thread.
#pragma once

#include <QFrame>
#include <map>
#include <vector>

#include "ui/bridge/job_words.h"
#include "ui/theme/measures.h"

class QVBoxLayout;
class QLabel;

namespace imago {

class JobPort;
class StudioBridge;
class JobRow;

class JobTray : public QFrame {
    Q_OBJECT
  public:
    explicit JobTray(StudioBridge* bridge, QWidget* parent = nullptr);
    void addWords(std::span<const JobWords> words);
    void setLinger(int ms) { m_lingerMs = ms; }  // how long an ended job stays
    int active() const;                          // jobs that have not ended
    int rows() const { return int(m_rows.size()); }

  Q_SIGNALS:
    void activeChanged(int active);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

  private:
    void retranslate();
    void connectJobs();
    void addRow(JobId job, const JobStarted& started);
    void removeRow(JobId job);
    JobPort* m_jobs;
    std::vector<JobWords> m_words;
    int m_lingerMs = measure::trayLingerMs;
    QVBoxLayout* m_column;
    QLabel* m_title;
    QLabel* m_empty;
    std::map<JobId, JobRow*> m_rows;
};

}  // namespace imago
