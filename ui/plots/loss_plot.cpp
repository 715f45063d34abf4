#include "ui/plots/loss_plot.h"

#include <QCheckBox>
#include <QElapsedTimer>
#include <QEvent>
#include <QHBoxLayout>
#include <QLocale>
#include <QSlider>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>

#include "ui/plots/plot_overlay.h"
#include "ui/plots/qcustomplot_wrapper.h"
#include "ui/theme/icons.h"
#include "ui/theme/measures.h"
#include "ui/theme/theme.h"

namespace imago {

namespace {

constexpr double kSettling = 200;  // steps

}  // namespace

LossPlot::LossPlot(QWidget* parent) : QWidget(parent), m_plot(new QCustomPlot(this)) {
    buildHeader();
    auto* column = static_cast<QVBoxLayout*>(layout());
    column->addWidget(m_plot, 1);
    m_overlay = new Overlay(m_plot, this);
    m_plot->setMinimumHeight(88);
    m_plot->setMouseTracking(true);
    m_plot->axisRect()->setAutoMargins(QCP::msNone);
    m_plot->setPlottingHint(QCP::phFastPolylines, true);  // strokes one by one: several times faster than one long path
    m_plot->setSelectionRectMode(QCP::srmZoom);
    m_plot->setInteractions(QCP::iRangeZoom);
    m_plot->axisRect()->setRangeZoom(Qt::Horizontal);
    m_plot->installEventFilter(this);
    m_plot->xAxis->setNumberFormat("f");
    m_plot->xAxis->setNumberPrecision(0);
    m_plot->yAxis->setNumberFormat("g");
    m_plot->yAxis->setNumberPrecision(3);
    connect(m_plot->xAxis, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), this, [this](const QCPRange& range) {
        if (!m_fitting) {
            m_zoomed = true;
            m_reset->setVisible(true);
            refresh();
        }
        Q_EMIT xRangeChanged(range.lower, range.upper);
    });
    connect(m_plot, &QCustomPlot::mouseDoubleClick, this, [this] {
        if (m_zoomed)
            resetZoom();
        else
            m_expand->toggle();
    });
    m_timer.setSingleShot(true);
    m_timer.setInterval(100);
    connect(&m_timer, &QTimer::timeout, this, &LossPlot::repaintNow);
    applyColours();
    retranslate();
    fitRanges();
}

LossPlot::~LossPlot() = default;

void LossPlot::buildHeader() {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto* header = new QHBoxLayout;
    header->setContentsMargins(measure::padding, measure::grid, measure::padding, 0);
    header->setSpacing(measure::gap);
    m_caption = new SectionLabel(this);
    m_legend = new Legend(this);
    auto* legendRow = new QHBoxLayout(m_legend);
    legendRow->setContentsMargins(0, 0, 0, 0);
    legendRow->setSpacing(measure::grid);
    m_log = new QCheckBox(this);
    m_smoothLabel = new QLabel(this);
    m_smooth = new QSlider(Qt::Horizontal, this);
    m_smooth->setRange(0, 999);
    m_smooth->setValue(600);
    m_smooth->setFixedWidth(96);
    m_smoothLabel->setBuddy(m_smooth);
    m_skip = new QSpinBox(this);
    m_skip->setRange(0, 10'000'000);
    m_skip->setSingleStep(50);
    m_reset = new QToolButton(this);
    m_reset->setIcon(themedIcon("zoom-out"));
    m_reset->setAutoRaise(true);
    m_reset->hide();
    m_expand = new QToolButton(this);
    m_expand->setIcon(themedIcon("expand"));
    m_expand->setAutoRaise(true);
    m_expand->setCheckable(true);
    header->addWidget(m_caption);
    header->addWidget(m_legend);
    header->addStretch(1);
    for (QWidget* widget : {static_cast<QWidget*>(m_reset), static_cast<QWidget*>(m_log), static_cast<QWidget*>(m_smoothLabel),
                            static_cast<QWidget*>(m_smooth), static_cast<QWidget*>(m_skip), static_cast<QWidget*>(m_expand)})
        header->addWidget(widget);
    column->addLayout(header);
    connect(m_log, &QCheckBox::toggled, this, &LossPlot::setLogScale);
    connect(m_smooth, &QSlider::valueChanged, this, [this](int value) { setSmoothing(value / 1000.0); });
    connect(m_skip, &QSpinBox::valueChanged, this, [this] { resetZoom(); });
    connect(m_reset, &QToolButton::clicked, this, &LossPlot::resetZoom);
    connect(m_expand, &QToolButton::toggled, this, &LossPlot::expandToggled);
}

void LossPlot::setCurves(CurveSet* curves) {
    m_curves = curves;
    if (m_curves) m_curves->setSmoothing(m_smooth->value() / 1000.0);
    m_cursor = -1;
    rebuildLegend();
    resetZoom();
    repaintNow();
}

void LossPlot::setMarks(const std::vector<PlotMark>* marks) {
    m_marks = marks;
    m_overlay->update();
}

void LossPlot::refresh() {
    if (!m_timer.isActive()) m_timer.start();
}

void LossPlot::repaintNow() {
    QElapsedTimer clock;
    clock.start();
    m_timer.stop();
    std::size_t losses = 0;
    for (std::size_t i = 0; m_curves && i < m_curves->size(); ++i) losses += (*m_curves)[i].loss;
    if (losses != m_legend->chips.size()) rebuildLegend();
    m_plot->setFocusPolicy(m_curves && m_curves->lastStep() >= 0 ? Qt::StrongFocus : Qt::NoFocus);
    if (!m_zoomed) fitRanges();
    fillGraphs();
    m_plot->replot(QCustomPlot::rpImmediateRefresh);
    m_overlay->update();
    m_lastRepaintMs = double(clock.nsecsElapsed()) / 1e6;
    m_plot->setAccessibleDescription(summary());
}

void LossPlot::rebuildLegend() {
    for (LegendChip* chip : m_legend->chips) delete chip;
    m_legend->chips.clear();
    m_plot->clearGraphs();
    if (!m_curves) return;
    int style = 0;
    for (std::size_t i = 0; i < m_curves->size(); ++i) {
        Curve& curve = (*m_curves)[i];
        if (!curve.loss) continue;
        auto* chip = new LegendChip(style++, curve.name, m_legend);
        chip->setText(curveLabel(curve.name));
        chip->setToolTip(tr("Show or hide this curve"));
        chip->setChecked(curve.shown);
        connect(chip, &LegendChip::toggled, this, [this, i](bool on) {
            if (m_curves && i < m_curves->size()) (*m_curves)[i].shown = on;
            repaintNow();
        });
        m_legend->layout()->addWidget(chip);
        m_legend->chips.push_back(chip);
        m_plot->addGraph()->setAdaptiveSampling(false);  // raw
        m_plot->addGraph()->setAdaptiveSampling(false);  // smooth
    }
    applyColours();
}

void LossPlot::fillGraphs() {
    if (!m_curves) return;
    const QCPRange range = m_plot->xAxis->range();
    const int columns = std::max(16, m_plot->axisRect()->width());
    const bool log = m_log->isChecked();
    int graph = 0;
    for (std::size_t i = 0; i < m_curves->size(); ++i) {
        const Curve& curve = (*m_curves)[i];
        if (!curve.loss) continue;
        for (const bool smoothed : {false, true}) {
            QCPGraph* target = m_plot->graph(graph++);
            target->setVisible(curve.shown);
            if (!curve.shown) continue;
            auto line = curve.series.decimate(range.lower, range.upper, smoothed ? columns / 3 : columns, smoothed);
            QVector<QCPGraphData> points(qsizetype(line.x.size()));
            for (std::size_t k = 0; k < line.x.size(); ++k) {
                const bool drawable = !log || line.y[k] > 0;
                points[qsizetype(k)] = QCPGraphData(line.x[k], drawable ? line.y[k] : std::numeric_limits<double>::quiet_NaN());
            }
            // Thousands of steep strokes: smooth edges would cost most of the time and show nothing.
            if (!smoothed) target->setAntialiased(points.size() <= columns);
            target->data()->set(points, true);
        }
    }
}

void LossPlot::fitRanges() {
    m_fitting = true;
    const double from = m_skip->value();
    double to = std::max(from + 10, m_curves ? double(m_curves->lastStep()) : 0.0);
    const bool empty = !m_curves || m_curves->lastStep() < 0;
    for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis}) {
        axis->setTickLabels(!empty);
        axis->setTicks(!empty);
        axis->grid()->setVisible(!empty);
    }
    m_plot->xAxis->setRange(from, to);
    // The fall from the first steps is steep and short: it may leave the plot at the top, so that what follows can be read.
    const double settled = !m_log->isChecked() && to - from > kSettling ? from + (to - from) / 20 : from;
    MinMaxPyramid::Range all;
    for (std::size_t i = 0; m_curves && i < m_curves->size(); ++i) {
        const Curve& curve = (*m_curves)[i];
        if (curve.loss && curve.shown) all.add(curve.series.rangeOver(settled, to, true));
    }
    double low = all.any ? all.low : 0, high = all.any ? all.high : 1;
    if (m_log->isChecked()) {
        high = std::max(high, 1e-9);
        low = std::max(low, high * 1e-6);
        const double margin = std::max(0.04, 0.1 * std::log10(high / low));
        m_plot->yAxis->setRange(low / std::pow(10, margin), high * std::pow(10, margin));
    } else {
        const double margin = std::max(1e-9, 0.12 * (high - low) + 0.02 * std::abs(high));
        m_plot->yAxis->setRange(low >= 0 ? std::max(0.0, low - margin) : low - margin, high + margin);
    }
    m_fitting = false;
}

void LossPlot::setCursorStep(double step) {
    if (step == m_cursor) return;
    m_cursor = step;
    m_overlay->update();
}

void LossPlot::resetZoom() {
    m_zoomed = false;
    m_reset->hide();
    fitRanges();
    refresh();
}

void LossPlot::setLogScale(bool on) {
    m_log->setChecked(on);
    m_plot->yAxis->setScaleType(on ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    if (on)
        m_plot->yAxis->setTicker(QSharedPointer<QCPAxisTickerLog>(new QCPAxisTickerLog));
    else
        m_plot->yAxis->setTicker(QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
    fitRanges();
    repaintNow();
}

void LossPlot::setSkipFirst(int steps) {
    m_skip->setValue(steps);
}

void LossPlot::setSmoothing(double weight) {
    const QSignalBlocker blocker(m_smooth);
    m_smooth->setValue(int(std::lround(weight * 1000)));
    if (m_curves) m_curves->setSmoothing(weight);
    refresh();
}

void LossPlot::applyColours() {
    const Colours& c = coloursOf(this);
    m_plot->setBackground(QBrush(c.field));
    m_plot->axisRect()->setMargins(QMargins(measure::plotLeft, measure::gap, measure::plotRight, 24));
    for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis}) {
        axis->setBasePen(QPen(c.lineStrong));
        axis->setTickPen(QPen(c.lineStrong));
        axis->setSubTickPen(Qt::NoPen);
        axis->setTickLabelColor(c.muted);
        axis->setTickLabelFont(tabularFont(m_caption->font()));
        axis->grid()->setPen(QPen(c.line, 1, Qt::DotLine));
        axis->grid()->setZeroLinePen(Qt::NoPen);
    }
    m_plot->selectionRect()->setPen(QPen(c.text, 1));
    QColor veil = c.text;
    veil.setAlphaF(0.12F);
    m_plot->selectionRect()->setBrush(veil);
    for (int graph = 0; graph < m_plot->graphCount(); ++graph) {
        const int style = graph / 2;
        QColor colour = c.plot[std::size_t(style % kPlotStyles)];
        const bool smoothed = graph % 2;
        if (!smoothed) {
            // Faint by mixing with the ground, not by transparency: opaque strokes draw several times faster.
            const auto mix = [](int over, int under) { return int(under + measure::plotRawOpacity * (over - under)); };
            colour = QColor(mix(colour.red(), c.field.red()), mix(colour.green(), c.field.green()), mix(colour.blue(), c.field.blue()));
        }
        QPen pen(colour, smoothed ? measure::plotLine : measure::plotRawLine);
        if (const auto dash = plotDash(style); smoothed && !dash.isEmpty()) pen.setDashPattern(dash);
        m_plot->graph(graph)->setPen(pen);
    }
}

void LossPlot::retranslate() {
    m_caption->setText(tr("Loss"));
    m_caption->setToolTip(tr("How wrong the model still is; lower is better. The faint line is every step, the strong one its average."));
    m_log->setText(tr("log"));
    m_log->setToolTip(tr("Logarithmic scale"));
    m_smoothLabel->setText(tr("smooth"));
    m_smooth->setToolTip(tr("How much the strong line averages over the steps before"));
    m_smooth->setAccessibleName(tr("Smoothing"));
    m_skip->setPrefix(tr("skip first "));
    m_skip->setToolTip(tr("Leaves out the first steps, where the loss is large"));
    m_skip->setAccessibleName(tr("Skip first steps"));
    m_reset->setToolTip(tr("Show everything (double-click)"));
    m_reset->setAccessibleName(tr("Show everything"));
    m_expand->setToolTip(tr("Full height (double-click)"));
    m_expand->setAccessibleName(tr("Full height"));
    m_plot->setAccessibleName(tr("Loss curve"));
    m_plot->setLocale(QLocale());
    for (LegendChip* chip : m_legend->chips) {
        chip->setText(curveLabel(chip->curve()));
        chip->setToolTip(tr("Show or hide this curve"));
        chip->updateGeometry();
    }
}

void LossPlot::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) {
        retranslate();
        refresh();
    } else if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        applyColours();
        refresh();
    }
    QWidget::changeEvent(event);
}

// In a narrow window the curves' names come first.
void LossPlot::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    const bool room = width() >= measure::compactRun;
    for (QWidget* widget : {static_cast<QWidget*>(m_smoothLabel), static_cast<QWidget*>(m_smooth), static_cast<QWidget*>(m_skip)})
        widget->setVisible(room);
    refresh();
}

}  // namespace imago
