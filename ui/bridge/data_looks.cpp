#include "ui/bridge/data_looks.h"

#include <algorithm>

#include "core/image/image.h"
#include "ui/bridge/qimage_of.h"
#include "ui/bridge/studio_bridge.h"

namespace imago {

DataLooks::DataLooks(StudioBridge* bridge) : QObject(bridge), m_bridge(bridge), m_jobs(new JobPort(bridge, this)) {
    connect(bridge, &StudioBridge::engineReady, this, &DataLooks::next);
    connect(m_jobs, &JobPort::preview, this, [this](JobId, const PreviewReady& preview) {
        if (!preview.image) return;
        m_look.pictures.columns = std::max(1, preview.columns);
        m_look.pictures.rows = std::max(1, preview.rows);
        m_look.pictures.image = qimageOf(preview.image->view());
    });
    connect(m_jobs, &JobPort::jobFinished, this, [this](JobId, const JobFinished& finished) {
        m_look.error = finished.error;
        if (finished.result.contains("count") && finished.result["count"].is_number())
            m_look.count = finished.result["count"].get<std::int64_t>();
        const Json report = finished.result.value("report", Json::object());
        for (const Json& sentence : report.value("sentences", Json::array()))
            if (Error finding; errorFromJson(sentence, finding).ok()) m_look.findings.push_back(std::move(finding));
        done();
    });
}

void DataLooks::look(const std::string& data) {
    if (const auto known = m_known.find(data); known != m_known.end()) {
        QMetaObject::invokeMethod(
            this, [this, look = known->second] { Q_EMIT seen(look); }, Qt::QueuedConnection);
        return;
    }
    if (std::find(m_waiting.begin(), m_waiting.end(), data) == m_waiting.end()) m_waiting.push_back(data);
    next();
}

void DataLooks::next() {
    if (!m_jobs->open().empty() || m_waiting.empty() || !m_bridge->ready()) return;
    m_look = {m_waiting.front(), {}, {}, {}, {}};
    m_waiting.pop_front();
    InspectDataRequest request;
    request.data = m_look.data;
    if (const auto job = m_jobs->submit(request); !job) {
        m_look.error = job.error();
        done();
    }
}

void DataLooks::done() {
    const DataLook look = std::move(m_look);
    if (!look.error && look.data.find(':') == std::string::npos) m_known[look.data] = look;
    Q_EMIT seen(look);
    next();
}

}  // namespace imago
