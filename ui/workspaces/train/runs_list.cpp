#include "ui/workspaces/train/runs_list.h"

#include <QEvent>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/theme/icons.h"
#include "ui/theme/measures.h"
#include "ui/theme/theme.h"
#include "ui/widgets/state_pill.h"
#include "ui/workspaces/train/run_record.h"

namespace imago {

namespace {

class RunDelegate : public QStyledItemDelegate {
  public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override {
        return {measure::runsWidth - 40, measure::rowHeight + measure::gap};
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const auto* record = static_cast<RunRecord*>(index.data(Qt::UserRole).value<QObject*>());
        const Colours& c = coloursOf(option.palette);
        option.widget->style()->drawPrimitive(QStyle::PE_PanelItemViewItem, &option, painter, option.widget);
        const QRect box(option.rect.left() + measure::padding, option.rect.top() + measure::grid, measure::rowHeight, measure::rowHeight);
        const RunGlance& glance = record->glance();
        if (!glance.picture.image.isNull()) {
            painter->setRenderHint(QPainter::SmoothPixmapTransform);
            painter->drawImage(box, glance.picture.image, glance.picture.tileRect(0));
        } else {
            painter->fillRect(box, c.field);
            const int inset = (measure::rowHeight - measure::icon) / 2;
            paintIcon(*painter, "run", QRectF(box).adjusted(inset, inset, -inset, -inset), c.muted);
        }
        const int x = box.right() + measure::gap;
        const QRect text(x, box.top() + 3, option.rect.right() - x - measure::gap, box.height() / 2 - 3);
        painter->setFont(option.font);
        painter->setPen(c.text);
        painter->drawText(text, Qt::AlignVCenter | Qt::AlignLeft,
                          option.fontMetrics.elidedText(record->name(true), Qt::ElideMiddle, text.width()));
        if (!glance.known) return;
        const QRect below(x, box.center().y() + 1, text.width(), box.height() / 2 - 2);
        const QRectF icon(below.left(), below.center().y() - 6, 13, 13);
        paintIcon(*painter, stateIcon(glance.state), icon, stateColour(glance.state, option.widget));
        QString words = stateWord(glance.state);
        if (glance.lastStep >= 0) words += " · " + QLocale().toString(qint64(glance.lastStep + 1));
        painter->setPen(c.muted);
        painter->drawText(below.adjusted(18, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft,
                          option.fontMetrics.elidedText(words, Qt::ElideRight, below.width() - 18));
    }
};

}  // namespace

RunsList::RunsList(QWidget* parent) : QWidget(parent), m_list(new QListWidget(this)), m_new(new QPushButton(this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, measure::padding);
    auto* empty = new CaptionLabel(this);
    empty->setWordWrap(true);
    empty->setContentsMargins(measure::padding, 0, measure::padding, 0);
    m_empty = empty;
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setItemDelegate(new RunDelegate(m_list));
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setMouseTracking(true);
    m_list->viewport()->setAutoFillBackground(false);
    m_new->setIcon(themedIcon("plus"));
    column->addWidget(m_empty);
    column->addWidget(m_list, 1);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(measure::padding, 0, measure::padding, 0);
    row->addWidget(m_new);
    column->addLayout(row);
    connect(m_list, &QListWidget::itemClicked, this,
            [this](QListWidgetItem* item) { Q_EMIT opened(recordAt(m_list->row(item))->folder()); });
    connect(m_list, &QListWidget::itemActivated, this,
            [this](QListWidgetItem* item) { Q_EMIT opened(recordAt(m_list->row(item))->folder()); });
    connect(m_new, &QPushButton::clicked, this, &RunsList::newRunWanted);
    retranslate();
    setRecords({}, nullptr);
}

void RunsList::setRecords(const std::vector<RunRecord*>& records, RunRecord* selected) {
    bool same = m_list->count() == int(records.size());
    for (int i = 0; same && i < m_list->count(); ++i) same = recordAt(i) == records[std::size_t(i)];
    if (!same) {  // else the list keeps its place under the pointer
        m_list->clear();
        for (RunRecord* record : records) (new QListWidgetItem(m_list))->setData(Qt::UserRole, QVariant::fromValue<QObject*>(record));
    }
    for (int i = 0; i < m_list->count(); ++i) {
        describe(i);
        if (recordAt(i) == selected) m_list->setCurrentRow(i);
    }
    if (!selected) m_list->setCurrentRow(-1);
    m_list->setVisible(!records.empty());
    m_empty->setVisible(records.empty());
    static_cast<QVBoxLayout*>(layout())->setStretchFactor(m_empty, records.empty() ? 1 : 0);
    static_cast<QLabel*>(m_empty)->setAlignment(Qt::AlignTop);
}

void RunsList::refresh(RunRecord* record) {
    for (int i = 0; i < m_list->count(); ++i)
        if (recordAt(i) == record) describe(i);
}

RunRecord* RunsList::recordAt(int row) const {
    return static_cast<RunRecord*>(m_list->item(row)->data(Qt::UserRole).value<QObject*>());
}

// What is painted, in words.
void RunsList::describe(int row) {
    RunRecord* record = recordAt(row);
    QListWidgetItem* item = m_list->item(row);
    const RunGlance& glance = record->glance();
    item->setText(record->name());
    item->setToolTip(record->name() + "\n" + QString::fromStdString(record->folder()));
    QString words = record->name();
    if (glance.known) words += ", " + stateWord(glance.state);
    if (glance.known && glance.lastStep >= 0) words += ", " + QLocale().toString(qint64(glance.lastStep + 1));
    item->setData(Qt::AccessibleTextRole, words);
    m_list->update(m_list->model()->index(row, 0));
}

void RunsList::retranslate() {
    static_cast<QLabel*>(m_empty)->setText(tr("Trainings are kept here, with their pictures and curves. Start one at the right."));
    m_new->setText(tr("New run"));
    m_new->setToolTip(tr("Choose data and a recipe for another training"));
    m_list->setAccessibleName(tr("Runs"));
    for (int i = 0; i < m_list->count(); ++i) describe(i);
}

void RunsList::paintEvent(QPaintEvent*) {
    QPainter(this).fillRect(rect(), coloursOf(this).panel);
}

void RunsList::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) retranslate();
    QWidget::changeEvent(event);
}

}  // namespace imago
