#include "ui/command_palette.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QTimer>
#include <QVBoxLayout>

#include "ui/actions.h"
#include "ui/theme/measures.h"
#include "ui/theme/palette.h"

namespace imago {

namespace {

constexpr int kKeyRole = Qt::UserRole + 1;

// The shortcut stands at the right edge, so that one can be learned in passing.
class ActionDelegate : public QStyledItemDelegate {
  public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        QStyledItemDelegate::paint(painter, option, index);
        painter->setPen(coloursOf(option.palette).muted);
        painter->drawText(option.rect.adjusted(0, 0, -measure::gap, 0), Qt::AlignVCenter | Qt::AlignRight, index.data(kKeyRole).toString());
    }
};

}  // namespace

CommandPalette::CommandPalette(const ActionRegistry& actions, QWidget* parent)
    : QDialog(parent, Qt::Popup), m_actions(actions), m_edit(new QLineEdit(this)), m_list(new QListWidget(this)) {
    setAttribute(Qt::WA_DeleteOnClose);
    setFixedSize(480, 340);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(measure::gap, measure::gap, measure::gap, measure::gap);
    column->addWidget(m_edit);
    column->addWidget(m_list);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setItemDelegate(new ActionDelegate(m_list));
    m_list->setFocusPolicy(Qt::NoFocus);  // the arrow keys reach it from the field
    m_list->setAccessibleName(tr("Actions"));
    m_edit->setTextMargins(measure::grid, 0, measure::grid, 0);
    m_edit->setPlaceholderText(tr("What do you want to do?"));
    m_edit->setAccessibleName(m_edit->placeholderText());
    m_edit->installEventFilter(this);
    connect(m_edit, &QLineEdit::textChanged, this, &CommandPalette::filter);
    connect(m_list, &QListWidget::itemClicked, this, &CommandPalette::run);
    filter({});
    if (parent) move(parent->mapToGlobal(QPoint((parent->width() - width()) / 2, measure::topBar + measure::groupGap)));
    m_edit->setFocus();
}

void CommandPalette::filter(const QString& text) {
    QPixmap nothing(measure::icon, measure::icon);  // keeps the names in one line
    nothing.fill(Qt::transparent);
    const QIcon blank(nothing);
    m_list->clear();
    for (QAction* action : m_actions.all()) {
        if (!action->isEnabled() || action->objectName() == "palette") continue;
        const QString label = action->text().remove('&');
        if (!text.isEmpty() && !label.contains(text, Qt::CaseInsensitive) && !action->objectName().contains(text, Qt::CaseInsensitive))
            continue;
        const QString key = action->shortcut().toString(QKeySequence::NativeText);
        auto* item = new QListWidgetItem(action->icon().isNull() ? blank : action->icon(), label, m_list);
        item->setData(kKeyRole, key);
        item->setData(Qt::UserRole, QVariant::fromValue<QObject*>(action));
        item->setSizeHint(QSize(0, measure::control));
    }
    m_list->setCurrentRow(0);
}

void CommandPalette::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setPen(coloursOf(this).lineStrong);
    painter.setBrush(coloursOf(this).field);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

void CommandPalette::run() {
    QListWidgetItem* item = m_list->currentItem();
    auto* action = item ? qobject_cast<QAction*>(item->data(Qt::UserRole).value<QObject*>()) : nullptr;
    close();
    if (action) QTimer::singleShot(0, action, &QAction::trigger);
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Return || key == Qt::Key_Enter) return run(), true;
        if (key == Qt::Key_Down || key == Qt::Key_Up) {
            m_list->setCurrentRow(std::clamp(m_list->currentRow() + (key == Qt::Key_Down ? 1 : -1), 0, std::max(0, m_list->count() - 1)));
            return true;
        }
    }
    return QDialog::eventFilter(watched, event);
}

}  // namespace imago
