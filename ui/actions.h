// ActionRegistry: every action of the window with its id, shortcut and help in one place; menus, tool bars and the command
// palette are made from it. GUI thread.
#pragma once

#include <QAction>
#include <QObject>
#include <functional>
#include <map>
#include <vector>

namespace imago {

// One action as a table says it: English texts, translated in the context of whoever has the table.
struct ActionRow {
    const char *id, *icon, *key, *text;
    const char* tip = "";
    bool checkable = false;
};

class ActionRegistry : public QObject {
    Q_OBJECT
  public:
    explicit ActionRegistry(QWidget* window);
    QAction* add(const char* context, const ActionRow& row, std::function<void()> act);  // context, row: static
    QAction* operator[](const char* id) const;
    const std::vector<QAction*>& all() const { return m_order; }
    void retranslate();
    QStringList conflicts() const;  // shortcuts that two visible actions claim

  private:
    struct Entry {
        const char* context;
        const ActionRow* row;
    };
    QWidget* m_window;
    std::vector<QAction*> m_order;
    std::map<QAction*, Entry> m_rows;
};

}  // namespace imago
