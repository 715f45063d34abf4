#include "ui/plots/plot_overlay.h"

#include <QLocale>
#include <QPainter>
#include <cmath>

#include "ui/plots/qcustomplot_wrapper.h"
#include "ui/theme/measures.h"
#include "ui/theme/theme.h"

namespace imago {

LossPlot::Overlay::Overlay(QCustomPlot* plot, LossPlot* owner) : QWidget(plot), m_plot(plot), m_owner(owner) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setAttribute(Qt::WA_NoSystemBackground);
}

void LossPlot::Overlay::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRect area = m_plot->axisRect()->rect();
    if (area.width() < 8 || area.height() < 8) return;
    if (!m_owner->m_curves || m_owner->m_curves->lastStep() < 0) {
        painter.setPen(coloursOf(this).muted);
        painter.drawText(area.adjusted(measure::gap, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft,
                         LossPlot::tr("The loss will be drawn here, step by step."));
        return;
    }
    if (m_plot->hasFocus()) {
        painter.setPen(QPen(coloursOf(this).accent, 1));
        painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
    }
    paintMarks(painter, area);
    if (m_owner->m_cursor >= 0) paintCursor(painter, area);
}

void LossPlot::Overlay::paintMarks(QPainter& painter, const QRect& area) {
    const Colours& c = coloursOf(this);
    painter.setPen(Qt::NoPen);
    if (m_owner->m_marks) {
        for (const PlotMark& mark : *m_owner->m_marks) {
            const double x = m_plot->xAxis->coordToPixel(double(mark.step));
            if (x < area.left() || x > area.right()) continue;
            if (mark.kind == MarkKind::Saved) {
                painter.setBrush(c.muted);
                const double y = area.bottom();
                painter.drawPolygon(QPolygonF{QPointF(x, y - 6), QPointF(x - 4, y), QPointF(x + 4, y)});
            } else {
                painter.setBrush(mark.kind == MarkKind::Problem ? c.danger : c.warning);
                painter.drawPolygon(QPolygonF{QPointF(x, area.top() + 7), QPointF(x - 4, area.top()), QPointF(x + 4, area.top())});
            }
        }
    }
    if (!m_owner->m_curves) return;
    // Values that are not numbers: a cross on the axis where they happened.
    painter.setPen(QPen(c.danger, 1.5));
    for (std::size_t i = 0; i < m_owner->m_curves->size(); ++i) {
        const Curve& curve = (*m_owner->m_curves)[i];
        if (!curve.loss || !curve.shown) continue;
        double lastX = -10;
        for (const std::int64_t step : curve.series.badSteps()) {
            const double x = m_plot->xAxis->coordToPixel(double(step));
            if (x < area.left() || x > area.right() || x - lastX < 3) continue;
            lastX = x;
            const double y = area.bottom() - 12;
            painter.drawLine(QPointF(x - 3, y - 3), QPointF(x + 3, y + 3));
            painter.drawLine(QPointF(x - 3, y + 3), QPointF(x + 3, y - 3));
        }
    }
}

void LossPlot::Overlay::paintCursor(QPainter& painter, const QRect& area) {
    const Colours& c = coloursOf(this);
    const double x = m_plot->xAxis->coordToPixel(m_owner->m_cursor);
    if (x < area.left() || x > area.right()) return;
    painter.setPen(QPen(c.text, 1));
    painter.drawLine(QPointF(std::round(x) + 0.5, area.top()), QPointF(std::round(x) + 0.5, area.bottom()));
    if (!m_owner->m_curves) return;
    const QLocale locale;
    QStringList lines;
    std::vector<QColor> colours;
    lines << LossPlot::tr("step %1").arg(locale.toString(qint64(std::llround(m_owner->m_cursor))));
    colours.push_back(c.onChip);
    int style = 0;
    for (std::size_t i = 0; i < m_owner->m_curves->size(); ++i) {
        const Curve& curve = (*m_owner->m_curves)[i];
        if (!curve.loss) continue;
        const int mine = style++;
        const std::size_t at = curve.series.indexAt(m_owner->m_cursor);
        if (!curve.shown || at == MetricSeries::npos) continue;
        const float raw = curve.series.raw(at);
        if (std::isfinite(raw))
            lines << QString("%1  %2  (%3)")
                         .arg(curveLabel(curve.name), locale.toString(double(curve.series.smooth(at)), 'g', 3),
                              locale.toString(double(raw), 'g', 3));
        else
            lines << QString("%1  %2").arg(curveLabel(curve.name), LossPlot::tr("not a number"));
        // The chip is dark in both themes: its lines take the dark theme's colours.
        colours.push_back(coloursOf(ThemeId::Dark).plot[std::size_t(mine % kPlotStyles)]);
    }
    painter.setFont(tabularFont(font()));
    const QFontMetrics metrics(painter.font());
    for (const QString& words : m_owner->marksAt(m_owner->m_cursor)) {
        lines << metrics.elidedText(words, Qt::ElideRight, std::max(measure::chipWords, area.width() / 2));
        colours.push_back(c.onChip);
    }
    int width = 0;
    for (const QString& line : lines) width = std::max(width, metrics.horizontalAdvance(line));
    QRect chip(0, area.top() + measure::gap, width + 2 * measure::gap, metrics.lineSpacing() * int(lines.size()) + measure::gap);
    chip.moveLeft(x + measure::gap + chip.width() < area.right() ? int(x) + measure::gap : int(x) - measure::gap - chip.width());
    painter.setPen(Qt::NoPen);
    painter.setBrush(c.chip);
    painter.drawRoundedRect(chip, measure::radius, measure::radius);
    int y = chip.top() + measure::gap / 2 + metrics.ascent();
    for (int i = 0; i < lines.size(); ++i, y += metrics.lineSpacing()) {
        painter.setPen(colours[std::size_t(i)]);
        painter.drawText(chip.left() + measure::gap, y, lines[i]);
    }
}

LegendChip::LegendChip(int style, std::string curve, QWidget* parent) : QAbstractButton(parent), m_style(style), m_curve(std::move(curve)) {
    setCheckable(true);
    setChecked(true);
    setFocusPolicy(Qt::TabFocus);
    setCursor(Qt::PointingHandCursor);
}

QSize LegendChip::sizeHint() const {
    return {fontMetrics().horizontalAdvance(text()) + 36 + measure::gap, measure::controlDense};
}

void LegendChip::paintEvent(QPaintEvent*) {
    const Colours& c = coloursOf(this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (underMouse() || hasFocus()) {
        painter.setPen(hasFocus() ? QPen(c.accent, 1) : QPen(Qt::NoPen));
        painter.setBrush(underMouse() ? c.hover : QColor(Qt::transparent));
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), measure::radius, measure::radius);
    }
    QPen pen(isChecked() ? c.plot[std::size_t(m_style % kPlotStyles)] : c.disabled, 2);
    if (const auto dash = plotDash(m_style); !dash.isEmpty()) pen.setDashPattern(dash);
    painter.setPen(pen);
    painter.drawLine(QPointF(6, height() / 2.0), QPointF(28, height() / 2.0));
    painter.setPen(isChecked() ? c.text : c.disabled);
    const QRect room = rect().adjusted(34, 0, 0, 0);
    painter.drawText(room, Qt::AlignVCenter | Qt::AlignLeft, fontMetrics().elidedText(text(), Qt::ElideRight, room.width()));
}

}  // namespace imago
