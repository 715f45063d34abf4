#include "ui/theme/style.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>
#include <QStyleFactory>
#include <QStyleOption>

#include "ui/theme/icons.h"
#include "ui/theme/measures.h"
#include "ui/theme/palette.h"

namespace imago {

namespace {

void roundedBox(QPainter* painter, const QRect& rect, const QColor& fill, const QColor& edge, qreal width = measure::border) {
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setBrush(fill);
    painter->setPen(edge.isValid() ? QPen(edge, width) : QPen(Qt::NoPen));
    const qreal inset = edge.isValid() ? width / 2 : 0;
    painter->drawRoundedRect(QRectF(rect).adjusted(inset, inset, -inset, -inset), measure::radius, measure::radius);
    painter->restore();
}

void chevron(QPainter* painter, const QRect& rect, const QColor& colour, int quarterTurns) {
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->translate(QRectF(rect).center());
    painter->rotate(90.0 * quarterTurns);
    painter->setPen(QPen(colour, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->setBrush(Qt::NoBrush);
    painter->drawPolyline(QPolygonF{QPointF(-3.5, -1.75), QPointF(0, 1.75), QPointF(3.5, -1.75)});  // points down
    painter->restore();
}

QColor inputEdge(const Colours& c, const QStyleOption* option, const QWidget* widget) {
    if (widget && widget->property("invalid").toBool()) return c.danger;
    if (!(option->state & QStyle::State_Enabled)) return c.line;
    return option->state & QStyle::State_HasFocus ? c.accent : c.lineStrong;
}

void drawButton(const QStyleOption* option, QPainter* painter, const QWidget* widget) {
    const Colours& c = coloursOf(option->palette);
    const bool enabled = option->state & QStyle::State_Enabled;
    const bool hover = enabled && (option->state & QStyle::State_MouseOver);
    const bool down = option->state & (QStyle::State_Sunken | QStyle::State_On);
    const bool primary = widget && widget->property("primary").toBool();
    if (primary && enabled) {
        QColor fill = c.accentFill;
        if (down)
            fill = fill.darker(118);
        else if (hover)
            fill = fill.darker(108);
        roundedBox(painter, option->rect, fill, QColor());
    } else {
        const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option);
        const bool flat = button && (button->features & QStyleOptionButton::Flat);
        if (flat && !hover && !down) return;
        roundedBox(painter, option->rect, !enabled ? c.panel : down ? c.pressed : hover ? c.hover : c.raised, c.line);
    }
}

void drawToolButton(const QStyleOption* option, QPainter* painter) {
    const Colours& c = coloursOf(option->palette);
    if (!(option->state & QStyle::State_Enabled)) return;
    if (option->state & QStyle::State_Sunken)
        roundedBox(painter, option->rect, c.pressed, c.line);
    else if (option->state & QStyle::State_On)
        roundedBox(painter, option->rect, c.raised, c.lineStrong);
    else if (option->state & QStyle::State_MouseOver)
        roundedBox(painter, option->rect, c.hover, QColor());
}

void drawCheck(const QStyleOption* option, QPainter* painter) {
    const Colours& c = coloursOf(option->palette);
    const bool enabled = option->state & QStyle::State_Enabled;
    const bool on = option->state & QStyle::State_On;
    QRect box(0, 0, measure::checkBox, measure::checkBox);
    box.moveCenter(option->rect.center());
    roundedBox(painter, box, on ? (enabled ? c.accentFill : c.raised) : c.field,
               on && enabled ? c.accentFill
               : enabled     ? c.lineStrong
                             : c.line);
    if (!on) return;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(enabled ? c.onAccent : c.disabled, 1.75, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    const QPointF o = box.topLeft();
    painter->drawPolyline(QPolygonF{o + QPointF(4, 8.5), o + QPointF(7, 11.5), o + QPointF(12, 5)});
    painter->restore();
}

void drawRow(const QStyleOption* option, QPainter* painter) {
    const Colours& c = coloursOf(option->palette);
    if (option->state & QStyle::State_Selected) {
        painter->fillRect(option->rect, c.selectedRow);
        painter->fillRect(QRect(option->rect.left(), option->rect.top(), measure::accentBar, option->rect.height()), c.accent);
    } else if (option->state & QStyle::State_MouseOver) {
        painter->fillRect(option->rect, c.hover);
    }
}

}  // namespace

ImagoStyle::ImagoStyle() : QProxyStyle(QStyleFactory::create("Fusion")) {}

void ImagoStyle::polish(QWidget* widget) {
    QProxyStyle::polish(widget);
    if (qobject_cast<QAbstractButton*>(widget)) widget->installEventFilter(this);
}

void ImagoStyle::unpolish(QWidget* widget) {
    widget->removeEventFilter(this);
    QProxyStyle::unpolish(widget);
}

// Qt itself presses buttons with Space only, outside of dialogs. What is ticked is left to Space.
bool ImagoStyle::eventFilter(QObject* watched, QEvent* event) {
    auto* button = event->type() == QEvent::KeyPress ? qobject_cast<QAbstractButton*>(watched) : nullptr;
    if (!button || button->isCheckable()) return QProxyStyle::eventFilter(watched, event);
    const auto* key = static_cast<QKeyEvent*>(event);
    if ((key->key() != Qt::Key_Return && key->key() != Qt::Key_Enter) || key->isAutoRepeat())
        return QProxyStyle::eventFilter(watched, event);
    button->click();
    return true;
}

void ImagoStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const {
    const Colours& c = coloursOf(option->palette);
    switch (element) {
        case PE_PanelButtonCommand:
            return drawButton(option, painter, widget);
        case PE_PanelButtonTool:
            return drawToolButton(option, painter);
        case PE_FrameDefaultButton:
            return;
        case PE_FrameFocusRect: {
            const bool row = qobject_cast<const QAbstractItemView*>(widget) != nullptr;
            if (!row && (option->state & State_KeyboardFocusChange)) roundedBox(painter, option->rect, Qt::transparent, c.accent, 2);
            return;
        }
        case PE_PanelLineEdit:
        case PE_FrameLineEdit:
            if (const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option); frame && frame->lineWidth <= 0) return;
            return roundedBox(painter, option->rect, c.field, inputEdge(c, option, widget));
        case PE_IndicatorCheckBox:
            return drawCheck(option, painter);
        case PE_PanelMenu:
        case PE_FrameMenu:
        case PE_PanelTipLabel:
            painter->fillRect(option->rect, c.raised);
            painter->setPen(c.lineStrong);
            painter->drawRect(option->rect.adjusted(0, 0, -1, -1));
            return;
        case PE_Frame:
            painter->setPen(c.line);
            painter->drawRect(option->rect.adjusted(0, 0, -1, -1));
            return;
        case PE_FrameDockWidget:
        case PE_PanelStatusBar:
        case PE_FrameStatusBarItem:
        case PE_FrameTabWidget:
        case PE_PanelMenuBar:
            return;
        case PE_IndicatorDockWidgetResizeHandle:
            if (option->rect.width() < option->rect.height())
                painter->fillRect(QRect(option->rect.center().x(), option->rect.top(), 1, option->rect.height()), c.line);
            else
                painter->fillRect(QRect(option->rect.left(), option->rect.center().y(), option->rect.width(), 1), c.line);
            return;
        case PE_IndicatorArrowDown:
            return chevron(painter, option->rect, c.muted, 0);
        case PE_IndicatorArrowLeft:
            return chevron(painter, option->rect, c.muted, 1);
        case PE_IndicatorArrowUp:
            return chevron(painter, option->rect, c.muted, 2);
        case PE_IndicatorArrowRight:
            return chevron(painter, option->rect, c.muted, 3);
        case PE_PanelItemViewRow:
            return;
        case PE_PanelItemViewItem:
            return drawRow(option, painter);
        default:
            return QProxyStyle::drawPrimitive(element, option, painter, widget);
    }
}

void ImagoStyle::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const {
    const Colours& c = coloursOf(option->palette);
    switch (element) {
        case CE_PushButtonLabel:
            if (widget && widget->property("primary").toBool() && (option->state & State_Enabled)) {
                QStyleOptionButton copy = *qstyleoption_cast<const QStyleOptionButton*>(option);
                copy.palette.setColor(QPalette::ButtonText, c.onAccent);
                return QProxyStyle::drawControl(element, &copy, painter, widget);
            }
            break;
        case CE_ToolButtonLabel:
            if (const auto* tool = qstyleoption_cast<const QStyleOptionToolButton*>(option);
                tool && tool->toolButtonStyle == Qt::ToolButtonTextBesideIcon && !tool->icon.isNull()) {
                const bool enabled = option->state & State_Enabled;
                const QRect inner = option->rect.adjusted(measure::gap, 0, -measure::gap, 0);
                const QRect icon(inner.left(), inner.center().y() - measure::icon / 2 + 1, measure::icon, measure::icon);
                tool->icon.paint(painter, icon, Qt::AlignCenter, enabled ? QIcon::Normal : QIcon::Disabled);
                return proxy()->drawItemText(painter, inner.adjusted(measure::icon + measure::gap, 0, 0, 0),
                                             Qt::AlignVCenter | Qt::AlignLeft | Qt::TextShowMnemonic, option->palette, enabled, tool->text,
                                             QPalette::ButtonText);
            }
            break;
        case CE_ProgressBarGroove:
            return roundedBox(painter, option->rect, c.field, c.line);
        case CE_ProgressBarContents:
            if (const auto* bar = qstyleoption_cast<const QStyleOptionProgressBar*>(option)) {
                const double span = std::max(1, bar->maximum - bar->minimum);
                QRect rect = option->rect.adjusted(1, 1, -1, -1);
                rect.setWidth(int(rect.width() * std::clamp((bar->progress - bar->minimum) / span, 0.0, 1.0)));
                if (rect.width() > 0) roundedBox(painter, rect, c.accentFill, QColor());
                return;
            }
            break;
        case CE_Splitter:
            return painter->fillRect(option->rect, c.line);
        case CE_MenuBarEmptyArea:
            return;
        case CE_MenuBarItem:
            if (const auto* item = qstyleoption_cast<const QStyleOptionMenuItem*>(option)) {
                const bool open = option->state & (State_Selected | State_Sunken);
                if (open && (option->state & State_Enabled)) roundedBox(painter, option->rect, c.hover, QColor());
                proxy()->drawItemText(painter, option->rect, Qt::AlignCenter | Qt::TextShowMnemonic | Qt::TextSingleLine, option->palette,
                                      option->state & State_Enabled, item->text, QPalette::WindowText);
                return;
            }
            break;
        case CE_DockWidgetTitle:
            if (const auto* dock = qstyleoption_cast<const QStyleOptionDockWidget*>(option)) {
                painter->fillRect(option->rect, c.panel);
                QFont font = painter->font();
                font.setBold(true);
                painter->save();
                painter->setFont(font);
                const QRect rect = option->rect.adjusted(measure::padding, 0, -measure::control * 2, 0);
                proxy()->drawItemText(painter, rect, Qt::AlignLeft | Qt::AlignVCenter, option->palette, true,
                                      painter->fontMetrics().elidedText(dock->title, Qt::ElideRight, rect.width()), QPalette::WindowText);
                painter->restore();
                return;
            }
            break;
        default:
            break;
    }
    QProxyStyle::drawControl(element, option, painter, widget);
}

void ImagoStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                                    const QWidget* widget) const {
    switch (control) {
        case CC_ComboBox:
            return drawComboBox(option, painter, widget);
        case CC_SpinBox:
            return drawSpinBox(option, painter, widget);
        case CC_Slider:
            return drawSlider(option, painter, widget);
        case CC_ScrollBar:
            return drawScrollBar(option, painter, widget);
        default:
            return QProxyStyle::drawComplexControl(control, option, painter, widget);
    }
}

void ImagoStyle::drawComboBox(const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const {
    const Colours& c = coloursOf(option->palette);
    const bool hover = (option->state & State_MouseOver) && (option->state & State_Enabled);
    roundedBox(painter, option->rect, hover ? c.hover : c.raised, inputEdge(c, option, widget));
    QRect arrow = subControlRect(CC_ComboBox, option, SC_ComboBoxArrow, widget);
    chevron(painter, arrow, option->state & State_Enabled ? c.muted : c.disabled, 0);
}

void ImagoStyle::drawSpinBox(const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const {
    roundedBox(painter, option->rect, coloursOf(option->palette).field, inputEdge(coloursOf(option->palette), option, widget));
}

void ImagoStyle::drawSlider(const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const {
    const Colours& c = coloursOf(option->palette);
    const auto* slider = qstyleoption_cast<const QStyleOptionSlider*>(option);
    if (!slider || slider->orientation != Qt::Horizontal) return QProxyStyle::drawComplexControl(CC_Slider, option, painter, widget);
    const bool enabled = option->state & State_Enabled;
    const QRect handle = subControlRect(CC_Slider, option, SC_SliderHandle, widget);
    const qreal y = QRectF(option->rect).center().y();
    const qreal half = measure::sliderHandle / 2.0;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    QRectF track(option->rect.left() + half, y - measure::sliderTrack / 2.0, option->rect.width() - 2 * half, measure::sliderTrack);
    painter->setPen(Qt::NoPen);
    painter->setBrush(enabled ? c.lineStrong : c.line);
    painter->drawRoundedRect(track, 2, 2);
    QRectF left = track;
    left.setRight(QRectF(handle).center().x());
    painter->setBrush(enabled ? c.accent : c.line);
    painter->drawRoundedRect(left, 2, 2);
    const QRectF knob(QRectF(handle).center().x() - half, y - half, measure::sliderHandle, measure::sliderHandle);
    painter->setBrush(enabled ? c.accent : c.disabled);
    painter->setPen(QPen(c.panel, 2));
    painter->drawEllipse(knob.adjusted(1, 1, -1, -1));
    if (option->state & State_HasFocus) {
        painter->setBrush(Qt::NoBrush);
        painter->setPen(QPen(c.text, 1));
        painter->drawEllipse(knob.adjusted(0.5, 0.5, -0.5, -0.5));
    }
    painter->restore();
}

void ImagoStyle::drawScrollBar(const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const {
    const Colours& c = coloursOf(option->palette);
    const auto* bar = qstyleoption_cast<const QStyleOptionSlider*>(option);
    if (!bar || bar->maximum <= bar->minimum) return;
    QRect knob = subControlRect(CC_ScrollBar, option, SC_ScrollBarSlider, widget);
    knob.adjust(3, 3, -3, -3);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    painter->setBrush(option->state & State_MouseOver ? c.lineStrong : c.line);
    painter->drawRoundedRect(knob, 3, 3);
    painter->restore();
}

QIcon ImagoStyle::standardIcon(StandardPixmap standard, const QStyleOption* option, const QWidget* widget) const {
    if (standard == SP_TitleBarCloseButton || standard == SP_LineEditClearButton) return themedIcon("close");
    if (standard == SP_TitleBarNormalButton) return themedIcon("float");
    return QProxyStyle::standardIcon(standard, option, widget);
}

}  // namespace imago
