// Run: a training as a folder that replays. What the UI shows of it, live or later or from another process, is rebuilt
// from its files. Writer: compute and io lanes; readers: anybody.
//   run.json      immutable: requested and resolved config, dataset manifest hash, versions, parent, metric names
//   user.json     name, star, notes          metrics.bin   one fixed-width row a step, checksummed
//   events.jsonl  rare events, checksummed   previews/     NNNNNNNN.png + .json (seeds, labels, columns)
//   checkpoints/  to resume                  snapshots/    weights through the whole training (at most 64)
//   run.lock      pid, host, boot id of the writer
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/engine/event.h"

namespace imago {

struct RunInfo {
    Json json = Json::object();  // run.json as written; keys: schema, id, created, family, data, seed, device, threads,
                                 // requested, resolved, manifest_hash, metric_names, class_names, parent, versions
    Json user = Json::object();  // name, starred, notes
};

struct MetricRow {
    std::int64_t step = 0;
    std::vector<float> values;  // as metric_names
};

// The writing side: one process at a time, refused (ErrorCode::Busy) when another live process holds the lock.
class RunWriter {
  public:
    static Result<std::unique_ptr<RunWriter>> create(const std::filesystem::path& folder, const RunInfo& info);
    static Result<std::unique_ptr<RunWriter>> open(const std::filesystem::path& folder);  // to resume
    ~RunWriter();
    const std::filesystem::path& folder() const;
    const RunInfo& info() const;
    Result<void> appendMetrics(const std::vector<MetricRow>& rows);
    // Stamped with time, checksummed. What is not a rare event is passed over: metrics, progress, previews (writePreview
    // notes them itself). Any thread, like all members.
    Result<void> appendEvent(const Event& event);
    // Notes {"event":"resumed","from":step}: rows with step >= from that came before are superseded. Before the first new row.
    Result<void> appendResumed(std::int64_t from);
    // previews/NNNNNNNN.png (kinds other than "samples": NNNNNNNN-kind.png) with its .json. Returns the name inside the folder.
    Result<std::string> writePreview(const PreviewReady& preview);
    Result<void> sync();  // fdatasync of metrics and events
    Result<void> setUser(const Json& user);

  private:
    RunWriter();
    struct State;
    std::unique_ptr<State> m_state;
};

// The reading side: also follows a run that another process is writing; poll() returns what came since the last call.
// After a resume the superseded rows (steps at or after the resumed step) are dropped by the reader.
class RunReader {
  public:
    static Result<std::unique_ptr<RunReader>> open(const std::filesystem::path& folder);
    ~RunReader();
    const RunInfo& info() const;
    struct Update {
        std::vector<MetricRow> rows;
        std::vector<Json> events;            // as in events.jsonl
        std::vector<PreviewReady> previews;  // without pixels: file, step, seeds
        std::int64_t truncateAt = -1;        // >= 0: first drop rows with step >= this and previews with step > this
        int damaged = 0;                     // rows and lines that failed their checksum and were passed over
    };
    Result<Update> poll();
    bool writerAlive() const;

  private:
    RunReader();
    struct State;
    std::unique_ptr<State> m_state;
};

// Folders with a run.json below a root, newest first.
std::vector<std::filesystem::path> listRuns(const std::filesystem::path& root);
std::filesystem::path defaultRunsRoot();  // $XDG_DATA_HOME/imago/runs

}  // namespace imago
