#include "ui/start_page.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include "ui/theme/measures.h"
#include "ui/theme/theme.h"
#include "ui/widgets/door.h"

namespace imago {

StartPage::StartPage(std::vector<Door*> doors, QWidget* parent)
    : QWidget(parent), m_title(new DoorLabel(this)), m_sentence(new QLabel(this)), m_doors(std::move(doors)) {
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
    for (Door* door : m_doors) row->addWidget(door);
    row->addStretch(1);
    column->addLayout(row);
    column->addStretch(3);
    m_timer.setInterval(1600);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        for (Door* door : m_doors) door->advance();
    });
    retranslate();
}

void StartPage::retranslate() {
    static_cast<QLabel*>(m_title)->setText(tr("Teach your computer to make pictures"));
    static_cast<QLabel*>(m_sentence)->setText(tr("Everything happens on this machine. Nothing is sent anywhere."));
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
