#include "ui/widgets/status_strip.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLocale>
#include <QPainter>
#include <cmath>

#include "ui/theme/measures.h"
#include "ui/theme/theme.h"
#include "ui/widgets/elided_label.h"

namespace imago {

StatusStrip::StatusStrip(QWidget* parent)
    : QWidget(parent),
      m_sentence(new ElidedLabel(this)),
      m_memory(new NumberLabel(this)),
      m_speed(new NumberLabel(this)),
      m_step(new NumberLabel(this)) {
    setFixedHeight(measure::statusBar);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(measure::padding, 0, measure::padding, 0);
    row->setSpacing(measure::groupGap);
    row->addWidget(m_sentence, 1);
    for (QLabel* label : {m_memory, m_speed, m_step}) row->addWidget(label);
}

void StatusStrip::setSentence(const QString& text) {
    m_sentence->setText(text);
}
QString StatusStrip::sentence() const {
    return m_sentence->text();
}

QString StatusStrip::figures() const {
    return m_memory->text() + " " + m_speed->text() + " " + m_step->text();
}

void StatusStrip::setProgress(const JobProgress& progress) {
    m_progress = progress;
    m_known = true;
    refresh();
}

void StatusStrip::clearFigures() {
    m_known = false;
    refresh();
}

void StatusStrip::refresh() {
    const QLocale locale;
    const bool memory = m_known && m_progress.memoryBytes > 0, speed = m_known && m_progress.imagesPerSecond > 0;
    m_memory->setText(memory ? tr("RAM %1 GB").arg(locale.toString(m_progress.memoryBytes / 1e9, 'f', 1)) : QString());
    m_speed->setText(speed ? tr("%1 pictures/s").arg(rateText(m_progress.imagesPerSecond)) : QString());
    if (!m_known)
        m_step->clear();
    else if (m_progress.total > 0)
        m_step->setText(tr("step %1 / %2").arg(locale.toString(qint64(m_progress.done)), locale.toString(qint64(m_progress.total))));
    else
        m_step->setText(tr("step %1").arg(locale.toString(qint64(m_progress.done))));
}

void StatusStrip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setPen(coloursOf(this).line);
    painter.drawLine(0, 0, width(), 0);
}

void StatusStrip::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) refresh();
    QWidget::changeEvent(event);
}

QString rateText(double imagesPerSecond) {
    return QLocale().toString(imagesPerSecond, 'f', imagesPerSecond < 9.5 ? 1 : 0);
}

QString durationText(double seconds) {
    const auto minutes = qint64(std::lround(seconds / 60));
    if (seconds < 90) return StatusStrip::tr("%n second(s)", nullptr, std::max(1, int(std::lround(seconds / 5)) * 5));
    if (minutes < 90) return StatusStrip::tr("%1 min").arg(minutes);
    return StatusStrip::tr("%1 h %2 min").arg(minutes / 60).arg(minutes % 60 / 10 * 10);
}

QString timeLeftText(double seconds) {
    return seconds < 0 ? QString() : StatusStrip::tr("about %1 left").arg(durationText(seconds));
}

}  // namespace imago
