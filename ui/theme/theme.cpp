#include "ui/theme/theme.h"

#include <QApplication>
#include <QFontDatabase>
#include <QFontMetricsF>
#include <QLocale>
#include <QPushButton>
#include <QStyle>

#include "ui/theme/measures.h"
#include "ui/theme/style.h"

// The icons lie in a static library: without this the linker leaves them out. (The macro wants the global namespace.)
static void openResources() {
    Q_INIT_RESOURCE(imago);
}

namespace imago {

namespace {

QFont systemFont(int points) {
    QFont font = QFontDatabase::systemFont(QFontDatabase::GeneralFont);
    font.setPointSize(points);
    return font;
}

// Chinese fonts seldom have a half-bold, and a renderer makes up only the full bold.
QFont semibold(QFont font) {
    font.setWeight(QLocale().language() == QLocale::Chinese ? QFont::Bold : QFont::DemiBold);
    return font;
}

}  // namespace

QFont bodyFont() {
    return systemFont(measure::bodyPt);
}

QFont captionFont(bool chinese) {
    return systemFont(chinese ? measure::captionPtChinese : measure::captionPt);
}

QFont titleFont() {
    return semibold(systemFont(measure::titlePt));
}

QFont tabularFont(const QFont& base) {
    const QFontMetricsF metrics(base);
    const qreal width = metrics.horizontalAdvance('0');
    for (char digit = '1'; digit <= '9'; ++digit) {
        if (std::abs(metrics.horizontalAdvance(QChar(digit)) - width) > 0.01) {
            QFont fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
            fixed.setPointSizeF(base.pointSizeF());
            return fixed;
        }
    }
    return base;
}

void applyTheme(QApplication& app, ThemeId theme, bool chinese) {
    openResources();
    if (!qobject_cast<ImagoStyle*>(app.style())) app.setStyle(new ImagoStyle);
    const QPalette palette = paletteOf(theme);
    app.setPalette(palette);

    app.setFont(bodyFont());
    QFont section = captionFont(chinese);
    section.setBold(true);
    const QFont door = semibold(systemFont(measure::doorPt));
    const std::pair<const char*, QFont> roles[] = {{"imago::CaptionLabel", captionFont(chinese)},
                                                   {"imago::TitleLabel", titleFont()},
                                                   {"imago::SectionLabel", section},
                                                   {"imago::NumberLabel", tabularFont(captionFont(chinese))},
                                                   {"imago::DoorLabel", door}};
    for (const auto& [role, font] : roles) {
        app.setFont(font, role);  // for those to come
        for (QWidget* widget : QApplication::allWidgets())
            if (widget->inherits(role)) widget->setFont(font);
    }
}

void makeDanger(QLabel* label, bool danger) {
    label->setForegroundRole(danger ? QPalette::BrightText : QPalette::PlaceholderText);
}

void makePrimary(QPushButton* button) {
    button->setProperty("primary", true);
    button->setMinimumHeight(measure::controlPrimary);
}

void markInvalid(QWidget* input, bool invalid) {
    if (input->property("invalid").toBool() == invalid) return;
    input->setProperty("invalid", invalid);
    input->update();
}

}  // namespace imago
