#include "ui/widgets/door.h"

#include <QCoreApplication>
#include <QEvent>
#include <QPainter>

#include "ui/theme/icons.h"
#include "ui/theme/measures.h"
#include "ui/theme/theme.h"

namespace imago {

Door::Door(const char* context, const DoorRow& row, QWidget* parent) : QAbstractButton(parent), m_context(context), m_row(row) {
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    retranslate();
}

void Door::retranslate() {
    const auto words = [this](const char* english) { return QCoreApplication::translate(m_context, english); };
    m_sentence = words(m_row.sentence);
    m_verb = words(m_row.verb);
    setText(words(m_row.headline));
    setAccessibleName(text());
    setAccessibleDescription(m_sentence);
    updateGeometry();
    update();
}

void Door::setPictures(const PreviewFrames& frames) {
    m_frames = frames;
    m_phase = 0;
    update();
}

void Door::advance() {
    if (m_frames.empty()) return;
    ++m_phase;
    update();
}

int Door::sentenceHeight() const {
    const QRect room(0, 0, measure::doorWidth - 2 * measure::groupGap, 1000);
    return std::max(fontMetrics().lineSpacing() * 3, fontMetrics().boundingRect(room, Qt::TextWordWrap, m_sentence).height());
}

QSize Door::sizeHint() const {
    const QFontMetrics headline{titleFont()};
    return {measure::doorWidth,
            measure::doorPicture + 2 * measure::groupGap + headline.lineSpacing() + sentenceHeight() + measure::control + measure::padding};
}

void Door::paintEvent(QPaintEvent*) {
    const Colours& c = coloursOf(this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool hover = underMouse(), focus = hasFocus();
    painter.setPen(QPen(focus ? c.accent : hover ? c.lineStrong : c.line, focus ? 2 : 1));
    painter.setBrush(isDown() ? c.pressed : c.panel);
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), measure::radius, measure::radius);
    const QRect picture(1, 1, width() - 2, measure::doorPicture);
    painter.fillRect(picture, c.canvas);
    if (m_frames.empty()) {
        paintIcon(painter, m_row.icon, QRectF(picture.center() - QPoint(20, 20), QSizeF(40, 40)), c.muted);
    } else {
        // Twelve tiles at whole multiples, another twelve a moment later.
        const int columns = 4, rows = 2;
        const PreviewFrame& frame = m_frames[std::size_t(m_phase) % m_frames.size()];
        const int cell = (picture.height() - 3 * measure::gap) / rows;
        const int natural = std::max(1, frame.tileSize().width());
        const int side = natural <= cell ? cell / natural * natural : cell;
        const int x0 = picture.center().x() - (columns * side + (columns - 1) * measure::gap) / 2;
        const int y0 = picture.center().y() - (rows * side + (rows - 1) * measure::gap) / 2;
        painter.setRenderHint(QPainter::SmoothPixmapTransform, natural > cell);
        const int shift = m_frames.size() > 1 ? 0 : m_phase * columns;
        for (int i = 0; i < columns * rows; ++i) {
            const QRect target(x0 + i % columns * (side + measure::gap), y0 + i / columns * (side + measure::gap), side, side);
            painter.drawImage(target, frame.image, frame.tileRect((i + shift) % std::max(1, frame.tiles())));
        }
    }
    int y = picture.bottom() + measure::groupGap;
    const int x = measure::groupGap, room = width() - 2 * measure::groupGap;
    painter.setFont(titleFont());
    painter.setPen(c.text);
    const int headline = painter.fontMetrics().lineSpacing();
    painter.drawText(QRect(x, y, room, headline), Qt::AlignLeft | Qt::AlignVCenter, text());
    y += headline + measure::grid;
    painter.setFont(font());
    painter.setPen(c.muted);
    painter.drawText(QRect(x, y, room, sentenceHeight()), Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, m_sentence);
    painter.setPen(c.accent);
    painter.drawText(QRect(x, height() - measure::control - measure::gap, room, measure::control), Qt::AlignLeft | Qt::AlignVCenter,
                     m_verb);
}

void Door::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) retranslate();
    if (event->type() == QEvent::FontChange) updateGeometry();
    QAbstractButton::changeEvent(event);
}

}  // namespace imago
