// Console: events for people: one progress line on a terminal, a line now and then elsewhere. Main thread.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "core/engine/event.h"

namespace imago::cli {

class Console {
  public:
    void show(const Event& event);
    void endLine();  // leaves the progress line where it stands

  private:
    void line(const std::string& text);
    void on(const JobStarted& started);
    void on(const MetricBatch& batch);
    void on(const JobProgress& progress);
    void on(const CheckpointSaved& saved);
    void on(const Notice& notice);
    void on(const JobStateChanged&) {}
    void on(const PreviewReady&) {}
    void on(const TileReady&) {}
    void on(const LiveChanged& change);
    void on(const Resumed&) {}
    void on(const JobFinished&) {}

    std::vector<std::string> m_metricNames;
    double m_loss = NAN;
    bool m_open = false;
    double m_nextLine = 0;
};

}  // namespace imago::cli
