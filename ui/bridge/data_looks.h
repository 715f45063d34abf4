// DataLooks: what is in a set of pictures: how many, the first of them, or why it cannot be used. One look after the other;
// several askers of one set share one look. GUI thread.
#pragma once

#include <QObject>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/engine/request.h"
#include "ui/widgets/preview_frame.h"

namespace imago {

class JobPort;
class StudioBridge;

struct DataLook {
    std::string data;
    std::optional<std::int64_t> count;
    std::optional<Error> error;
    std::vector<Error> findings;  // what was left out or looks odd
    PreviewFrame pictures;
};

class DataLooks : public QObject {
    Q_OBJECT
  public:
    explicit DataLooks(StudioBridge* bridge);
    void look(const std::string& data);  // seen follows; as soon as there is an engine

  Q_SIGNALS:
    void seen(const imago::DataLook& look);

  private:
    void next();
    void done();
    StudioBridge* m_bridge;
    JobPort* m_jobs;
    std::deque<std::string> m_waiting;
    DataLook m_look;
    std::map<std::string, DataLook> m_known;  // sets of our own, which do not change
};

}  // namespace imago
