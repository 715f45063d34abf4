#include "ui/actions.h"

#include <QCoreApplication>
#include <QWidget>
#include <cassert>

#include "ui/theme/icons.h"

namespace imago {

ActionRegistry::ActionRegistry(QWidget* window) : QObject(window), m_window(window) {}

QAction* ActionRegistry::add(const char* context, const ActionRow& row, std::function<void()> act) {
    auto* action = new QAction(m_window);
    action->setObjectName(row.id);
    if (*row.icon) action->setIcon(themedIcon(row.icon));
    action->setShortcut(QKeySequence(row.key));
    action->setCheckable(row.checkable);
    m_window->addAction(action);
    connect(action, &QAction::triggered, this, [act = std::move(act)] { act(); });
    m_order.push_back(action);
    m_rows[action] = {context, &row};
    return action;
}

QAction* ActionRegistry::operator[](const char* id) const {
    for (QAction* action : m_order)
        if (action->objectName() == id) return action;
    assert(false && "unknown action");
    return nullptr;
}

void ActionRegistry::retranslate() {
    for (const auto& [action, entry] : m_rows) {
        const auto& [context, row] = entry;
        const QString text = QCoreApplication::translate(context, row->text);
        const QString tip = *row->tip ? QCoreApplication::translate(context, row->tip) : text;
        const QString key = action->shortcut().toString(QKeySequence::NativeText);
        action->setText(text);
        action->setToolTip(key.isEmpty() ? QString(tip).remove('&') : QString("%1 (%2)").arg(QString(tip).remove('&'), key));
        action->setWhatsThis(action->toolTip());
    }
}

QStringList ActionRegistry::conflicts() const {
    QStringList twice;
    for (std::size_t i = 0; i < m_order.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (m_order[i]->isVisible() && m_order[j]->isVisible() && !m_order[i]->shortcut().isEmpty() &&
                m_order[i]->shortcut() == m_order[j]->shortcut())
                twice << m_order[i]->shortcut().toString();
    return twice;
}

}  // namespace imago
