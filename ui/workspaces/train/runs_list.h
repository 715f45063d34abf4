// RunsList: every run in the runs folder and those opened by hand: newest picture, name, step or state. GUI thread.
#pragma once

#include <QListWidget>
#include <QStyledItemDelegate>
#include <QWidget>

class QPushButton;

namespace imago {

class RunRecord;

class RunsList : public QWidget {
    Q_OBJECT
  public:
    explicit RunsList(QWidget* parent = nullptr);
    void setRecords(const std::vector<RunRecord*>& records, RunRecord* selected);
    void refresh(RunRecord* record);
    int count() const { return m_list->count(); }

  Q_SIGNALS:
    void opened(const std::string& folder);
    void newRunWanted();

  protected:
    void changeEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

  private:
    void retranslate();
    RunRecord* recordAt(int row) const;
    void describe(int row);
    QListWidget* m_list;
    QWidget* m_empty;
    QPushButton* m_new;
};

}  // namespace imago
