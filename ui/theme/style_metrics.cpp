// The sizes of ImagoStyle: everything that is not drawn.
#include <QStyleOption>

#include "ui/theme/measures.h"
#include "ui/theme/style.h"

namespace imago {

int ImagoStyle::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const {
    switch (metric) {
        case PM_ButtonShiftHorizontal:
        case PM_ButtonShiftVertical:
            return 0;
        case PM_ScrollBarExtent:
            return measure::scrollBar;
        case PM_ScrollView_ScrollBarOverlap:
            return 0;
        case PM_SplitterWidth:
            return 1;
        case PM_DockWidgetSeparatorExtent:
            return 5;
        case PM_DockWidgetTitleMargin:
            return 8;
        case PM_DockWidgetTitleBarButtonMargin:
            return 4;
        case PM_SmallIconSize:
        case PM_ButtonIconSize:
        case PM_ListViewIconSize:
            return measure::icon;
        case PM_ToolBarIconSize:
            return measure::icon;
        case PM_IndicatorWidth:
        case PM_IndicatorHeight:
            return measure::checkBox;
        case PM_CheckBoxLabelSpacing:
            return measure::gap;
        case PM_SliderThickness:
        case PM_SliderLength:
        case PM_SliderControlThickness:
            return measure::sliderHandle;
        case PM_LayoutLeftMargin:
        case PM_LayoutRightMargin:
        case PM_LayoutTopMargin:
        case PM_LayoutBottomMargin:
            return measure::padding;
        case PM_LayoutHorizontalSpacing:
        case PM_LayoutVerticalSpacing:
            return measure::gap;
        case PM_MenuBarItemSpacing:
            return 2;
        case PM_MenuBarPanelWidth:
        case PM_MenuBarVMargin:
            return 0;
        case PM_ToolTipLabelFrameWidth:
            return 6;
        default:
            return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

int ImagoStyle::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget, QStyleHintReturn* data) const {
    switch (hint) {
        case SH_Slider_AbsoluteSetButtons:
            return Qt::LeftButton;
        case SH_ToolTip_WakeUpDelay:
            return 500;
        case SH_EtchDisabledText:
            return 0;
        case SH_DitherDisabledText:
            return 0;
        case SH_ComboBox_Popup:
        case SH_ComboBox_AllowWheelScrolling:  // the wheel scrolls the form
            return 0;
        case SH_DialogButtonBox_ButtonsHaveIcons:
            return 0;
        case SH_ScrollBar_Transient:
            return 0;
        default:
            return QProxyStyle::styleHint(hint, option, widget, data);
    }
}

QSize ImagoStyle::sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size, const QWidget* widget) const {
    QSize result = QProxyStyle::sizeFromContents(type, option, size, widget);
    switch (type) {
        case CT_PushButton: {
            const bool primary = widget && widget->property("primary").toBool();
            result.setHeight(std::max(primary ? measure::controlPrimary : measure::control, size.height() + 8));
            if (const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option); button && !button->text.isEmpty())
                result.setWidth(std::max(result.width(), size.width() + 2 * measure::padding));
            break;
        }
        case CT_ComboBox:
            result = QSize(size.width() + 2 * measure::gap + measure::control, std::max<int>(measure::control, size.height() + 8));
            break;
        case CT_LineEdit:
            result.setHeight(std::max<int>(measure::control, size.height() + 8));
            break;
        case CT_SpinBox:
            result = QSize(size.width() + measure::gap, measure::control);
            break;
        case CT_ToolButton:
            if (const auto* tool = qstyleoption_cast<const QStyleOptionToolButton*>(option);
                tool && tool->toolButtonStyle == Qt::ToolButtonTextBesideIcon && !tool->icon.isNull())
                result.setWidth(size.width() + 3 * measure::gap - measure::grid);  // Qt counts four pixels between icon and text
            result = result.expandedTo(QSize(measure::control, measure::control));
            break;
        case CT_MenuItem:
            if (const auto* item = qstyleoption_cast<const QStyleOptionMenuItem*>(option);
                item && item->menuItemType != QStyleOptionMenuItem::Separator)
                result.setHeight(std::max<int>(measure::control, result.height()));
            break;
        case CT_MenuBarItem:
            result = QSize(size.width() + 2 * measure::gap, measure::control);
            break;
        case CT_CheckBox:
            result.setHeight(std::max<int>(measure::controlDense, result.height()));
            break;
        default:
            break;
    }
    return result;
}

QRect ImagoStyle::subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl sub, const QWidget* widget) const {
    const QRect r = option->rect;
    if (control == CC_ComboBox) {
        if (sub == SC_ComboBoxArrow) return visualRect(option->direction, r, QRect(r.right() - 22, r.top(), 20, r.height()));
        if (sub == SC_ComboBoxEditField) return visualRect(option->direction, r, r.adjusted(measure::gap, 1, -24, -1));
    }
    if (control == CC_SpinBox) {
        if (sub == SC_SpinBoxUp || sub == SC_SpinBoxDown) return {};  // typed values, wheel and arrow keys; no tiny buttons
        if (sub == SC_SpinBoxEditField) return r.adjusted(measure::gap, 1, -measure::gap, -1);
        return r;
    }
    if (control == CC_ScrollBar) {
        const auto* bar = qstyleoption_cast<const QStyleOptionSlider*>(option);
        if (sub == SC_ScrollBarAddLine || sub == SC_ScrollBarSubLine) return {};
        if (bar && (sub == SC_ScrollBarGroove || sub == SC_ScrollBarSlider)) {
            if (sub == SC_ScrollBarGroove) return r;
            const bool h = bar->orientation == Qt::Horizontal;
            const int length = h ? r.width() : r.height();
            const qint64 range = qint64(bar->maximum) - bar->minimum;
            int knob = length;
            if (range > 0) knob = std::clamp(int(qint64(bar->pageStep) * length / (range + bar->pageStep)), std::min(32, length), length);
            const int start = sliderPositionFromValue(bar->minimum, bar->maximum, bar->sliderPosition, length - knob, bar->upsideDown);
            return h ? QRect(r.left() + start, r.top(), knob, r.height()) : QRect(r.left(), r.top() + start, r.width(), knob);
        }
    }
    return QProxyStyle::subControlRect(control, option, sub, widget);
}

QRect ImagoStyle::subElementRect(SubElement element, const QStyleOption* option, const QWidget* widget) const {
    if (element == SE_PushButtonFocusRect) return option->rect;
    return QProxyStyle::subElementRect(element, option, widget);
}

}  // namespace imago
