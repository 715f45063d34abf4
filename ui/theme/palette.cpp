#include "ui/theme/palette.h"

#include <QWidget>
#include <cmath>

namespace imago {

namespace {

const Colours kDark{
    QColor(0x26, 0x26, 0x26),
    QColor(0x2e, 0x2e, 0x2e),
    QColor(0x1f, 0x1f, 0x1f),
    QColor(0x38, 0x38, 0x38),
    QColor(0x45, 0x45, 0x45),
    QColor(0x84, 0x84, 0x84),
    QColor(0x42, 0x42, 0x42),
    QColor(0x2a, 0x2a, 0x2a),
    QColor(0xec, 0xec, 0xec),
    QColor(0xb4, 0xb4, 0xb4),
    QColor(0x7c, 0x7c, 0x7c),
    QColor(0x4f, 0xc3, 0xb0),
    QColor(0x1f, 0x7f, 0x73),
    QColor(0xff, 0xff, 0xff),
    QColor(0xff, 0x7b, 0x6b),
    QColor(0xf0, 0xb4, 0x4c),
    QColor(0x6c, 0xc5, 0x6c),
    QColor(0x45, 0x45, 0x45),
    QColor(0x1b, 0x1b, 0x1b),
    QColor(0x1b, 0x1b, 0x1b, 217),
    QColor(0xec, 0xec, 0xec),
    QColor(0, 0, 0),
    QColor(0xff, 0xff, 0xff),
    {QColor(0x56, 0xb4, 0xe9), QColor(0xcc, 0x9a, 0xe8), QColor(0xb8, 0xb8, 0xb8), QColor(0xe6, 0x9f, 0x00), QColor(0xf0, 0xe4, 0x42),
     QColor(0x2c, 0xc2, 0x95), QColor(0xff, 0x8a, 0x5c)},
};

const Colours kLight{
    QColor(0xf2, 0xf2, 0xf2),
    QColor(0xfa, 0xfa, 0xfa),
    QColor(0xff, 0xff, 0xff),
    QColor(0xe6, 0xe6, 0xe6),
    QColor(0xcf, 0xcf, 0xcf),
    QColor(0x7c, 0x7c, 0x7c),
    QColor(0xde, 0xde, 0xde),
    QColor(0xd2, 0xd2, 0xd2),
    QColor(0x1d, 0x1d, 0x1d),
    QColor(0x58, 0x58, 0x58),
    QColor(0x8f, 0x8f, 0x8f),
    QColor(0x0b, 0x74, 0x68),
    QColor(0x0b, 0x74, 0x68),
    QColor(0xff, 0xff, 0xff),
    QColor(0xb3, 0x26, 0x1e),
    QColor(0x8a, 0x5a, 0x00),
    QColor(0x2e, 0x6b, 0x2e),
    QColor(0xd8, 0xd8, 0xd8),
    QColor(0xc8, 0xc8, 0xc8),
    QColor(0x1b, 0x1b, 0x1b, 217),
    QColor(0xec, 0xec, 0xec),
    QColor(0, 0, 0),
    QColor(0xff, 0xff, 0xff),
    {QColor(0x00, 0x72, 0xb2), QColor(0x8a, 0x4f, 0xb0), QColor(0x55, 0x55, 0x55), QColor(0xa8, 0x64, 0x00), QColor(0x7a, 0x6a, 0x00),
     QColor(0x00, 0x78, 0x5a), QColor(0xc4, 0x4a, 0x0f)},
};

double linear(double channel) {
    return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

double luminance(const QColor& c) {
    return 0.2126 * linear(c.redF()) + 0.7152 * linear(c.greenF()) + 0.0722 * linear(c.blueF());
}

}  // namespace

const Colours& coloursOf(ThemeId theme) {
    return theme == ThemeId::Dark ? kDark : kLight;
}

const Colours& coloursOf(const QPalette& palette) {
    return palette.color(QPalette::Active, QPalette::Window).lightness() < 128 ? kDark : kLight;
}

const Colours& coloursOf(const QWidget* widget) {
    return coloursOf(widget ? widget->palette() : QPalette());
}

QPalette paletteOf(ThemeId theme) {
    const Colours& c = coloursOf(theme);
    QPalette p;
    const std::pair<QPalette::ColorRole, QColor> roles[] = {
        {QPalette::Window, c.window},
        {QPalette::WindowText, c.text},
        {QPalette::Base, c.field},
        {QPalette::AlternateBase, c.panel},
        {QPalette::Text, c.text},
        {QPalette::Button, c.raised},
        {QPalette::ButtonText, c.text},
        {QPalette::BrightText, c.danger},
        {QPalette::Highlight, c.accentFill},
        {QPalette::HighlightedText, c.onAccent},
        {QPalette::ToolTipBase, c.raised},
        {QPalette::ToolTipText, c.text},
        {QPalette::PlaceholderText, c.muted},
        {QPalette::Light, c.hover},
        {QPalette::Midlight, c.panel},
        {QPalette::Mid, c.line},
        {QPalette::Dark, c.lineStrong},
        {QPalette::Shadow, c.line},
        {QPalette::Link, c.accent},
        {QPalette::LinkVisited, c.accent},
    };
    for (const auto& [role, colour] : roles) p.setColor(role, colour);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::PlaceholderText})
        p.setColor(QPalette::Disabled, role, c.disabled);
    p.setColor(QPalette::Disabled, QPalette::Highlight, c.raised);
    p.setColor(QPalette::Disabled, QPalette::HighlightedText, c.disabled);
    return p;
}

QVector<qreal> plotDash(int index) {
    static const QVector<qreal> kDashes[kPlotStyles] = {{}, {6, 3}, {2, 2}, {8, 3, 2, 3}, {10, 4}, {4, 2, 1, 2}, {1, 3}};
    return kDashes[((index % kPlotStyles) + kPlotStyles) % kPlotStyles];
}

double contrastRatio(const QColor& a, const QColor& b) {
    const double la = luminance(a), lb = luminance(b);
    return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

}  // namespace imago
