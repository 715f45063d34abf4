#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "core/base/durable_file.h"
#include "core/engine/run_files.h"
#include "core/engine/run_lock.h"

namespace imago {
namespace {

constexpr std::size_t kPiece = std::size_t(1) << 20;

// A file that is read from where the last reading ended.
class Follower {
  public:
    explicit Follower(std::filesystem::path path) : m_path(std::move(path)) {}
    ~Follower() {
        if (m_descriptor >= 0) ::close(m_descriptor);
    }
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    Result<std::uint64_t> size() {
        if (m_descriptor < 0) m_descriptor = ::open(m_path.c_str(), O_RDONLY | O_CLOEXEC);
        struct stat status {};
        if (m_descriptor < 0 || ::fstat(m_descriptor, &status) != 0) return failure(errno);
        return static_cast<std::uint64_t>(status.st_size);
    }
    Result<std::string> read(std::uint64_t from, std::size_t count) const {
        std::string bytes(count, '\0');
        std::size_t done = 0;
        while (done < count) {
            const ssize_t got = ::pread(m_descriptor, bytes.data() + done, count - done, static_cast<off_t>(from + done));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return failure(errno);
            if (got == 0) break;
            done += static_cast<std::size_t>(got);
        }
        bytes.resize(done);
        return bytes;
    }

  private:
    Error failure(int number) const {
        Error error = diskError(kCannotRead, m_path, number);
        error.code = ErrorCode::BadInput;
        return error;
    }
    std::filesystem::path m_path;
    int m_descriptor = -1;
};

}  // namespace

struct RunReader::State {
    explicit State(std::filesystem::path where)
        : folder(std::move(where)), metrics(folder / "metrics.bin"), events(folder / "events.jsonl") {}

    // From row `row` on, the steps >= from that came before are superseded.
    struct Mark {
        std::uint64_t row;
        std::int64_t from;
    };

    std::filesystem::path folder;
    RunInfo info;
    std::size_t columns = 0;
    Follower metrics, events;
    std::string header;
    bool headerRead = false;
    std::uint64_t rowsRead = 0;
    std::uint64_t eventBytesRead = 0;
    std::uint64_t doubtful = std::numeric_limits<std::uint64_t>::max();  // a bad last row, seen once, that may be in the making
    std::int64_t lastDelivered = -1;                                     // step of the newest row of earlier polls
    bool delivered = false;                                              // an earlier poll returned something
    std::vector<Mark> marks;                                             // not yet applied, in order

    Result<void> readEvents(Update& update);
    void takeEvent(Json event, Update& update);
    Result<void> readHeader(Update& update);
    Result<void> readRows(std::uint64_t size, Update& update);
    void truncate(std::int64_t from, Update& update);
};

RunReader::RunReader() = default;
RunReader::~RunReader() = default;

Result<std::unique_ptr<RunReader>> RunReader::open(const std::filesystem::path& folder) {
    IMAGO_ASSIGN(RunInfo info, readRunInfo(folder));
    std::unique_ptr<RunReader> reader(new RunReader());
    reader->m_state = std::make_unique<State>(folder);
    State& state = *reader->m_state;
    state.info = std::move(info);
    const std::vector<std::string> names = metricNamesOf(state.info.json);
    state.columns = names.size();
    state.header = metricsHeader(names);
    return reader;
}

const RunInfo& RunReader::info() const {
    return m_state->info;
}
bool RunReader::writerAlive() const {
    return RunLock::held(m_state->folder);
}

Result<RunReader::Update> RunReader::poll() {
    Update update;
    State& state = *m_state;
    // The size before the events, the rows after them: a resume is noted before its first row, so the note of every row
    // that is read here has been read.
    IMAGO_ASSIGN(const std::uint64_t size, state.metrics.size());
    IMAGO_TRY(state.readEvents(update));
    if (!state.headerRead) IMAGO_TRY(state.readHeader(update));
    IMAGO_TRY(state.readRows(size, update));
    for (const State::Mark& mark : std::exchange(state.marks, {})) state.truncate(mark.from, update);
    if (!update.rows.empty()) state.lastDelivered = update.rows.back().step;
    if (!update.rows.empty() || !update.previews.empty()) state.delivered = true;
    return update;
}

void RunReader::State::truncate(std::int64_t from, Update& update) {
    while (!update.rows.empty() && update.rows.back().step >= from) update.rows.pop_back();
    if (delivered) update.truncateAt = update.truncateAt < 0 ? from : std::min(update.truncateAt, from);
    lastDelivered = std::min(lastDelivered, from - 1);
}

Result<void> RunReader::State::readEvents(Update& update) {
    IMAGO_ASSIGN(const std::uint64_t size, events.size());
    std::string pending;
    std::uint64_t at = eventBytesRead;
    while (at < size) {
        IMAGO_ASSIGN(const std::string piece, events.read(at, static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, size - at))));
        if (piece.empty()) break;
        at += piece.size();
        pending += piece;
        std::size_t begin = 0;
        for (std::size_t end; (end = pending.find('\n', begin)) != std::string::npos; begin = end + 1) {
            if (std::optional<Json> event = readEventLine(std::string_view(pending).substr(begin, end - begin))) {
                takeEvent(std::move(*event), update);
            } else if (end > begin) {
                ++update.damaged;
            }
        }
        eventBytesRead += begin;
        pending.erase(0, begin);
    }
    return {};
}

void RunReader::State::takeEvent(Json event, Update& update) {
    const auto name = event.find("event");
    const auto integer = [&](const char* key) {
        const auto found = event.find(key);
        return found != event.end() && found->is_number_integer() ? found->get<std::int64_t>() : std::int64_t(0);
    };
    if (name != event.end() && *name == "resumed") {
        const std::int64_t from = integer("from");
        marks.push_back({static_cast<std::uint64_t>(integer("metric_rows")), from});
        // The picture of a step shows the weights before it: the one of the resumed step itself still holds.
        std::erase_if(update.previews, [from](const PreviewReady& preview) { return preview.step > from; });
    }
    if (name != event.end() && *name == "preview") {
        if (Result<Event> read = eventFromJson(event)) {
            auto& preview = std::get<PreviewReady>(read->body);
            std::erase_if(update.previews, [&](const PreviewReady& older) { return older.file == preview.file; });
            update.previews.push_back(std::move(preview));
        } else {
            ++update.damaged;
        }
        return;
    }
    update.events.push_back(std::move(event));
}

Result<void> RunReader::State::readHeader(Update& update) {
    IMAGO_ASSIGN(const std::string head, metrics.read(0, header.size()));
    headerRead = true;
    if (head == header) return {};
    const std::optional<std::uint32_t> version = metricsVersion(head);
    // Another version has another checksum; a flipped bit of the number alone is damage.
    if (version && *version != kMetricsSchema && head.substr(12) != header.substr(12))
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The metrics of the run {folder} are of version {found}; this program knows version {known}."),
                     {{"folder", folder.string()}, {"found", std::to_string(*version)}, {"known", std::to_string(kMetricsSchema)}},
                     IMAGO_TR("Use the version of Imago that wrote it, or a newer one.")};
    // Otherwise run.json says how wide the rows are.
    ++update.damaged;
    return {};
}

Result<void> RunReader::State::readRows(std::uint64_t size, Update& update) {
    const std::size_t width = metricsRowBytes(columns);
    const std::uint64_t total = size > header.size() ? (size - header.size()) / width : 0;
    auto mark = marks.begin();
    while (rowsRead < total) {
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(total - rowsRead, std::max<std::size_t>(1, kPiece / width)));
        IMAGO_ASSIGN(const std::string bytes, metrics.read(header.size() + rowsRead * width, count * width));
        for (std::size_t i = 0; i < bytes.size() / width; ++i) {
            for (; mark != marks.end() && mark->row <= rowsRead; ++mark) truncate(mark->from, update);
            std::optional<MetricRow> row = readRow(std::string_view(bytes).substr(i * width, width), columns);
            if (!row && rowsRead + 1 == total && doubtful != rowsRead && RunLock::held(folder)) {
                doubtful = rowsRead;
                marks.erase(marks.begin(), mark);
                return {};
            }
            ++rowsRead;
            if (!row) {
                ++update.damaged;
                continue;
            }
            // Steps only grow; one that does not belongs to a resume whose note was lost.
            const std::int64_t last = update.rows.empty() ? lastDelivered : update.rows.back().step;
            if (row->step <= last) truncate(row->step, update);
            update.rows.push_back(std::move(*row));
        }
        if (bytes.size() < count * width) break;
    }
    marks.erase(marks.begin(), mark);
    return {};
}

}  // namespace imago
