// ElidedLabel: one line that shortens at the end instead of pushing its neighbours; the whole text is its tooltip. GUI thread.
#pragma once

#include <QWidget>

namespace imago {

class ElidedLabel : public QWidget {
    Q_OBJECT
  public:
    explicit ElidedLabel(QWidget* parent = nullptr);
    void setText(const QString& text);
    QString text() const { return m_text; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    QString m_text;
};

}  // namespace imago
