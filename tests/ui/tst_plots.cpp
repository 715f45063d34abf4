// links: imago_ui
// Curves: the average equals its reference, gaps stay gaps, a million points draw fast, the same pixels come from files.
#include <QApplication>
#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>
#include <cmath>
#include <limits>

#include "ui/plots/loss_plot.h"
#include "ui/plots/qcustomplot_wrapper.h"
#include "ui/theme/theme.h"
#include "ui/widgets/filmstrip.h"
#include "ui/widgets/sample_grid.h"

using namespace imago;

namespace {
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

float noisy(int i) {
    return float(std::exp(-i / 4000.0) + 0.2 * std::sin(i * 12.9898) + 0.3);
}
}  // namespace

class TestPlots : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ThemeId::Dark, false); }

    // The closed form of a debiased average: weights (1 - w) w^(n - i), divided by their sum.
    void smoothingEqualsReference() {
        for (const double weight : {0.0, 0.6, 0.95, 0.999}) {
            MetricSeries series;
            series.setSmoothing(weight);
            std::vector<double> values;
            for (int i = 0; i < 60; ++i) {
                values.push_back(noisy(i));
                series.append(i, float(values.back()));
                double sum = 0, weights = 0;
                for (int k = 0; k <= i; ++k) {
                    const double w = std::pow(weight, i - k);
                    sum += w * double(float(values[std::size_t(k)]));
                    weights += w;
                }
                QVERIFY(std::abs(series.smooth(std::size_t(i)) - sum / weights) < 1e-5);
            }
        }
    }
    void smoothingLaterIsTheSame() {
        MetricSeries before, after;
        before.setSmoothing(0.9);
        for (int i = 0; i < 500; ++i) before.append(i, noisy(i)), after.append(i, noisy(i));
        after.setSmoothing(0.9);
        for (std::size_t i = 0; i < 500; ++i) QCOMPARE(after.smooth(i), before.smooth(i));
    }
    void pyramidEqualsPlainSearch() {
        MinMaxPyramid pyramid;
        std::vector<float> values;
        for (int i = 0; i < 5000; ++i) {
            values.push_back(i % 377 == 5 ? kNaN : noisy(i));
            pyramid.append(values.back());
        }
        for (const auto& [a, b] : {std::pair{0, 5000}, {1, 17}, {16, 32}, {255, 4097}, {17, 18}, {4999, 5000}, {300, 300}}) {
            MinMaxPyramid::Range expected;
            for (int i = a; i < b; ++i) expected.add(values[std::size_t(i)]);
            const auto actual = pyramid.over(std::size_t(a), std::size_t(b));
            QCOMPARE(actual.any, expected.any);
            QCOMPARE(actual.gap, expected.gap);
            QCOMPARE(actual.low, expected.low);
            QCOMPARE(actual.high, expected.high);
        }
    }
    void gapsStayGaps() {
        MetricSeries series;
        for (int i = 0; i < 20; ++i) series.append(i, i == 7 ? kNaN : i == 12 ? std::numeric_limits<float>::infinity() : 1.0F);
        QCOMPARE(series.badSteps().size(), std::size_t(2));
        QCOMPARE(series.badSteps()[0], 7);
        const auto line = series.decimate(0, 19, 400, false);
        QVERIFY(std::isnan(line.y[7]) && std::isnan(line.y[12]));
        QVERIFY(std::isfinite(series.smooth(8)));  // the average goes on behind a gap
        // Also where many points share a column.
        MetricSeries dense;
        for (int i = 0; i < 100'000; ++i) dense.append(i, i == 50'000 ? kNaN : 1.0F);
        const auto columns = dense.decimate(0, 99'999, 500, false);
        QVERIFY(columns.x.size() < 2000);
        QCOMPARE(std::count_if(columns.y.begin(), columns.y.end(), [](double y) { return std::isnan(y); }), 1);
    }
    void decimationKeepsPeaks() {
        MetricSeries series;
        for (int i = 0; i < 200'000; ++i) series.append(i, i == 123'456 ? 50.0F : 1.0F);
        const auto line = series.decimate(0, 199'999, 600, false);
        QVERIFY(line.x.size() <= 600 * 3);
        QCOMPARE(*std::max_element(line.y.begin(), line.y.end()), 50.0);
        QVERIFY(std::is_sorted(line.x.begin(), line.x.end()));
    }
    void resumeDropsSuperseded() {
        MetricSeries series;
        for (int i = 0; i < 100; ++i) series.append(i, noisy(i));
        MetricSeries reference;
        for (int i = 0; i < 60; ++i) reference.append(i, noisy(i));
        reference.append(60, 9.0F);
        series.append(60, 9.0F);  // a resumed run comes back to step 60
        QCOMPARE(series.size(), std::size_t(61));
        QCOMPARE(series.smooth(60), reference.smooth(60));
    }
    void millionPointsRepaint() {
        CurveSet curves;
        curves.setNames({"loss"});
        for (int i = 0; i < 1'000'000; ++i) {
            const float value = noisy(i);
            curves.append(i, {&value, 1});
        }
        LossPlot plot;
        plot.resize(900, 300);
        plot.setCurves(&curves);
        plot.show();
        plot.repaintNow();
        double best = 1e9;
        for (int i = 0; i < 9; ++i) {
            plot.repaintNow();
            best = std::min(best, plot.lastRepaintMs());
        }
        qInfo("1e6 points repainted in %.1f ms (best of 9)", best);
        QVERIFY2(best < 30, qPrintable(QString("%1 ms").arg(best)));
    }
    void zoomLogSkip() {
        CurveSet curves;
        curves.setNames({"loss", "rate"});
        for (int i = 0; i < 1000; ++i) {
            const std::array<float, 2> row{noisy(i), 1e-3F};
            curves.append(i, row);
        }
        LossPlot plot;
        plot.resize(900, 300);
        plot.show();
        plot.setCurves(&curves);
        QCOMPARE(plot.plot()->graphCount(), 2);  // raw and average of the loss; the rate is not a loss
        QSignalSpy ranges(&plot, &LossPlot::xRangeChanged);
        plot.setSkipFirst(300);
        plot.repaintNow();
        QCOMPARE(plot.plot()->xAxis->range().lower, 300.0);
        QVERIFY(ranges.count() > 0);
        plot.setLogScale(true);
        QVERIFY(plot.plot()->yAxis->range().lower > 0);
        // A rectangle drawn with the mouse zooms; the button or a double-click goes back.
        QWidget* canvas = plot.plot();
        QTest::mousePress(canvas, Qt::LeftButton, {}, QPoint(200, 60));
        QTest::mouseMove(canvas, QPoint(300, 120));
        QMouseEvent move(QEvent::MouseMove, QPointF(400, 140), canvas->mapToGlobal(QPointF(400, 140)), Qt::LeftButton, Qt::LeftButton, {});
        QApplication::sendEvent(canvas, &move);
        QTest::mouseRelease(canvas, Qt::LeftButton, {}, QPoint(400, 140));
        QVERIFY(plot.isZoomed());
        QVERIFY(plot.plot()->xAxis->range().lower > 300);
        plot.resetZoom();
        QVERIFY(!plot.isZoomed());
        QCOMPARE(plot.plot()->xAxis->range().lower, 300.0);
    }
    void hoverGivesTheStep() {
        CurveSet curves;
        curves.setNames({"loss"});
        for (int i = 0; i <= 1000; ++i) {
            const float value = noisy(i);
            curves.append(i, {&value, 1});
        }
        LossPlot plot;
        plot.resize(900, 300);
        plot.show();
        plot.setCurves(&curves);
        QSignalSpy moved(&plot, &LossPlot::cursorMoved);
        QWidget* canvas = plot.plot();
        const double x = plot.plot()->xAxis->coordToPixel(500);
        QMouseEvent hover(QEvent::MouseMove, QPointF(x, 80), canvas->mapToGlobal(QPointF(x, 80)), Qt::NoButton, Qt::NoButton, {});
        QApplication::sendEvent(canvas, &hover);
        QCOMPARE(moved.count(), 1);
        QVERIFY(std::abs(moved[0][0].toDouble() - 500) <= 1);
        QVERIFY(plot.summary().contains("1,000"));
    }
    void filmstripStopsAtEveryPreview() {
        PreviewFrames frames;
        for (int i = 0; i < 500; ++i) {
            PreviewFrame frame;
            frame.step = i * 10;
            frame.image = QImage(28, 28, QImage::Format_Grayscale8);
            frame.image.fill(i % 256);
            frames.push_back(frame);
        }
        Filmstrip strip;
        strip.resize(1400, strip.height());
        strip.setFrames(&frames);
        strip.setRange(0, 4990);
        strip.show();
        QSet<int> reached;
        for (double x = 0; x < strip.width(); x += 0.5) reached << strip.frameAtX(x);
        QCOMPARE(reached.size(), 500);
        for (int i = 0; i < 500; ++i) QCOMPARE(strip.frameAtX(strip.xOf(i)), i);
        // Keys walk through all of them.
        QSignalSpy picked(&strip, &Filmstrip::picked);
        QTest::keyClick(&strip, Qt::Key_Home);
        QCOMPARE(strip.pinned(), 0);
        for (int i = 0; i < 499; ++i) QTest::keyClick(&strip, Qt::Key_Right);
        QCOMPARE(strip.pinned(), -1);  // the newest: follows the training again
        QCOMPARE(picked.count(), 500);
    }
    void tilesAreWholeMultiples() {
        PreviewFrame frame;
        frame.columns = 8, frame.rows = 4;
        for (int i = 0; i < 32; ++i) frame.seeds.push_back(std::uint64_t(i));
        frame.image = QImage(8 * 28, 4 * 28, QImage::Format_Grayscale8);
        for (int y = 0; y < frame.image.height(); ++y)
            for (int x = 0; x < frame.image.width(); ++x) frame.image.scanLine(y)[x] = uchar((x * 37 + y * 91) % 256);
        const PreviewFrames frames{frame};
        SampleGrid grid;
        grid.resize(1000, 560);
        grid.setFrames(&frames);
        grid.show();
        const auto layout = grid.arrange();
        QVERIFY(layout.scale >= 3 && layout.scale <= 8);
        QCOMPARE(layout.columns * layout.rows, 32);
        const QImage shown = grid.grab().toImage();
        const double ratio = shown.devicePixelRatio();
        for (const int tile : {0, 9, 31}) {
            const QPoint origin = (grid.tileRect(tile).topLeft() * ratio).toPoint();
            for (int y = 0; y < 28; ++y)
                for (int x = 0; x < 28; ++x)
                    for (const int d : {0, layout.scale - 1}) {
                        const QColor pixel = shown.pixelColor(origin + QPoint(x * layout.scale + d, y * layout.scale + d));
                        QCOMPARE(pixel.red(), int(frame.image.constScanLine(tile / 8 * 28 + y)[tile % 8 * 28 + x]));
                    }
        }
    }
};

QTEST_MAIN(TestPlots)
#include "tst_plots.moc"
