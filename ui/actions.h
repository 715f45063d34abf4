// ActionRegistry: every action of the window with its id, shortcut and help in one place; menus, tool bars and the command
// palette are made from it. GUI thread.
#pragma once

#include <QAction>
#include <QObject>
#include <functional>
#include <map>
#include <vector>

namespace imago {

// One action as a table says it: English texts, translated in the context of the table's window.
struct ActionRow {
    const char *id, *icon, *key, *text;
    const char* tip = "";
    bool checkable = false;
};

class ActionRegistry : public QObject {
    Q_OBJECT
  public:
    ActionRegistry(QWidget* window, const char* context);
    QAction* add(const ActionRow& row, std::function<void()> act);  // row: static
    QAction* operator[](const char* id) const;
    const std::vector<QAction*>& all() const { return m_order; }
    void retranslate();
    QStringList conflicts() const;  // shortcuts that two actions claim

  private:
    QWidget* m_window;
    const char* m_context;
    std::vector<QAction*> m_order;
    std::map<QAction*, const ActionRow*> m_rows;
};

}  // namespace imago
