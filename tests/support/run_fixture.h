// What the tests of runs share: rows and events to write, and a listener that shows a run as run.h says.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "core/engine/run.h"

namespace imago::test {

namespace fs = std::filesystem;

// A temporary folder, in memory where there is such a place: thousands of files are written, and none of these tests is
// about the disk.
class RunsFolder {
  public:
    RunsFolder() : m_dir((::access("/dev/shm", W_OK) == 0 ? QStringLiteral("/dev/shm") : QDir::tempPath()) + "/tst_run-XXXXXX") {
        if (!m_dir.isValid()) qFatal("no temporary folder");
    }
    fs::path path(const char* name = "run") const { return fs::path(m_dir.path().toStdString()) / name; }

  private:
    QTemporaryDir m_dir;
};

inline std::string slurp(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

inline void spill(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

inline RunInfo someInfo() {
    RunInfo info;
    info.json = Json{{"family", "diffusion"}, {"data", "shapes"}, {"seed", 7}, {"metric_names", {"loss", "rate"}}};
    return info;
}

inline MetricRow row(std::int64_t step, float generation = 0) {
    return {step, {static_cast<float>(step) * 0.5F, generation}};
}

inline std::vector<MetricRow> rows(std::int64_t from, std::int64_t to, float generation = 0) {
    std::vector<MetricRow> out;
    for (std::int64_t step = from; step < to; ++step) out.push_back(row(step, generation));
    return out;
}

inline Event notice(std::int64_t step) {
    Notice body;
    body.id = "health";
    body.text.message = "all is well";
    body.step = step;
    return {1, static_cast<std::uint64_t>(step), body};
}

inline bool sameRow(const MetricRow& a, const MetricRow& b) {
    return a.step == b.step && a.values.size() == b.values.size() &&
           std::equal(a.values.begin(), a.values.end(), b.values.begin(),
                      [](float x, float y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

// What a listener shows: it applies updates as run.h says.
struct Listener {
    std::vector<MetricRow> shown;
    std::vector<Json> events;
    int damaged = 0;
    void apply(const RunReader::Update& update) {
        if (update.truncateAt >= 0) std::erase_if(shown, [&](const MetricRow& r) { return r.step >= update.truncateAt; });
        shown.insert(shown.end(), update.rows.begin(), update.rows.end());
        events.insert(events.end(), update.events.begin(), update.events.end());
        damaged += update.damaged;
    }
    bool shows(const std::vector<MetricRow>& expected) const {
        return std::equal(shown.begin(), shown.end(), expected.begin(), expected.end(), sameRow);
    }
};

inline std::unique_ptr<RunWriter> create(const fs::path& folder) {
    auto writer = RunWriter::create(folder, someInfo());
    if (!writer) qFatal("%s", writer.error().text().c_str());
    return std::move(*writer);
}

inline std::unique_ptr<RunWriter> reopen(const fs::path& folder) {
    auto writer = RunWriter::open(folder);
    if (!writer) qFatal("%s", writer.error().text().c_str());
    return std::move(*writer);
}

inline std::unique_ptr<RunReader> reader(const fs::path& folder) {
    auto opened = RunReader::open(folder);
    if (!opened) qFatal("%s", opened.error().text().c_str());
    return std::move(*opened);
}

inline RunReader::Update poll(RunReader& from) {
    auto update = from.poll();
    if (!update) qFatal("%s", update.error().text().c_str());
    return std::move(*update);
}

inline Listener readAll(const fs::path& folder) {
    Listener listener;
    listener.apply(poll(*reader(folder)));
    return listener;
}

inline std::vector<MetricRow> joined(std::vector<MetricRow> a, const std::vector<MetricRow>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

inline int statusOf(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

}  // namespace imago::test
