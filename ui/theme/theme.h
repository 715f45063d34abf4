// Theme: puts palette, style and fonts onto the application, and the label classes that carry a font role. GUI thread.
#pragma once

#include <QFont>
#include <QLabel>
#include <QString>

#include "ui/theme/palette.h"

class QApplication;
class QPushButton;

namespace imago {

// May be called again at any time: widgets follow through their change events.
void applyTheme(QApplication& app, ThemeId theme, bool chinese);

QFont bodyFont();
QFont captionFont(bool chinese);
QFont titleFont();
QFont tabularFont(const QFont& base);  // figures of one width, so that a changing number does not make its line jump

// Fonts and colours of these come from applyTheme by class.
class CaptionLabel : public QLabel {  // small, muted
    Q_OBJECT
  public:
    explicit CaptionLabel(QWidget* parent = nullptr) : QLabel(parent) { setForegroundRole(QPalette::PlaceholderText); }
};
class TitleLabel : public QLabel {
    Q_OBJECT
  public:
    using QLabel::QLabel;
};
class SectionLabel : public QLabel {  // small bold caption of a section
    Q_OBJECT
  public:
    using QLabel::QLabel;
};
class NumberLabel : public QLabel {  // tabular figures
    Q_OBJECT
  public:
    using QLabel::QLabel;
};
class DoorLabel : public QLabel {  // the headline of a start-page card
    Q_OBJECT
  public:
    using QLabel::QLabel;
};

void makeDanger(QLabel* label, bool danger);     // the colour of an error, else muted
void makePrimary(QPushButton* button);           // the one accent button of a workspace
void markInvalid(QWidget* input, bool invalid);  // danger-coloured edge

}  // namespace imago
