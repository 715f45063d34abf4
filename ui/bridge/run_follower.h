// RunFollower: reads a run from its files, once or for as long as another process writes it, on a thread of its own, and
// tells what came as values with pictures decoded. Made and used on the GUI thread.
#pragma once

#include <QImage>
#include <QObject>
#include <QThread>
#include <filesystem>
#include <vector>

#include "core/engine/run.h"

namespace imago {

struct RunUpdate {
    bool first = false;  // carries info
    RunInfo info;
    std::int64_t truncateAt = -1;  // >= 0: drop rows at or after it first
    std::vector<MetricRow> rows;
    std::vector<Json> events;
    struct Picture {
        PreviewReady preview;
        QImage image;
    };
    std::vector<Picture> pictures;
    bool writerAlive = false;
    std::optional<Error> error;
};

class RunFollower : public QObject {
    Q_OBJECT
  public:
    explicit RunFollower(std::filesystem::path folder, QObject* parent = nullptr);
    ~RunFollower() override;  // ends the thread
    void begin();             // connect to updated() first: what is told before is lost

  Q_SIGNALS:
    void updated(const std::shared_ptr<imago::RunUpdate>& update);

  private:
    QThread m_thread;
};

}  // namespace imago

Q_DECLARE_METATYPE(std::shared_ptr<imago::RunUpdate>)
