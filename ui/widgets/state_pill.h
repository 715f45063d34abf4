// StatePill: the state of a run as word, colour and icon, never colour alone. GUI thread.
#pragma once

#include <QWidget>

#include "core/engine/event.h"

namespace imago {

QString stateWord(RunState state);
QString stateIcon(RunState state);
QColor stateColour(RunState state, const QWidget* widget);

class StatePill : public QWidget {
    Q_OBJECT
  public:
    explicit StatePill(QWidget* parent = nullptr);
    void setState(RunState state);
    RunState state() const { return m_state; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

  protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

  private:
    RunState m_state = RunState::Queued;
};

}  // namespace imago
