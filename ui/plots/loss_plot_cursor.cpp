// The cursor of LossPlot: pointer and keys that move it, and what is told in words at a place of the curve.
#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <algorithm>
#include <cmath>

#include "ui/bridge/core_text.h"
#include "ui/plots/plot_overlay.h"
#include "ui/plots/qcustomplot_wrapper.h"
#include "ui/theme/measures.h"

namespace imago {

void LossPlot::moveCursor(double step) {
    setCursorStep(step);
    Q_EMIT cursorMoved(step);
}

// Left and right walk the cursor along the curve, a hundredth of what is shown at a time.
bool LossPlot::cursorKey(int key) {
    const QCPRange range = m_plot->xAxis->range();
    const double now = m_cursor >= 0 ? m_cursor : range.upper, stride = std::max(1.0, std::round(range.size() / 100));
    double next = -1;
    if (key == Qt::Key_Left)
        next = now - stride;
    else if (key == Qt::Key_Right)
        next = now + stride;
    else if (key == Qt::Key_Home)
        next = range.lower;
    else if (key == Qt::Key_End)
        next = range.upper;
    else if (key == Qt::Key_Escape && m_cursor >= 0)
        return moveCursor(-1), true;
    else
        return false;
    moveCursor(std::round(std::clamp(next, range.lower, range.upper)));
    return true;
}

QStringList LossPlot::marksAt(double step) const {
    QStringList words;
    if (!m_marks) return words;
    const double x = m_plot->xAxis->coordToPixel(step);
    for (const PlotMark& mark : *m_marks)
        if (std::abs(m_plot->xAxis->coordToPixel(double(mark.step)) - x) <= measure::grid) {
            const QString text = messageText(mark.what);
            words.removeAll(text);
            words << text;
        }
    return words.mid(std::max<qsizetype>(0, words.size() - 3));  // the newest few
}

QString LossPlot::summary() const {
    for (std::size_t i = 0; m_curves && i < m_curves->size(); ++i) {
        const Curve& curve = (*m_curves)[i];
        const std::size_t n = curve.series.size();
        if (!curve.loss || n == 0) continue;
        const double now = curve.series.smooth(n - 1), before = curve.series.smooth(n - 1 - std::min<std::size_t>(n - 1, n / 4));
        const QString trend = now < before * 0.995 ? tr("falling") : now > before * 1.005 ? tr("rising") : tr("steady");
        return tr("%1 %2 at step %3, %4")
            .arg(curveLabel(curve.name), QLocale().toString(now, 'g', 3), QLocale().toString(qint64(curve.series.step(n - 1))), trend);
    }
    return tr("No values yet");
}

bool LossPlot::eventFilter(QObject* watched, QEvent* event) {
    switch (event->type()) {
        case QEvent::Resize:
            m_overlay->setGeometry(m_plot->rect());
            break;
        case QEvent::MouseMove: {
            const auto* mouse = static_cast<QMouseEvent*>(event);
            const QRect area = m_plot->axisRect()->rect();
            if (mouse->buttons() == Qt::NoButton && area.contains(mouse->position().toPoint())) {
                const double step = std::max(0.0, std::round(m_plot->xAxis->pixelToCoord(mouse->position().x())));
                moveCursor(step);
            }
            break;
        }
        case QEvent::MouseButtonRelease: {
            const auto* mouse = static_cast<QMouseEvent*>(event);
            if (m_plot->selectionRect()->rect().width() < 4)
                Q_EMIT stepClicked(std::round(m_plot->xAxis->pixelToCoord(mouse->position().x())));
            break;
        }
        case QEvent::Leave:
            moveCursor(-1);
            break;
        case QEvent::FocusIn:
        case QEvent::FocusOut:
            m_overlay->update();
            break;
        case QEvent::KeyPress:
            if (cursorKey(static_cast<QKeyEvent*>(event)->key())) return true;
            break;
        default:
            break;
    }
    return QWidget::eventFilter(watched, event);
}

}  // namespace imago
