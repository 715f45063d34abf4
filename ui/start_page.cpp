#include "ui/start_page.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QVBoxLayout>

#include "ui/bridge/data_looks.h"
#include "ui/bridge/studio_bridge.h"
#include "ui/theme/icons.h"
#include "ui/theme/measures.h"
#include "ui/theme/theme.h"

namespace imago {

namespace {

constexpr const char *kClothes = "fashion-mnist", *kShapes = "shapes";

}  // namespace

Door::Door(QString icon, QWidget* parent) : QAbstractButton(parent), m_icon(std::move(icon)) {
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void Door::setTexts(const QString& headline, const QString& sentence, const QString& verb) {
    setText(headline);
    m_sentence = sentence;
    m_verb = verb;
    setAccessibleName(headline);
    setAccessibleDescription(sentence);
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
        paintIcon(painter, m_icon, QRectF(picture.center() - QPoint(20, 20), QSizeF(40, 40)), c.muted);
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
    if (event->type() == QEvent::FontChange) updateGeometry();
    QAbstractButton::changeEvent(event);
}

StartPage::StartPage(StudioBridge* bridge, QWidget* parent)
    : QWidget(parent),
      m_title(new DoorLabel(this)),
      m_sentence(new QLabel(this)),
      m_clothes(new Door("shirt", this)),
      m_pictures(new Door("pictures", this)),
      m_run(new Door("run", this)) {
    auto* column = new QVBoxLayout(this);
    column->addStretch(2);
    auto* head = new QVBoxLayout;
    head->addWidget(m_title, 0, Qt::AlignHCenter);
    head->addWidget(m_sentence, 0, Qt::AlignHCenter);
    column->addLayout(head);
    column->addSpacing(measure::groupGap * 2);
    auto* row = new QHBoxLayout;
    row->setSpacing(measure::groupGap);
    row->addStretch(1);
    for (Door* door : {m_clothes, m_pictures, m_run}) row->addWidget(door);
    row->addStretch(1);
    column->addLayout(row);
    column->addStretch(3);
    connect(m_clothes, &Door::clicked, this, &StartPage::clothesWanted);
    connect(m_pictures, &Door::clicked, this, &StartPage::picturesWanted);
    connect(m_run, &Door::clicked, this, &StartPage::runWanted);
    m_timer.setInterval(1600);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        for (Door* door : {m_clothes, m_pictures, m_run}) door->advance();
    });
    connect(bridge->looks(), &DataLooks::seen, this, [this](const DataLook& look) {
        if (look.pictures.image.isNull()) return;
        if (look.data == kClothes) m_clothes->setPictures({look.pictures});
        if (look.data == kShapes) m_pictures->setPictures({look.pictures});
    });
    for (const char* own : {kClothes, kShapes}) bridge->looks()->look(own);
    retranslate();
}

void StartPage::setNewestRun(const PreviewFrames& frames) {
    if (!frames.empty()) m_run->setPictures(frames);
}

void StartPage::retranslate() {
    static_cast<QLabel*>(m_title)->setText(tr("Teach your computer to make pictures"));
    static_cast<QLabel*>(m_sentence)->setText(tr("Everything happens on this machine. Nothing is sent anywhere."));
    m_clothes->setTexts(tr("Teach it clothes"),
                        tr("Watch a model learn shirts, shoes and bags from nothing. You recognise the first ones after a minute or two."),
                        tr("Start learning"));
    m_pictures->setTexts(tr("Teach it my pictures"),
                         tr("Choose a folder of pictures, or drop one here. Sub-folders become kinds that you can ask for."),
                         tr("Choose a folder…"));
    m_run->setTexts(tr("Open a run"), tr("Look back through a training, from the first noise to the last picture, or let it go on."),
                    tr("See my runs"));
}

void StartPage::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) retranslate();
    QWidget::changeEvent(event);
}

void StartPage::showEvent(QShowEvent* event) {
    m_timer.start();
    QWidget::showEvent(event);
}

void StartPage::hideEvent(QHideEvent* event) {
    m_timer.stop();
    QWidget::hideEvent(event);
}

}  // namespace imago
