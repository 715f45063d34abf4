// PreflightNote: a button that tries a few steps and says what a training will take: numbers to learn, time for all the
// pictures once, memory, disk. Nothing is kept of it. GUI thread.
#pragma once

#include <QWidget>
#include <functional>
#include <optional>

#include "core/base/json.h"
#include "core/engine/request.h"

class QLabel;
class QPushButton;

namespace imago {

class JobPort;
class StudioBridge;

class PreflightNote : public QWidget {
    Q_OBJECT
  public:
    // wanted: the training that would begin now; empty where the settings do not allow one.
    PreflightNote(StudioBridge* bridge, std::function<std::optional<TrainRequest>()> wanted, QWidget* parent = nullptr);
    void forget();  // the settings are no longer those that were measured
    void ask();
    QPushButton* button() const { return m_button; }
    QString text() const;

  protected:
    void changeEvent(QEvent* event) override;

  private:
    void retranslate();
    QString words() const;

    JobPort* m_jobs;
    std::function<std::optional<TrainRequest>()> m_wanted;
    JobId m_job = 0;
    std::optional<Json> m_result;
    std::optional<Error> m_error;
    QPushButton* m_button;
    QLabel* m_words;
};

}  // namespace imago
