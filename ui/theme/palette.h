// Palette: every colour of the program, dark and light, with the contrast they must keep. Only ui/theme names colours. Any thread.
#pragma once

#include <QColor>
#include <QPalette>
#include <QVector>
#include <array>

class QWidget;

namespace imago {

enum class ThemeId { Dark, Light };

struct Colours {
    QColor window, panel, field, raised;      // surfaces
    QColor line, lineStrong, hover, pressed;  // separators, edges of inputs, states
    QColor text, muted, disabled;
    QColor accent, accentFill, onAccent;  // text and handles; fill with white text
    QColor danger, warning, ok;
    QColor selectedRow;
    QColor canvas;                // the surround of pictures
    QColor chip, onChip;          // a label that lies on a picture
    QColor ringOuter, ringInner;  // rings and handles on a picture: one dark pixel beside one light pixel
    std::array<QColor, 7> plot;
};

constexpr int kPlotStyles = 7;

const Colours& coloursOf(ThemeId theme);
const Colours& coloursOf(const QPalette& palette);  // which theme a palette belongs to is told by its window colour
const Colours& coloursOf(const QWidget* widget);
QPalette paletteOf(ThemeId theme);

// Dash of the n-th plot line, in pen widths; empty is solid.
QVector<qreal> plotDash(int index);

// WCAG 2.1 relative-luminance contrast, 1..21.
double contrastRatio(const QColor& a, const QColor& b);

}  // namespace imago
