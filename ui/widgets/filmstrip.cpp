#include "ui/widgets/filmstrip.h"

#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <cmath>

#include "ui/theme/measures.h"
#include "ui/theme/palette.h"

namespace imago {

Filmstrip::Filmstrip(QWidget* parent) : QWidget(parent) {
    setMouseTracking(true);
    setFixedHeight(measure::filmstrip);
    describe();
}

void Filmstrip::setFrames(const PreviewFrames* frames) {
    m_frames = frames;
    m_cursor = m_pinned = -1;
    framesChanged();
}

void Filmstrip::framesChanged() {
    const int count = m_frames ? int(m_frames->size()) : 0;
    setFocusPolicy(count > 0 ? Qt::StrongFocus : Qt::NoFocus);
    if (m_pinned >= count) m_pinned = -1;
    if (m_cursor >= count) m_cursor = -1;
    describe();
    update();
}

void Filmstrip::describe() {
    setAccessibleName(tr("Moments of the run"));
    if (m_pinned >= 0)
        setAccessibleDescription(tr("step %1").arg(QLocale().toString(qint64((*m_frames)[std::size_t(m_pinned)].step))));
    else
        setAccessibleDescription(tr("%n moment(s)", nullptr, m_frames ? int(m_frames->size()) : 0));
}

void Filmstrip::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) describe();
    QWidget::changeEvent(event);
}

void Filmstrip::setRange(double fromStep, double toStep) {
    m_from = fromStep;
    m_to = std::max(toStep, fromStep + 1);
    update();
}

void Filmstrip::setTile(int tile) {
    m_tile = std::max(0, tile);
    update();
}

void Filmstrip::setCursor(int frame) {
    if (m_cursor == frame) return;
    m_cursor = frame;
    update();
}

void Filmstrip::setPinned(int frame) {
    m_pinned = frame;
    update();
}

QSize Filmstrip::sizeHint() const {
    return {400, measure::filmstrip};
}
QSize Filmstrip::minimumSizeHint() const {
    return {200, measure::filmstrip};
}

double Filmstrip::xOf(int frame) const {
    const double span = width() - measure::plotLeft - measure::plotRight;
    return measure::plotLeft + span * (double((*m_frames)[std::size_t(frame)].step) - m_from) / (m_to - m_from);
}

int Filmstrip::frameAtX(double x) const {
    if (!m_frames || m_frames->empty()) return -1;
    const double span = width() - measure::plotLeft - measure::plotRight;
    const double at = m_from + (x - measure::plotLeft) / std::max(1.0, span) * (m_to - m_from);
    const int before = std::max(0, frameAt(*m_frames, at));
    const int after = std::min(int(m_frames->size()) - 1, before + 1);
    return std::abs(xOf(after) - x) < std::abs(xOf(before) - x) ? after : before;
}

void Filmstrip::paintEvent(QPaintEvent*) {
    const Colours& c = coloursOf(this);
    QPainter painter(this);
    painter.fillRect(rect(), c.field);
    painter.setPen(c.line);
    painter.drawLine(0, 0, width(), 0);
    if (!m_frames || m_frames->empty()) {
        painter.setPen(c.muted);
        painter.drawText(rect().adjusted(measure::plotLeft, 0, -measure::plotRight, 0), Qt::AlignVCenter | Qt::AlignLeft,
                         tr("Pictures of the run will line up here."));
        return;
    }
    const int left = measure::plotLeft, right = width() - measure::plotRight, top = measure::gap;
    const int size = measure::filmFrame, pitch = size + measure::grid;
    // Each thumbnail stands over its own step; where they would overlap, the marked one, the first
    // and the newer one win.
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    const int marked = m_cursor >= 0 ? m_cursor : m_pinned >= 0 ? m_pinned : int(m_frames->size()) - 1;
    const auto leftOf = [&](int frame) { return std::clamp(xOf(frame) - size / 2.0, double(left), double(right - size)); };
    const auto inside = [&](int frame) { return xOf(frame) >= left - 1 && xOf(frame) <= right + 1; };
    const double markedLeft = inside(marked) ? leftOf(marked) : -1000;
    double limit = right + pitch;
    const double firstLeft = inside(0) ? leftOf(0) : -1000;
    for (int i = int(m_frames->size()) - 1; i >= 0; --i) {
        const double x = leftOf(i);
        const bool isMarked = i == marked;
        if (!inside(i) || (!isMarked && (x + pitch > limit || std::abs(x - markedLeft) < pitch || (i > 0 && x - firstLeft < pitch))))
            continue;
        if (!isMarked || x + pitch <= limit) limit = x;
        const PreviewFrame& frame = (*m_frames)[std::size_t(i)];
        const QRectF target(std::round(x), top, size, size);
        painter.drawImage(target, frame.image, QRectF(frame.tileRect(std::min(m_tile, frame.tiles() - 1))));
        if (!isMarked) continue;
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(c.ringInner, 1));
        painter.drawRect(target.adjusted(0, 0, -1, -1));
        painter.setPen(QPen(c.ringOuter, 1));
        painter.drawRect(target.adjusted(1, 1, -2, -2));
    }
    for (int i = 0; i < int(m_frames->size()); ++i) {
        const double x = xOf(i);
        if (x < left - 1 || x > right + 1) continue;
        const bool on = i == marked;
        painter.setPen(QPen(on ? c.text : c.lineStrong, 1));
        const double px = std::round(x) + 0.5;
        painter.drawLine(QPointF(px, on ? top + size + 1 : height() - 7), QPointF(px, height() - 2));
    }
    if (hasFocus()) {
        painter.setPen(QPen(c.accent, 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect().adjusted(0, 0, -1, -1));
    }
}

void Filmstrip::mouseMoveEvent(QMouseEvent* event) {
    const int frame = frameAtX(event->position().x());
    if (event->buttons() & Qt::LeftButton) {
        m_pinned = frame;
        Q_EMIT picked(frame);
    }
    if (frame == m_cursor) return;
    setCursor(frame);
    Q_EMIT hovered(frame);
}

void Filmstrip::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    const int frame = frameAtX(event->position().x());
    // A click on the newest moment follows the run again.
    m_pinned = m_frames && frame == int(m_frames->size()) - 1 ? -1 : frame;
    Q_EMIT picked(m_pinned);
    update();
}

void Filmstrip::step(int by) {
    if (!m_frames || m_frames->empty()) return;
    const int last = int(m_frames->size()) - 1;
    const int now = m_pinned >= 0 ? m_pinned : last;
    const int next = std::clamp(now + by, 0, last);
    m_pinned = next == last ? -1 : next;
    m_cursor = -1;
    Q_EMIT picked(m_pinned);
    describe();
    update();
}

void Filmstrip::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
        case Qt::Key_Left:
            return step(-1);
        case Qt::Key_Right:
            return step(1);
        case Qt::Key_Home:
            return step(-1'000'000);
        case Qt::Key_End:
        case Qt::Key_Escape:
            return step(1'000'000);
        default:
            return QWidget::keyPressEvent(event);
    }
}

void Filmstrip::leaveEvent(QEvent*) {
    setCursor(-1);
    Q_EMIT hovered(-1);
}

void Filmstrip::wheelEvent(QWheelEvent* event) {
    const int delta = event->angleDelta().y() != 0 ? event->angleDelta().y() : event->angleDelta().x();
    if (delta != 0) step(delta < 0 ? 1 : -1);
    event->accept();
}

}  // namespace imago
