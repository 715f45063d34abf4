#include "ui/forms/unit_edit.h"

#include <QEvent>
#include <QPainter>

#include "ui/theme/measures.h"
#include "ui/theme/palette.h"

namespace imago {

UnitEdit::UnitEdit(QWidget* parent) : QLineEdit(parent) {
    setAlignment(Qt::AlignRight);
    setUnit({});
}

void UnitEdit::setUnit(const QString& unit) {
    m_unit = unit;
    const int room = unit.isEmpty() ? measure::grid : fontMetrics().horizontalAdvance(unit) + measure::gap + measure::grid;
    setTextMargins(measure::grid, 0, room, 0);
    updateGeometry();
    update();
}

QSize UnitEdit::sizeHint() const {
    const int digits = fontMetrics().horizontalAdvance("0000000");
    return {digits + textMargins().left() + textMargins().right() + measure::gap, QLineEdit::sizeHint().height()};
}

void UnitEdit::paintEvent(QPaintEvent* event) {
    QLineEdit::paintEvent(event);
    if (m_unit.isEmpty() || (text().isEmpty() && !placeholderText().isEmpty())) return;
    QPainter painter(this);
    painter.setPen(isEnabled() ? coloursOf(this).muted : coloursOf(this).disabled);
    painter.drawText(rect().adjusted(0, 0, -measure::gap, 0), Qt::AlignVCenter | Qt::AlignRight, m_unit);
}

void UnitEdit::changeEvent(QEvent* event) {
    QLineEdit::changeEvent(event);
    if (event->type() == QEvent::FontChange) setUnit(m_unit);
}

}  // namespace imago
