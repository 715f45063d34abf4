// UnitEdit: a typed value with its unit inside the field, right-aligned. GUI thread.
#pragma once

#include <QLineEdit>

namespace imago {

class UnitEdit : public QLineEdit {
    Q_OBJECT
  public:
    explicit UnitEdit(QWidget* parent = nullptr);
    void setUnit(const QString& unit);
    QSize sizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

  private:
    QString m_unit;
};

}  // namespace imago
