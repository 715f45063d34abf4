#include "ui/actions.h"

#include <QWidget>
#include <cassert>

#include "ui/theme/icons.h"

namespace imago {

ActionRegistry::ActionRegistry(QWidget* window) : QObject(window), m_window(window) {}

QAction* ActionRegistry::add(const char* id, const QString& icon, const QKeySequence& key, std::function<ActionTexts()> texts,
                             std::function<void()> act) {
    auto* action = new QAction(m_window);
    action->setObjectName(id);
    if (!icon.isEmpty()) action->setIcon(themedIcon(icon));
    action->setShortcut(key);
    m_window->addAction(action);
    connect(action, &QAction::triggered, this, [act = std::move(act)] { act(); });
    m_order.push_back(action);
    m_texts[action] = std::move(texts);
    return action;
}

QAction* ActionRegistry::operator[](const char* id) const {
    for (QAction* action : m_order)
        if (action->objectName() == id) return action;
    assert(false && "unknown action");
    return nullptr;
}

void ActionRegistry::retranslate() {
    for (const auto& [action, texts] : m_texts) {
        const ActionTexts now = texts();
        action->setText(now.text);
        action->setToolTip(now.tip.isEmpty() ? now.text : now.tip);
        action->setWhatsThis(action->toolTip());
    }
}

QStringList ActionRegistry::conflicts() const {
    QStringList twice;
    for (std::size_t i = 0; i < m_order.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (!m_order[i]->shortcut().isEmpty() && m_order[i]->shortcut() == m_order[j]->shortcut())
                twice << m_order[i]->shortcut().toString();
    return twice;
}

}  // namespace imago
