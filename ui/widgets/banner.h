// Banner: one dismissible line above the work: what happened and what to do next, with the button that does it. GUI thread.
#pragma once

#include <QFrame>
#include <functional>

#include "core/engine/event.h"

class QLabel;
class QPushButton;
class QToolButton;

namespace imago {

class Banner : public QFrame {
    Q_OBJECT
  public:
    explicit Banner(QWidget* parent = nullptr);
    // action: empty text means no button. The text is made again when the language changes.
    void show(NoticeLevel level, const Error& what, const QString& action = {}, std::function<void()> act = {});
    void dismiss();
    QString text() const;

  protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

  private:
    void retranslate();
    NoticeLevel m_level = NoticeLevel::Info;
    Error m_what;
    QLabel* m_text;
    QPushButton* m_action;
    QToolButton* m_close;
    std::function<void()> m_act;
};

}  // namespace imago
