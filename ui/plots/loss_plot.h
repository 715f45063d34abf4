// LossPlot: the curves of one run: faint raw lines under smoothed ones, log scale, skip first, zoom by rectangle, hover
// values, marks for saved moments and notices. It shares its x range, margins and cursor with the filmstrip. GUI thread.
#pragma once

#include <QTimer>
#include <QWidget>
#include <vector>

#include "core/base/error.h"
#include "ui/plots/curve_set.h"

class QCheckBox;
class QCustomPlot;
class QHBoxLayout;
class QLabel;
class QSlider;
class QSpinBox;
class QToolButton;

namespace imago {

enum class MarkKind { Saved, Notice, Problem };
struct PlotMark {
    std::int64_t step = 0;
    MarkKind kind = MarkKind::Saved;
    Error what{};  // told in the reader's language when the cursor is at it
};

class LossPlot : public QWidget {
    Q_OBJECT
  public:
    explicit LossPlot(QWidget* parent = nullptr);
    ~LossPlot() override;

    void setCurves(CurveSet* curves);                   // not owned; null: empty
    void setMarks(const std::vector<PlotMark>* marks);  // not owned
    void refresh();                                     // new points came: repaints within 100 ms
    void repaintNow();                                  // at once (tests, screenshots)
    void setCursorStep(double step);                    // negative: none
    double cursorStep() const { return m_cursor; }
    void resetZoom();
    bool isZoomed() const { return m_zoomed; }
    void setLogScale(bool on);
    void setSkipFirst(int steps);
    void setSmoothing(double weight);
    QString summary() const;                 // for screen readers: "Loss 0.123 at step 1200, falling"
    QStringList marksAt(double step) const;  // what happened within a few pixels of it, in words
    QCustomPlot* plot() const { return m_plot; }
    double lastRepaintMs() const { return m_lastRepaintMs; }

  Q_SIGNALS:
    void cursorMoved(double step);  // negative: the pointer left
    void stepClicked(double step);
    void xRangeChanged(double from, double to);
    void expandToggled(bool expanded);

  protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    class Overlay;
    class Legend;
    void buildHeader();
    void applyColours();
    void retranslate();
    void rebuildLegend();
    void fillGraphs();
    void fitRanges();
    void moveCursor(double step);
    bool cursorKey(int key);

    CurveSet* m_curves = nullptr;
    const std::vector<PlotMark>* m_marks = nullptr;
    QCustomPlot* m_plot = nullptr;
    Overlay* m_overlay = nullptr;
    Legend* m_legend = nullptr;
    QLabel* m_caption = nullptr;
    QLabel* m_smoothLabel = nullptr;
    QCheckBox* m_log = nullptr;
    QSlider* m_smooth = nullptr;
    QSpinBox* m_skip = nullptr;
    QToolButton* m_reset = nullptr;
    QToolButton* m_expand = nullptr;
    QTimer m_timer;
    double m_cursor = -1;
    bool m_zoomed = false;
    bool m_fitting = false;
    double m_lastRepaintMs = 0;
};

}  // namespace imago
