// What lies over the plot and changes with the pointer: cursor line, values at it, marks, and the legend chips. GUI thread.
#pragma once

#include <QPointer>
#include <QToolButton>
#include <QWidget>

#include "ui/plots/loss_plot.h"

class QCustomPlot;

namespace imago {

class LossPlot::Overlay : public QWidget {
  public:
    Overlay(QCustomPlot* plot, LossPlot* owner);

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    void paintMarks(QPainter& painter, const QRect& area);
    void paintCursor(QPainter& painter, const QRect& area);
    QCustomPlot* m_plot;
    LossPlot* m_owner;
};

// One chip a curve: its dash, its name; a click hides or shows it.
class LegendChip : public QAbstractButton {
    Q_OBJECT
  public:
    LegendChip(int style, std::string curve, QWidget* parent);
    QSize sizeHint() const override;
    const std::string& curve() const { return m_curve; }

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    int m_style;
    std::string m_curve;
};

class LossPlot::Legend : public QWidget {
  public:
    explicit Legend(QWidget* parent) : QWidget(parent) {}
    std::vector<LegendChip*> chips;
};

}  // namespace imago
