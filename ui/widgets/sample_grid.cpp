#include "ui/widgets/sample_grid.h"

#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <cmath>

#include "ui/bridge/core_text.h"
#include "ui/theme/measures.h"
#include "ui/theme/theme.h"

namespace imago {

SampleGrid::SampleGrid(QWidget* parent) : QWidget(parent) {
    setMouseTracking(true);
    setAccessibleName(tr("Samples"));
}

void SampleGrid::setFrames(const PreviewFrames* frames) {
    m_frames = frames;
    m_current = m_hovered = m_selected = m_scrub = -1;
    framesChanged();
}

void SampleGrid::framesChanged() {
    const int count = m_frames ? int(m_frames->size()) : 0;
    setFocusPolicy(count > 0 ? Qt::StrongFocus : Qt::NoFocus);
    if (m_current >= count) m_current = -1;
    if (m_scrub >= count) m_scrub = -1;
    m_rendering = m_rendering && count == 0;
    describe();
    update();
}

void SampleGrid::setCurrent(int frame) {
    if (m_current == frame) return;
    m_current = frame;
    describe();
    update();
}

int SampleGrid::shownFrame() const {
    if (!m_frames || m_frames->empty()) return -1;
    return m_current >= 0 && m_current < int(m_frames->size()) ? m_current : int(m_frames->size()) - 1;
}

void SampleGrid::setEmptyText(const QString& text) {
    m_empty = text;
    setAccessibleName(tr("Samples"));
    update();
}

void SampleGrid::setSmooth(bool smooth) {
    m_smooth = smooth;
    update();
}

void SampleGrid::setRendering(bool rendering) {
    m_rendering = rendering;
    update();
}

SampleGrid::Layout SampleGrid::arrange() const {
    Layout best;
    const int frame = shownFrame();
    if (frame < 0) return best;
    const PreviewFrame& shown = (*m_frames)[std::size_t(frame)];
    const int tiles = shown.tiles();
    const QSize picture = shown.tileSize();
    if (picture.isEmpty()) return best;
    const double ratio = devicePixelRatioF();
    const int width = int(this->width() * ratio), height = int(this->height() * ratio);
    const int spacing = int(std::lround(measure::gap * ratio)), margin = spacing;
    const bool whole = std::max(picture.width(), picture.height()) <= measure::pixelArtLimit;
    double bestScale = 0;
    int bestEmpty = 0;
    for (int columns = 1; columns <= tiles; ++columns) {
        if (shown.pairs && columns != shown.columns) continue;
        const int rows = (tiles + columns - 1) / columns;
        const double sx = double(width - 2 * margin - (columns - 1) * spacing) / (columns * picture.width());
        const double sy = double(height - 2 * margin - (rows - 1) * spacing) / (rows * picture.height());
        double scale = std::min(sx, sy);
        if (whole)
            scale = scale >= 1 ? std::floor(std::min(scale, double(measure::maxPictureZoom))) : scale;
        else
            scale = std::min(scale, 1.0 * ratio);
        const int empty = rows * columns - tiles;
        // Larger tiles first, then no ragged last row, then the shape the preview was written in.
        const bool better =
            scale > bestScale || (scale == bestScale && (empty < bestEmpty || (empty == bestEmpty && columns == shown.columns)));
        if (scale <= 0 || !better) continue;
        bestScale = scale;
        bestEmpty = empty;
        best.columns = columns;
        best.rows = rows;
        best.scale = whole && scale >= 1 ? int(scale) : 0;
        best.tile = QSize(int(picture.width() * scale), int(picture.height() * scale));
        best.spacing = spacing;
    }
    if (best.columns == 0) return best;
    best.origin = QPoint((width - best.columns * best.tile.width() - (best.columns - 1) * spacing) / 2,
                         (height - best.rows * best.tile.height() - (best.rows - 1) * spacing) / 2);
    return best;
}

QRectF SampleGrid::tileRect(int tile) const {
    const Layout layout = arrange();
    if (layout.columns == 0) return {};
    const double ratio = devicePixelRatioF();
    const QPoint at = layout.origin + QPoint((tile % layout.columns) * (layout.tile.width() + layout.spacing),
                                             (tile / layout.columns) * (layout.tile.height() + layout.spacing));
    return {at.x() / ratio, at.y() / ratio, layout.tile.width() / ratio, layout.tile.height() / ratio};
}

int SampleGrid::tileAt(const QPointF& position) const {
    const int frame = shownFrame();
    if (frame < 0) return -1;
    for (int tile = 0; tile < (*m_frames)[std::size_t(frame)].tiles(); ++tile)
        if (tileRect(tile).contains(position)) return tile;
    return -1;
}

void SampleGrid::paintEvent(QPaintEvent*) {
    const Colours& c = coloursOf(this);
    QPainter painter(this);
    painter.fillRect(rect(), c.canvas);
    const int frame = shownFrame();
    if (frame < 0) {
        const QString text = m_rendering ? tr("The first pictures are on their way.") : m_empty;
        const QFontMetrics metrics(font());
        QRect chip = metrics.boundingRect(rect().adjusted(48, 0, -48, 0), Qt::AlignCenter | Qt::TextWordWrap, text);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(c.chip);
        if (!text.isEmpty()) painter.drawRoundedRect(chip.adjusted(-12, -8, 12, 8), measure::radius, measure::radius);
        painter.setPen(c.onChip);
        painter.drawText(chip, Qt::AlignCenter | Qt::TextWordWrap, text);
        return;
    }
    for (int tile = 0; tile < (*m_frames)[std::size_t(frame)].tiles(); ++tile) paintTile(painter, tile);
    if (m_hovered >= 0) paintChip(painter, m_hovered);
}

void SampleGrid::paintTile(QPainter& painter, int tile) {
    const Colours& c = coloursOf(this);
    int frame = shownFrame();
    if (tile == m_hovered && m_scrub >= 0 && tile < (*m_frames)[std::size_t(m_scrub)].tiles()) frame = m_scrub;
    const PreviewFrame& shown = (*m_frames)[std::size_t(frame)];
    const QRectF target = tileRect(tile);
    const Layout layout = arrange();
    painter.setRenderHint(QPainter::SmoothPixmapTransform, m_smooth || layout.scale == 0);
    painter.drawImage(target, shown.image, QRectF(shown.tileRect(tile)));
    if (tile != m_selected) return;
    // A ring of one light and one dark pixel, outside a gap: seen on any picture, and no hue beside it.
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(c.ringInner, 1));
    painter.drawRect(target.adjusted(-3, -3, 2, 2));
    painter.setPen(QPen(c.ringOuter, 1));
    painter.drawRect(target.adjusted(-4, -4, 3, 3));
}

void SampleGrid::paintChip(QPainter& painter, int tile) {
    const Colours& c = coloursOf(this);
    const int index = m_scrub >= 0 ? m_scrub : shownFrame();
    const PreviewFrame& frame = (*m_frames)[std::size_t(index)];
    QStringList parts;
    if (tile < frame.labels.size() && !frame.labels[tile].isEmpty()) parts << coreText(frame.labels[tile].toStdString());
    if (tile < int(frame.seeds.size())) parts << tr("seed %1").arg(QString::number(frame.seeds[std::size_t(tile)]));
    parts << tr("step %1").arg(QLocale().toString(qint64(frame.step)));
    const QString text = parts.join(" · ");
    painter.setFont(tabularFont(font()));
    const QFontMetrics metrics(painter.font());
    QRect chip(0, 0, metrics.horizontalAdvance(text) + 2 * measure::gap, metrics.height() + measure::gap);
    const QRectF target = tileRect(tile);
    chip.moveCenter(QPoint(int(target.center().x()), 0));
    chip.moveTop(int(target.bottom()) + measure::grid);
    if (chip.bottom() > height() - 2) chip.moveBottom(int(target.top()) - measure::grid);
    chip.moveLeft(std::clamp(chip.left(), 2, std::max(2, width() - chip.width() - 2)));
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(c.chip);
    painter.drawRoundedRect(chip, measure::radius, measure::radius);
    painter.setPen(c.onChip);
    painter.drawText(chip, Qt::AlignCenter, text);
}

void SampleGrid::mouseMoveEvent(QMouseEvent* event) {
    const int tile = tileAt(event->position());
    int scrub = -1;
    if (tile >= 0 && m_frames->size() > 1) {
        const QRectF area = tileRect(tile);
        const double across = std::clamp((event->position().x() - area.left()) / area.width(), 0.0, 0.999);
        scrub = int(across * double(m_frames->size()));
    }
    if (tile == m_hovered && scrub == m_scrub) return;
    m_hovered = tile;
    m_scrub = scrub;
    Q_EMIT scrubbed(scrub);
    update();
}

void SampleGrid::mousePressEvent(QMouseEvent* event) {
    const int tile = tileAt(event->position());
    m_selected = tile == m_selected ? -1 : tile;
    describe();
    Q_EMIT tileSelected(m_selected);
    update();
}

void SampleGrid::keyPressEvent(QKeyEvent* event) {
    const int frame = shownFrame();
    if (frame < 0) return QWidget::keyPressEvent(event);
    const int tiles = (*m_frames)[std::size_t(frame)].tiles();
    const int columns = std::max(1, arrange().columns);
    int next = m_selected;
    switch (event->key()) {
        case Qt::Key_Left:
            next = m_selected - 1;
            break;
        case Qt::Key_Right:
            next = m_selected + 1;
            break;
        case Qt::Key_Up:
            next = m_selected - columns;
            break;
        case Qt::Key_Down:
            next = m_selected < 0 ? 0 : m_selected + columns;
            break;
        case Qt::Key_Escape:
            next = -1;
            break;
        default:
            return QWidget::keyPressEvent(event);
    }
    if (event->key() != Qt::Key_Escape) next = std::clamp(next, 0, tiles - 1);
    if (next == m_selected) return;
    m_selected = next;
    describe();
    Q_EMIT tileSelected(m_selected);
    update();
}

void SampleGrid::leaveEvent(QEvent*) {
    if (m_hovered < 0 && m_scrub < 0) return;
    m_hovered = m_scrub = -1;
    Q_EMIT scrubbed(-1);
    update();
}

void SampleGrid::focusInEvent(QFocusEvent* event) {
    if (m_selected < 0 && event->reason() == Qt::TabFocusReason && shownFrame() >= 0) {
        m_selected = 0;
        describe();
        update();
    }
    QWidget::focusInEvent(event);
}

void SampleGrid::describe() {
    const int frame = shownFrame();
    if (frame < 0) return setAccessibleDescription(m_empty);
    const PreviewFrame& shown = (*m_frames)[std::size_t(frame)];
    QString text = tr("%Ln picture(s) at step %1", nullptr, shown.tiles()).arg(QLocale().toString(qint64(shown.step)));
    if (m_selected >= 0 && m_selected < int(shown.seeds.size()))
        text += ", " + tr("seed %1").arg(QString::number(shown.seeds[std::size_t(m_selected)]));
    setAccessibleDescription(text);
}

}  // namespace imago
