#include "core/base/log.h"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <mutex>
#include <string>
#include <system_error>

namespace imago {

namespace {

constexpr std::size_t kFileBytes = std::size_t(5) << 20;
constexpr std::size_t kFiles = 5;

std::mutex g_mutex;                        // guards the pointer, not the writing
std::shared_ptr<spdlog::logger> g_logger;  // made at the first line or by startLog

std::shared_ptr<spdlog::sinks::sink> warningsToStderr() {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    sink->set_level(spdlog::level::warn);
    sink->set_pattern("%l: %v");
    return sink;
}

std::shared_ptr<spdlog::logger> logger() {
    const std::lock_guard lock(g_mutex);
    if (!g_logger) g_logger = std::make_shared<spdlog::logger>("imago", warningsToStderr());
    return g_logger;
}

void write(spdlog::level::level_enum level, std::string_view text) {
    logger()->log(level, spdlog::string_view_t(text.data(), text.size()));
}

}  // namespace

void startLog(const std::filesystem::path& folder) {
    std::string problem;
    try {
        std::filesystem::create_directories(folder);
        auto file = std::make_shared<spdlog::sinks::rotating_file_sink_mt>((folder / "imago.log").string(), kFileBytes, kFiles - 1);
        file->set_pattern("%Y-%m-%dT%H:%M:%S.%e %t %l %v");
        auto both = std::make_shared<spdlog::logger>("imago", spdlog::sinks_init_list{file, warningsToStderr()});
        both->flush_on(spdlog::level::info);
        const std::lock_guard lock(g_mutex);
        g_logger = std::move(both);
    } catch (const std::exception& error) {  // spdlog and create_directories throw; a log is never worth stopping for
        problem = error.what();
    }
    if (!problem.empty()) logWarning("No log file is written: " + problem);
}

void logInfo(std::string_view text) {
    write(spdlog::level::info, text);
}

void logWarning(std::string_view text) {
    write(spdlog::level::warn, text);
}

void logError(std::string_view text) {
    write(spdlog::level::err, text);
}

}  // namespace imago
