#include "ui/widgets/state_pill.h"

#include <QCoreApplication>
#include <QEvent>
#include <QPainter>

#include "ui/theme/icons.h"
#include "ui/theme/measures.h"
#include "ui/theme/palette.h"

namespace imago {

QString stateWord(RunState state) {
    switch (state) {
        case RunState::Queued:
            return QCoreApplication::translate("RunState", "Waiting");
        case RunState::Running:
            return QCoreApplication::translate("RunState", "Running");
        case RunState::Paused:
            return QCoreApplication::translate("RunState", "Paused");
        case RunState::Stopping:
            return QCoreApplication::translate("RunState", "Stopping");
        case RunState::Finished:
            return QCoreApplication::translate("RunState", "Finished");
        case RunState::Stopped:
            return QCoreApplication::translate("RunState", "Stopped");
        case RunState::Failed:
            return QCoreApplication::translate("RunState", "Failed");
    }
    return {};
}

QString stateIcon(RunState state) {
    switch (state) {
        case RunState::Queued:
            return "clock";
        case RunState::Running:
            return "play";
        case RunState::Paused:
            return "pause";
        case RunState::Stopping:
            return "spinner";
        case RunState::Finished:
            return "check";
        case RunState::Stopped:
            return "stop";
        case RunState::Failed:
            return "error";
    }
    return {};
}

QColor stateColour(RunState state, const QWidget* widget) {
    const Colours& c = coloursOf(widget);
    switch (state) {
        case RunState::Running:
            return c.accent;
        case RunState::Finished:
            return c.ok;
        case RunState::Failed:
            return c.danger;
        case RunState::Paused:
        case RunState::Stopping:
            return c.warning;
        default:
            return c.muted;
    }
}

StatePill::StatePill(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setState(RunState::Queued);
}

void StatePill::setState(RunState state) {
    m_state = state;
    setAccessibleName(stateWord(state));
    updateGeometry();
    update();
}

QSize StatePill::sizeHint() const {
    return {fontMetrics().horizontalAdvance(stateWord(m_state)) + measure::icon + measure::grid + 2 * measure::gap, measure::controlDense};
}

void StatePill::paintEvent(QPaintEvent*) {
    const QColor colour = stateColour(m_state, this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(colour, 1));
    painter.setBrush(Qt::NoBrush);
    const QRectF frame = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    painter.drawRoundedRect(frame, frame.height() / 2, frame.height() / 2);
    const QRectF icon(measure::gap, (height() - measure::icon) / 2.0, measure::icon, measure::icon);
    paintIcon(painter, stateIcon(m_state), icon.adjusted(1, 1, -1, -1), colour);
    painter.setPen(colour);
    painter.drawText(rect().adjusted(measure::gap + measure::icon + measure::grid, 0, -measure::gap, 0), Qt::AlignVCenter | Qt::AlignLeft,
                     stateWord(m_state));
}

void StatePill::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange || event->type() == QEvent::FontChange) setState(m_state);
    QWidget::changeEvent(event);
}

}  // namespace imago
