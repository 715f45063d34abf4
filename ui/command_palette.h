// CommandPalette: type a few letters, get the action: every action of the registry, filtered. GUI thread.
#pragma once

#include <QDialog>

class QLineEdit;
class QListWidget;

namespace imago {

class ActionRegistry;

class CommandPalette : public QDialog {
    Q_OBJECT
  public:
    CommandPalette(const ActionRegistry& actions, QWidget* parent);

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

  private:
    void filter(const QString& text);
    void run();
    const ActionRegistry& m_actions;
    QLineEdit* m_edit;
    QListWidget* m_list;
};

}  // namespace imago
