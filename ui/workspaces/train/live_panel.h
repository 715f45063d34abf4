// LivePanel: the right side while a run of ours goes on: what it learns from, its recipe, and the settings that may change
// meanwhile. GUI thread.
#pragma once

#include <QWidget>

#include "ui/bridge/catalogue.h"

class QLabel;

namespace imago {

class RunRecord;
class SchemaForm;

class LivePanel : public QWidget {
    Q_OBJECT
  public:
    explicit LivePanel(const Catalogue* catalogue, QWidget* parent = nullptr);  // not owned
    // Not owned; null: none. The settings are there once the run has begun.
    void setRecord(RunRecord* record);
    SchemaForm* form() const { return m_form; }

  Q_SIGNALS:
    void edited(const std::string& path, const Json& value);

  protected:
    void changeEvent(QEvent* event) override;

  private:
    void retranslate();
    const Catalogue* m_catalogue;
    RunRecord* m_record = nullptr;
    bool m_begun = false;
    QLabel *m_title, *m_summary, *m_note;
    SchemaForm* m_form;
};

}  // namespace imago
