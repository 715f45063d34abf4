// FieldRow: one parameter: label with the changed-from-default dot, an editor that suits its kind, and the error that
// belongs to it. It speaks JSON values; texts come from the schema and are translated here. GUI thread.
#pragma once

#include <QWidget>

#include "core/config/schema.h"

class QCheckBox;
class QComboBox;
class QGridLayout;
class QLabel;
class QLineEdit;
class QSlider;

namespace imago {

class FieldRow : public QWidget {
    Q_OBJECT
  public:
    FieldRow(const Param& param, std::string path, QWidget* parent);
    const std::string& path() const { return m_path; }
    const Param& param() const { return m_param; }
    Json value() const { return m_value; }
    void setValue(const Json& value);    // says nothing
    void setDefault(const Json& value);  // what a double-click goes back to
    bool changed() const { return m_value != m_default; }
    void setError(const QString& text);  // empty: none
    QString error() const;
    bool rejects() const { return m_rejected; }  // what it holds is not a value; the one before still counts
    void setWaitsForRelease(bool waits);         // a dragged slider shows every value and gives the last
    void retranslate();
    void reset();
    QWidget* editor() const;

  Q_SIGNALS:
    void edited(const std::string& path, const Json& value);
    void rejected(const std::string& path, const QString& text);  // what was typed is not a value at all

  protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void buildEditor();
    void showValue();
    void commit(const Json& value);
    void commitText();
    void reject(const QString& why);
    Json sliderToValue(int position) const;
    int valueToSlider(double value) const;
    bool numeric() const { return m_param.kind == ParamKind::Int || m_param.kind == ParamKind::Real; }
    bool zeroHasAWord() const { return !m_param.zeroMeans.empty(); }

    Param m_param;
    std::string m_path;
    Json m_value, m_default;
    bool m_rejected = false;
    QGridLayout* m_grid = nullptr;
    QLabel* m_label = nullptr;
    QLabel* m_errorLabel = nullptr;
    QLineEdit* m_edit = nullptr;
    QSlider* m_slider = nullptr;
    QComboBox* m_combo = nullptr;
    QCheckBox* m_check = nullptr;
};

}  // namespace imago
