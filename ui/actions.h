// ActionRegistry: every action of the window with its id, shortcut and help in one place; menus, tool bars and the command
// palette are made from it. GUI thread.
#pragma once

#include <QAction>
#include <QObject>
#include <functional>
#include <map>
#include <vector>

namespace imago {

struct ActionTexts {
    QString text, tip;
};

class ActionRegistry : public QObject {
    Q_OBJECT
  public:
    explicit ActionRegistry(QWidget* window);
    // texts is asked again when the language changes.
    QAction* add(const char* id, const QString& icon, const QKeySequence& key, std::function<ActionTexts()> texts,
                 std::function<void()> act);
    QAction* operator[](const char* id) const;
    const std::vector<QAction*>& all() const { return m_order; }
    void retranslate();
    QStringList conflicts() const;  // shortcuts that two actions claim

  private:
    QWidget* m_window;
    std::vector<QAction*> m_order;
    std::map<QAction*, std::function<ActionTexts()>> m_texts;
};

}  // namespace imago
