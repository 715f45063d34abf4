// The two growing files of a run, byte by byte: metrics.bin (fixed-width rows) and events.jsonl (lines), every record with
// its own CRC32C, so that a torn or damaged one is passed over and never believed. Pure functions, and the appending file.
//   metrics.bin   "IMAGOMET", u32 schema, u32 columns, u32 bytes of names, names each ended by '\n', u32 CRC of all that;
//                 then rows: i64 step, f32 values [columns], u32 CRC of the row. Little-endian.
//   events.jsonl  {...,"time":"...","metric_rows":rows of metrics.bin so far,"crc":"8 hex digits of the line before this key"}
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/hash.h"
#include "core/base/json.h"
#include "core/engine/run.h"

namespace imago {

constexpr int kRunSchema = 1;
constexpr std::uint32_t kMetricsSchema = 1;

std::string metricsHeader(const std::vector<std::string>& names);
// The version, if these are the first bytes of a metrics file at all.
std::optional<std::uint32_t> metricsVersion(std::string_view head);
constexpr std::size_t metricsRowBytes(std::size_t columns) {
    return 8 + 4 * columns + 4;
}
void appendRow(std::string& bytes, const MetricRow& row, std::size_t columns);  // missing values become NaN
std::optional<MetricRow> readRow(std::string_view bytes, std::size_t columns);  // nothing: the checksum is wrong

std::string eventLine(const Json& event);                  // with the line's end
std::optional<Json> readEventLine(std::string_view line);  // without it; nothing: damaged

std::string timeStamp();  // now, UTC: 2026-01-31T23:59:59.123Z

// A file that only grows. A record that could not be written whole is taken back. Not thread-safe.
class AppendFile {
  public:
    static Result<AppendFile> open(const std::filesystem::path& path, bool create);
    AppendFile(AppendFile&& other) noexcept;
    AppendFile& operator=(AppendFile&&) = delete;
    ~AppendFile();
    Result<void> append(std::string_view bytes);
    Result<void> sync();  // fdatasync
    std::uint64_t size() const { return m_size; }
    Result<std::string> tail(std::uint64_t from) const;  // what is there from this position on

  private:
    AppendFile(std::filesystem::path path, int descriptor, std::uint64_t size);
    std::filesystem::path m_path;
    int m_descriptor;
    std::uint64_t m_size;
    bool m_torn = false;  // more is in the file than m_size
};

std::vector<std::string> metricNamesOf(const Json& run);
Result<RunInfo> readRunInfo(const std::filesystem::path& folder);

}  // namespace imago
