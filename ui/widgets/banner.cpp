#include "ui/widgets/banner.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

#include "ui/bridge/core_text.h"
#include "ui/theme/icons.h"
#include "ui/theme/measures.h"
#include "ui/theme/palette.h"

namespace imago {

Banner::Banner(QWidget* parent)
    : QFrame(parent), m_text(new QLabel(this)), m_action(new QPushButton(this)), m_close(new QToolButton(this)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(measure::padding + measure::iconLarge + measure::gap, measure::gap, measure::gap, measure::gap);
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_close->setIcon(themedIcon("close"));
    m_close->setAutoRaise(true);
    row->addWidget(m_text, 1);
    row->addWidget(m_action);
    row->addWidget(m_close);
    connect(m_close, &QToolButton::clicked, this, &Banner::dismiss);
    connect(m_action, &QPushButton::clicked, this, [this] {
        const auto act = m_act;
        dismiss();
        if (act) act();
    });
    retranslate();
    hide();
}

void Banner::show(NoticeLevel level, const Error& what, const QString& action, std::function<void()> act) {
    m_level = level;
    m_what = what;
    m_act = std::move(act);
    m_action->setText(action);
    m_action->setVisible(!action.isEmpty());
    retranslate();
    setVisible(true);
    update();
}

void Banner::dismiss() {
    hide();
}

QString Banner::text() const {
    return m_text->text();
}

void Banner::retranslate() {
    m_text->setText(errorText(m_what));
    m_close->setToolTip(tr("Dismiss"));
    m_close->setAccessibleName(tr("Dismiss"));
}

void Banner::paintEvent(QPaintEvent*) {
    const Colours& c = coloursOf(this);
    const QColor colour = m_level == NoticeLevel::Error ? c.danger : m_level == NoticeLevel::Warning ? c.warning : c.accent;
    QPainter painter(this);
    painter.fillRect(rect(), c.raised);
    painter.fillRect(QRect(0, 0, measure::accentBar, height()), colour);
    const char* icon = m_level == NoticeLevel::Error ? "error" : m_level == NoticeLevel::Warning ? "warning" : "info";
    paintIcon(painter, icon, QRectF(measure::padding, (height() - measure::iconLarge) / 2.0, measure::iconLarge, measure::iconLarge),
              colour);
}

void Banner::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) retranslate();
    QFrame::changeEvent(event);
}

}  // namespace imago
