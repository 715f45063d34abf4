// StartPage: what a newcomer sees: the doors of the workspaces, which work today. GUI thread.
#pragma once

#include <QTimer>
#include <QWidget>
#include <vector>

namespace imago {

class Door;

class StartPage : public QWidget {
    Q_OBJECT
  public:
    explicit StartPage(std::vector<Door*> doors, QWidget* parent = nullptr);  // takes the doors

  protected:
    void changeEvent(QEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

  private:
    void retranslate();
    QWidget *m_title, *m_sentence;
    std::vector<Door*> m_doors;
    QTimer m_timer;
};

}  // namespace imago
