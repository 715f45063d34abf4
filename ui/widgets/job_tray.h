// JobTray: what the engine is doing, from the right edge: title, progress, cancel, and errors with their remedy. GUI thread.
#pragma once

#include <QFrame>
#include <map>

#include "core/engine/event.h"

class QVBoxLayout;
class QLabel;

namespace imago {

class StudioBridge;
class JobRow;

class JobTray : public QFrame {
    Q_OBJECT
  public:
    explicit JobTray(StudioBridge* bridge, QWidget* parent = nullptr);
    int active() const;  // jobs that have not ended

  Q_SIGNALS:
    void activeChanged(int active);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

  private:
    void retranslate();
    StudioBridge* m_bridge;
    QVBoxLayout* m_column;
    QLabel* m_title;
    QLabel* m_empty;
    std::map<JobId, JobRow*> m_rows;
};

}  // namespace imago
