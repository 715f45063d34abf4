#include "core/engine/run_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <ctime>
#include <limits>

#include "core/base/durable_file.h"

namespace imago {
namespace {

static_assert(std::endian::native == std::endian::little, "the files of a run are written as they lie in memory");

constexpr std::string_view kMagic = "IMAGOMET";
constexpr std::string_view kCrcKey = ",\"crc\":\"";

template <class T>
void put(std::string& bytes, T value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
T get(std::string_view bytes, std::size_t at) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

std::string hex8(std::uint32_t value) {
    std::string text(8, '0');
    for (std::size_t i = 0; i < 8; ++i) text[i] = "0123456789abcdef"[(value >> (28 - 4 * i)) & 15U];
    return text;
}

}  // namespace

std::string metricsHeader(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += name + '\n';
    std::string bytes(kMagic);
    put(bytes, kMetricsSchema);
    put(bytes, static_cast<std::uint32_t>(names.size()));
    put(bytes, static_cast<std::uint32_t>(text.size()));
    bytes += text;
    put(bytes, crc32c(bytesOf(bytes)));
    return bytes;
}

std::optional<std::uint32_t> metricsVersion(std::string_view head) {
    if (head.size() < kMagic.size() + 4 || head.substr(0, kMagic.size()) != kMagic) return {};
    return get<std::uint32_t>(head, kMagic.size());
}

void appendRow(std::string& bytes, const MetricRow& row, std::size_t columns) {
    const std::size_t begin = bytes.size();
    put(bytes, row.step);
    for (std::size_t i = 0; i < columns; ++i) put(bytes, i < row.values.size() ? row.values[i] : std::numeric_limits<float>::quiet_NaN());
    put(bytes, crc32c(bytesOf(std::string_view(bytes).substr(begin))));
}

std::optional<MetricRow> readRow(std::string_view bytes, std::size_t columns) {
    const std::size_t size = metricsRowBytes(columns);
    if (bytes.size() != size || crc32c(bytesOf(bytes.substr(0, size - 4))) != get<std::uint32_t>(bytes, size - 4)) return {};
    MetricRow row;
    row.step = get<std::int64_t>(bytes, 0);
    row.values.resize(columns);
    for (std::size_t i = 0; i < columns; ++i) row.values[i] = get<float>(bytes, 8 + 4 * i);
    return row;
}

std::string eventLine(const Json& event) {
    std::string line = event.dump(-1, ' ', false, Json::error_handler_t::replace);
    line.pop_back();  // the closing brace comes after the checksum
    const std::uint32_t crc = crc32c(bytesOf(line));
    line += kCrcKey;
    return line + hex8(crc) + "\"}\n";
}

std::optional<Json> readEventLine(std::string_view line) {
    const std::size_t tail = kCrcKey.size() + 8 + 2;
    if (line.size() <= tail) return {};
    const std::string_view body = line.substr(0, line.size() - tail);
    const std::string expected = std::string(kCrcKey) + hex8(crc32c(bytesOf(body))) + "\"}";
    if (line.substr(line.size() - tail) != expected) return {};
    Result<Json> json = parseJson(line, "events.jsonl");
    if (!json || !json->is_object()) return {};
    json->erase("crc");
    return std::move(*json);
}

std::string timeStamp() {
    const auto now = std::chrono::system_clock::now();
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[40];
    const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    const std::string fraction = std::to_string(1000 + millis).substr(1);
    return std::string(text, length) + '.' + fraction + 'Z';
}

AppendFile::AppendFile(std::filesystem::path path, int descriptor, std::uint64_t size)
    : m_path(std::move(path)), m_descriptor(descriptor), m_size(size) {}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : m_path(std::move(other.m_path)), m_descriptor(std::exchange(other.m_descriptor, -1)), m_size(other.m_size), m_torn(other.m_torn) {}

AppendFile::~AppendFile() {
    if (m_descriptor >= 0) ::close(m_descriptor);
}

Result<AppendFile> AppendFile::open(const std::filesystem::path& path, bool create) {
    const int flags = O_RDWR | O_APPEND | O_CLOEXEC | (create ? O_CREAT | O_TRUNC : 0);
    const int descriptor = ::open(path.c_str(), flags, 0644);
    if (descriptor < 0) return diskError(kCannotWrite, path, errno);
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) {
        const int why = errno;
        ::close(descriptor);
        return diskError(kCannotRead, path, why);
    }
    return AppendFile(path, descriptor, static_cast<std::uint64_t>(status.st_size));
}

Result<void> AppendFile::append(std::string_view bytes) {
    // What an earlier failure left behind goes first: readers never took it for a record, and rows must stay aligned.
    if (m_torn && ::ftruncate(m_descriptor, static_cast<off_t>(m_size)) != 0) return diskError(kCannotWrite, m_path, errno);
    m_torn = false;
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t written = ::write(m_descriptor, bytes.data() + done, bytes.size() - done);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) {
            const int why = written < 0 ? errno : ENOSPC;
            m_torn = ::ftruncate(m_descriptor, static_cast<off_t>(m_size)) != 0;
            return diskError(kCannotWrite, m_path, why);
        }
        done += static_cast<std::size_t>(written);
    }
    m_size += bytes.size();
    return {};
}

Result<void> AppendFile::sync() {
    if (::fdatasync(m_descriptor) != 0) return diskError(kCannotWrite, m_path, errno);
    return {};
}

Result<std::string> AppendFile::tail(std::uint64_t from) const {
    std::string bytes(from < m_size ? m_size - from : 0, '\0');
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t count = ::pread(m_descriptor, bytes.data() + done, bytes.size() - done, static_cast<off_t>(from + done));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return diskError(kCannotRead, m_path, count < 0 ? errno : EIO);
        done += static_cast<std::size_t>(count);
    }
    return bytes;
}

std::vector<std::string> metricNamesOf(const Json& run) {
    std::vector<std::string> names;
    if (const auto found = run.find("metric_names"); found != run.end() && found->is_array())
        for (const Json& name : *found) names.push_back(name.is_string() ? name.get<std::string>() : name.dump());
    return names;
}

Result<RunInfo> readRunInfo(const std::filesystem::path& folder) {
    const std::filesystem::path file = folder / "run.json";
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored))
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("There is no run in {folder}: it has no run.json."),
                     {{"folder", folder.string()}},
                     IMAGO_TR("Choose a folder that a training has written.")};
    RunInfo info;
    IMAGO_ASSIGN(const std::string text, readTextFile(file));
    IMAGO_ASSIGN(info.json, parseJson(text, file.string()));
    const auto schema = info.json.is_object() ? info.json.find("schema") : info.json.end();
    if (!info.json.is_object() || schema == info.json.end() || *schema != kRunSchema) {
        const std::string found = info.json.is_object() && schema != info.json.end() ? schema->dump() : "(none)";
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The run in {folder} is of version {found}; this program knows version {known}."),
                     {{"folder", folder.string()}, {"found", found}, {"known", std::to_string(kRunSchema)}},
                     IMAGO_TR("Use the version of Imago that wrote it, or a newer one.")};
    }
    // What people wrote about the run is never a reason not to open it.
    if (Result<std::string> words = readTextFile(folder / "user.json"))
        if (Result<Json> user = parseJson(*words, "user.json"); user && user->is_object()) info.user = std::move(*user);
    return info;
}

}  // namespace imago
