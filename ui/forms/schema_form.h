// SchemaForm: a form made from a Schema: sections, the most used fields first, the rest under Advanced. Values are JSON;
// what is right or wrong is asked of the schema, the sentence is shown at its field. GUI thread.
#pragma once

#include <QWidget>
#include <map>

#include "core/config/schema.h"

class QToolButton;
class QVBoxLayout;

namespace imago {

class FieldRow;

class SchemaForm : public QWidget {
    Q_OBJECT
  public:
    explicit SchemaForm(QWidget* parent = nullptr);
    // base: the preset's values; they become what the form starts from and what a double-click goes back to.
    void setSchema(const Schema& schema, const Json& base = Json::object());
    void setLiveOnly(bool liveOnly);          // during a run: only what may change, announced by liveEdited
    Json values() const { return m_values; }  // complete
    Json requested() const;                   // only what differs from the base
    void setValues(const Json& values);
    bool validate();                     // shows the error at its field; true: everything is allowed
    bool showError(const Error& error);  // false: no such field here
    void clearErrors();
    bool hasErrors() const;
    void setAdvancedOpen(bool open);
    bool advancedOpen() const;
    FieldRow* row(const std::string& path) const;
    std::vector<FieldRow*> rows() const;

  Q_SIGNALS:
    void edited();
    void liveEdited(const std::string& path, const Json& value);
    void errorShown(QWidget* field);  // scroll to it

  protected:
    void changeEvent(QEvent* event) override;

  private:
    void rebuild();
    void addParams(const std::vector<Param>& params, const std::string& prefix, const Json& values, bool advanced, QVBoxLayout* column);
    void addCaption(const std::string& label, QVBoxLayout* column);
    void onEdited(const std::string& path, const Json& value);
    void refreshVisibility();
    void retranslate();

    Schema m_schema;
    Json m_base = Json::object(), m_values = Json::object();
    bool m_liveOnly = false;
    QVBoxLayout* m_column = nullptr;
    QWidget* m_plain = nullptr;
    QWidget* m_advanced = nullptr;
    QToolButton* m_fold = nullptr;
    std::map<std::string, FieldRow*> m_rows;
    std::vector<FieldRow*> m_order;
    struct Caption {
        QWidget* label;
        std::string text;
        std::vector<FieldRow*> rows;
    };
    std::vector<Caption> m_captions;
};

}  // namespace imago
