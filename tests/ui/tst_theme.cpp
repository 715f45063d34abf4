// links: imago_ui
// The palette keeps the contrast that it promises, in both themes; text is never below its size.
#include <QApplication>
#include <QSet>
#include <QTest>

#include "ui/theme/icons.h"
#include "ui/theme/measures.h"
#include "ui/theme/theme.h"

using namespace imago;

class TestTheme : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void contrast_data() {
        QTest::addColumn<int>("theme");
        QTest::newRow("dark") << int(ThemeId::Dark);
        QTest::newRow("light") << int(ThemeId::Light);
    }
    void contrast() {
        QFETCH(int, theme);
        const Colours& c = coloursOf(ThemeId(theme));
        for (const QColor& surface : {c.window, c.panel, c.field, c.raised, c.hover}) {
            QVERIFY2(contrastRatio(c.text, surface) >= 4.5, qPrintable(surface.name()));
            QVERIFY2(contrastRatio(c.muted, surface) >= 4.5, qPrintable(surface.name()));
        }
        for (const QColor& surface : {c.window, c.panel, c.field, c.raised}) {
            QVERIFY2(contrastRatio(c.lineStrong, surface) >= 3.0, qPrintable(surface.name()));
            for (const QColor& word : {c.accent, c.danger, c.warning, c.ok})
                QVERIFY2(contrastRatio(word, surface) >= 4.5, qPrintable(word.name() + " on " + surface.name()));
        }
        QVERIFY(contrastRatio(c.onAccent, c.accentFill) >= 4.5);
        QVERIFY(contrastRatio(c.text, c.selectedRow) >= 4.5);
        QVERIFY(contrastRatio(c.muted, c.selectedRow) >= 4.5);
        for (const QColor& line : c.plot) QVERIFY2(contrastRatio(line, c.field) >= 4.0, qPrintable(line.name()));
        // No tint around pictures: the surfaces are grey.
        for (const QColor& surface : {c.window, c.panel, c.field, c.raised, c.line, c.selectedRow, c.canvas})
            QCOMPARE(surface.saturation(), 0);
    }
    void knownContrast() {
        QCOMPARE(contrastRatio(Qt::black, Qt::white), 21.0);
        QVERIFY(std::abs(contrastRatio(QColor(0x77, 0x77, 0x77), Qt::white) - 4.48) < 0.01);  // the usual example of WCAG
    }
    void dashesDiffer() {
        for (int i = 0; i < kPlotStyles; ++i)
            for (int j = 0; j < i; ++j) QVERIFY(plotDash(i) != plotDash(j));
    }
    void paletteTellsItsTheme() {
        for (const ThemeId theme : {ThemeId::Dark, ThemeId::Light}) QCOMPARE(coloursOf(paletteOf(theme)).window, coloursOf(theme).window);
    }
    void switchingReachesWidgets() {
        applyTheme(*qApp, ThemeId::Dark, false);
        CaptionLabel caption;
        caption.show();
        QCOMPARE(caption.palette().color(caption.foregroundRole()), coloursOf(ThemeId::Dark).muted);
        QCOMPARE(caption.font().pointSize(), measure::captionPt);
        applyTheme(*qApp, ThemeId::Light, true);
        QTRY_COMPARE(caption.palette().color(caption.foregroundRole()), coloursOf(ThemeId::Light).muted);
        QTRY_VERIFY(caption.font().pointSize() >= 10);  // Chinese
        NumberLabel number;
        number.ensurePolished();
        const QFontMetricsF metrics(number.font());
        for (char digit = '0'; digit <= '9'; ++digit) QCOMPARE(metrics.horizontalAdvance(QChar(digit)), metrics.horizontalAdvance('0'));
    }
    void iconsTakeThePalettesColour() {
        for (const ThemeId theme : {ThemeId::Dark, ThemeId::Light}) {
            applyTheme(*qApp, theme, false);
            const QImage image = themedIcon("stop").pixmap(32, 32).toImage();
            QSet<QRgb> opaque;
            for (int y = 0; y < image.height(); ++y)
                for (int x = 0; x < image.width(); ++x)
                    if (image.pixelColor(x, y).alpha() == 255) opaque << image.pixelColor(x, y).rgb();
            QVERIFY(opaque.contains(coloursOf(theme).text.rgb()));
        }
    }
};

QTEST_MAIN(TestTheme)
#include "tst_theme.moc"
