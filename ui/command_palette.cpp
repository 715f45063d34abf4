#include "ui/command_palette.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QTimer>
#include <QVBoxLayout>

#include "ui/actions.h"
#include "ui/theme/measures.h"

namespace imago {

CommandPalette::CommandPalette(const ActionRegistry& actions, QWidget* parent)
    : QDialog(parent, Qt::Popup), m_actions(actions), m_edit(new QLineEdit(this)), m_list(new QListWidget(this)) {
    setAttribute(Qt::WA_DeleteOnClose);
    setFixedSize(480, 340);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(measure::gap, measure::gap, measure::gap, measure::gap);
    column->addWidget(m_edit);
    column->addWidget(m_list);
    m_list->setFrameShape(QFrame::NoFrame);
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
    m_list->clear();
    for (QAction* action : m_actions.all()) {
        if (!action->isEnabled() || action->objectName() == "palette") continue;
        const QString label = action->text().remove('&');
        if (!text.isEmpty() && !label.contains(text, Qt::CaseInsensitive) && !action->objectName().contains(text, Qt::CaseInsensitive))
            continue;
        const QString key = action->shortcut().toString(QKeySequence::NativeText);
        auto* item = new QListWidgetItem(action->icon(), key.isEmpty() ? label : label + "    " + key, m_list);
        item->setData(Qt::UserRole, QVariant::fromValue<QObject*>(action));
        item->setSizeHint(QSize(0, measure::control));
    }
    m_list->setCurrentRow(0);
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
