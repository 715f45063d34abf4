// LiveView: one run: what it is doing in words, its samples, its curve and its filmstrip under one cursor, and the verbs
// that fit its state. GUI thread.
#pragma once

#include <QWidget>

#include "core/engine/event.h"
#include "ui/widgets/preview_frame.h"

class QLabel;
class QMenu;
class QPushButton;
class QToolButton;
class QVBoxLayout;

namespace imago {

class Banner;
class ElidedLabel;
class Filmstrip;
class LossPlot;
class RunRecord;
class SampleGrid;
class StatePill;

class LiveView : public QWidget {
    Q_OBJECT
  public:
    explicit LiveView(QWidget* parent = nullptr);
    void setRecord(RunRecord* record);  // not owned; null: empty
    RunRecord* record() const { return m_record; }
    void showBanner(NoticeLevel level, const Error& what);

    LossPlot* plot() const { return m_plot; }
    SampleGrid* grid() const { return m_grid; }
    Filmstrip* filmstrip() const { return m_film; }
    StatePill* pill() const { return m_pill; }
    Banner* banner() const { return m_banner; }
    QToolButton* copiesButton() const { return m_copies; }
    QPushButton* pauseButton() const { return m_pause; }
    QPushButton* stopButton() const { return m_stop; }
    QPushButton* sampleButton() const { return m_sample; }
    QPushButton* saveButton() const { return m_save; }
    QPushButton* continueButton() const { return m_continue; }
    QPushButton* moreButton() const { return m_more; }
    QString sentence() const;
    QString timeLeft() const;

  Q_SIGNALS:
    void pauseWanted();  // or to go on, when it is paused
    void stopWanted();
    void discardWanted();
    void sampleWanted();
    void saveWanted();
    void continueWanted();
    void moreWanted(double minutes);  // beyond the end that it has reached

  protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

  private:
    void build();
    void buildControls(QVBoxLayout* column);
    void connectCursor();
    void refreshState();
    void refreshFrames();
    void refreshCaption();
    void retranslate();
    void showMoment(int frame, bool fromPlot);
    const PreviewFrames& frames() const;  // what grid and strip show: samples, or copies
    void useFrames();

    RunRecord* m_record = nullptr;
    QLabel *m_name = nullptr, *m_gridCaption = nullptr, *m_left = nullptr;
    ElidedLabel* m_sentence = nullptr;
    StatePill* m_pill = nullptr;
    Banner* m_banner = nullptr;
    SampleGrid* m_grid = nullptr;
    LossPlot* m_plot = nullptr;
    Filmstrip* m_film = nullptr;
    QToolButton *m_copies = nullptr, *m_smooth = nullptr;
    QPushButton *m_pause = nullptr, *m_stop = nullptr, *m_discard = nullptr, *m_sample = nullptr, *m_save = nullptr, *m_continue = nullptr;
    QPushButton* m_more = nullptr;
    QMenu* m_moreMenu = nullptr;
    bool m_compact = false;
};

}  // namespace imago
