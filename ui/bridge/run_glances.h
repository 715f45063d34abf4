// RunGlances: looks at many runs, one after the other, on a thread of its own: newest picture, last step, how it ended. So
// the list shows what each run made before it is opened. Made and used on the GUI thread.
#pragma once

#include <QObject>
#include <QThread>
#include <string>
#include <vector>

#include "core/engine/event.h"
#include "ui/widgets/preview_frame.h"

namespace imago {

struct RunGlance {
    bool known = false;
    RunState state = RunState::Stopped;
    std::int64_t lastStep = -1;
    PreviewFrame picture;
};

RunState stateAfter(FinishReason reason);
RunGlance glanceAt(const std::string& folder);  // reads the whole run: not on the GUI thread

class RunGlances : public QObject {
    Q_OBJECT
  public:
    explicit RunGlances(QObject* parent = nullptr);
    ~RunGlances() override;  // ends the thread after the run in hand
    void look(std::vector<std::string> folders);

  Q_SIGNALS:
    void seen(const std::string& folder, const imago::RunGlance& glance);

  private:
    QThread m_thread;
    QObject* m_there;  // lives on the thread
};

}  // namespace imago
