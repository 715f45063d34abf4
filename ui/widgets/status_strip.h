// StatusStrip: the bottom line: what is happening in one sentence; memory, speed and step in figures of one width. GUI thread.
#pragma once

#include <QWidget>

#include "core/engine/event.h"

class QLabel;

namespace imago {

class ElidedLabel;

class StatusStrip : public QWidget {
    Q_OBJECT
  public:
    explicit StatusStrip(QWidget* parent = nullptr);
    void setSentence(const QString& text);
    void setProgress(const JobProgress& progress);  // done < 0 clears the figures
    void clearFigures();
    QString sentence() const;
    QString figures() const;

  protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

  private:
    void refresh();
    ElidedLabel* m_sentence;
    QLabel* m_memory;
    QLabel* m_speed;
    QLabel* m_step;
    JobProgress m_progress;
    bool m_known = false;
};

// "about 2 h 10 min left"; empty when not known.
QString timeLeftText(double seconds);
QString rateText(double imagesPerSecond);  // with a tenth where it is slow
QString durationText(double seconds);

}  // namespace imago
