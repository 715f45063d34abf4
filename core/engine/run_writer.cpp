#include <mutex>

#include "core/base/durable_file.h"
#include "core/engine/run_files.h"
#include "core/engine/run_lock.h"
#include "core/image/png.h"

namespace imago {

struct RunWriter::State {
    std::filesystem::path folder;
    RunInfo info;
    std::size_t columns = 0;
    std::size_t headerBytes = 0;
    std::optional<RunLock> lock;
    std::optional<AppendFile> metrics, events;
    mutable std::mutex mutex;

    std::uint64_t rows() const { return (metrics->size() - headerBytes) / metricsRowBytes(columns); }
    Result<void> note(Json event) {  // mutex held
        event["time"] = timeStamp();
        event["metric_rows"] = rows();
        return events->append(eventLine(event));
    }
};

RunWriter::RunWriter() : m_state(std::make_unique<State>()) {}
RunWriter::~RunWriter() {
    if (m_state->metrics && m_state->events) (void)sync();
}

const std::filesystem::path& RunWriter::folder() const {
    return m_state->folder;
}
const RunInfo& RunWriter::info() const {
    return m_state->info;
}

Result<std::unique_ptr<RunWriter>> RunWriter::create(const std::filesystem::path& folder, const RunInfo& info) {
    IMAGO_TRY(makeFolders(folder));
    IMAGO_ASSIGN(RunLock lock, RunLock::acquire(folder));
    std::error_code ignored;
    if (std::filesystem::exists(folder / "run.json", ignored))
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("There is a run in {folder} already."),
                     {{"folder", folder.string()}},
                     IMAGO_TR("Choose another folder, or continue that run.")};
    std::unique_ptr<RunWriter> writer(new RunWriter());
    State& state = *writer->m_state;
    state.folder = folder;
    state.info = info;
    state.lock.emplace(std::move(lock));
    Json json{{"schema", kRunSchema}, {"id", folder.filename().string()}, {"created", timeStamp()}};
    json.update(info.json);
    json["schema"] = kRunSchema;
    state.info.json = std::move(json);
    const std::vector<std::string> names = metricNamesOf(state.info.json);
    state.columns = names.size();
    const std::string header = metricsHeader(names);
    state.headerBytes = header.size();
    for (const char* sub : {"previews", "checkpoints", "snapshots"}) IMAGO_TRY(makeFolders(folder / sub));
    {
        IMAGO_ASSIGN(AppendFile metrics, AppendFile::open(folder / "metrics.bin", true));
        state.metrics.emplace(std::move(metrics));
        IMAGO_ASSIGN(AppendFile events, AppendFile::open(folder / "events.jsonl", true));
        state.events.emplace(std::move(events));
    }
    IMAGO_TRY(state.metrics->append(header));
    IMAGO_TRY(writer->sync());
    if (!info.user.empty()) IMAGO_TRY(writer->setUser(info.user));
    // Last: a folder with a run.json is a run.
    IMAGO_TRY(writeDurably(folder / "run.json", state.info.json.dump(2) + "\n"));
    return writer;
}

Result<std::unique_ptr<RunWriter>> RunWriter::open(const std::filesystem::path& folder) {
    IMAGO_ASSIGN(RunInfo info, readRunInfo(folder));
    IMAGO_ASSIGN(RunLock lock, RunLock::acquire(folder));
    std::unique_ptr<RunWriter> writer(new RunWriter());
    State& state = *writer->m_state;
    state.folder = folder;
    state.info = std::move(info);
    state.lock.emplace(std::move(lock));
    const std::vector<std::string> names = metricNamesOf(state.info.json);
    state.columns = names.size();
    state.headerBytes = metricsHeader(names).size();
    IMAGO_ASSIGN(AppendFile metrics, AppendFile::open(folder / "metrics.bin", false));
    IMAGO_ASSIGN(AppendFile events, AppendFile::open(folder / "events.jsonl", false));
    if (metrics.size() < state.headerBytes)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The run {folder} is damaged: the beginning of metrics.bin is missing."),
                     {{"folder", folder.string()}},
                     IMAGO_TR("Start a new run from its newest checkpoint.")};
    // A crash may have torn the last record. It is completed to something that fails its checksum: nothing is truncated,
    // and whoever follows the file keeps its place.
    const std::size_t torn = (metrics.size() - state.headerBytes) % metricsRowBytes(state.columns);
    if (torn > 0) IMAGO_TRY(metrics.append(std::string(metricsRowBytes(state.columns) - torn, '\0')));
    if (events.size() > 0) {
        IMAGO_ASSIGN(const std::string last, events.tail(events.size() - 1));
        if (last != "\n") IMAGO_TRY(events.append("\n"));
    }
    state.metrics.emplace(std::move(metrics));
    state.events.emplace(std::move(events));
    return writer;
}

Result<void> RunWriter::appendMetrics(const std::vector<MetricRow>& rows) {
    const std::lock_guard lock(m_state->mutex);
    std::string bytes;
    bytes.reserve(rows.size() * metricsRowBytes(m_state->columns));
    for (const MetricRow& row : rows) appendRow(bytes, row, m_state->columns);
    return m_state->metrics->append(bytes);
}

Result<void> RunWriter::appendEvent(const Event& event) {
    const bool rare = !std::holds_alternative<MetricBatch>(event.body) && !std::holds_alternative<JobProgress>(event.body) &&
                      !std::holds_alternative<PreviewReady>(event.body) && !std::holds_alternative<TileReady>(event.body);
    if (!rare) return {};
    const std::lock_guard lock(m_state->mutex);
    return m_state->note(toJson(event));
}

Result<void> RunWriter::appendResumed(std::int64_t from) {
    const std::lock_guard lock(m_state->mutex);
    // The rows before it first: the note counts them.
    IMAGO_TRY(m_state->metrics->sync());
    IMAGO_TRY(m_state->note(toJson(Event{0, 0, Resumed{from}})));
    return m_state->events->sync();
}

Result<std::string> RunWriter::writePreview(const PreviewReady& preview) {
    std::string name = std::to_string(preview.step);
    if (name.size() < 8) name.insert(0, 8 - name.size(), '0');
    if (preview.kind != "samples") name += '-' + preview.kind;
    PreviewReady written = preview;
    written.file = "previews/" + name + ".png";
    if (!preview.image)
        return Error{ErrorCode::Internal, IMAGO_TR("The preview of step {step} has no picture."), {{"step", std::to_string(preview.step)}}};
    // Encoding and writing take milliseconds: without the lock, the file belongs to this call alone.
    IMAGO_ASSIGN(const std::vector<std::uint8_t> bytes, encodePng(preview.image->view()));
    IMAGO_TRY(writeDurably(m_state->folder / written.file, bytes));
    Json json = toJson(Event{0, 0, written});
    json.erase("job");
    json.erase("seq");
    IMAGO_TRY(writeDurably(m_state->folder / ("previews/" + name + ".json"), json.dump(2) + "\n"));
    const std::lock_guard lock(m_state->mutex);
    IMAGO_TRY(m_state->note(std::move(json)));
    return written.file;
}

Result<void> RunWriter::sync() {
    const std::lock_guard lock(m_state->mutex);
    IMAGO_TRY(m_state->metrics->sync());
    return m_state->events->sync();
}

Result<void> RunWriter::setUser(const Json& user) {
    const std::lock_guard lock(m_state->mutex);
    IMAGO_TRY(writeDurably(m_state->folder / "user.json", user.dump(2) + "\n"));
    m_state->info.user = user;
    return {};
}

}  // namespace imago
