#include "app/cli/console.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace imago::cli {

static std::string duration(double seconds) {
    const long total = std::lround(seconds);
    char text[64];
    if (total >= 3600)
        std::snprintf(text, sizeof text, "%ld h %02ld min", total / 3600, total % 3600 / 60);
    else if (total >= 60)
        std::snprintf(text, sizeof text, "%ld min %02ld s", total / 60, total % 60);
    else
        std::snprintf(text, sizeof text, "%ld s", total);
    return text;
}

void Console::show(const Event& event) {
    std::visit([this](const auto& body) { on(body); }, event.body);
}

void Console::endLine() {
    if (m_open) std::fputc('\n', stderr);
    m_open = false;
}

void Console::line(const std::string& text) {
    endLine();
    std::fprintf(stderr, "%s\n", text.c_str());
}

void Console::on(const JobStarted& started) {
    m_metricNames = started.metricNames;
    if (!started.title.empty()) line(started.title);
}

void Console::on(const MetricBatch& batch) {
    const std::size_t columns = m_metricNames.size();
    if (columns == 0 || batch.values.size() < columns) return;
    for (std::size_t i = 0; i < columns; ++i)
        if (m_metricNames[i] == "loss") m_loss = batch.values[batch.values.size() - columns + i];
}

void Console::on(const CheckpointSaved& saved) {
    if (!saved.snapshot) line("Saved at step " + std::to_string(saved.step));
}

void Console::on(const LiveChanged& change) {
    line(change.key + " is " + change.value.dump() + " from step " + std::to_string(change.step) + " on");
}

void Console::on(const Notice& notice) {
    line(notice.text.text());
}

void Console::on(const JobProgress& progress) {
    std::string text = std::to_string(progress.done);
    if (progress.total > 0) text += " of " + std::to_string(progress.total);
    char part[64];
    if (!progress.stage.empty()) text += "  " + progress.stage;
    if (std::isfinite(m_loss)) text += (std::snprintf(part, sizeof part, "  loss %.4f", m_loss), part);
    if (progress.imagesPerSecond > 0) text += (std::snprintf(part, sizeof part, "  %.0f pictures/s", progress.imagesPerSecond), part);
    if (progress.secondsLeft >= 0) text += "  about " + duration(progress.secondsLeft) + " left";
    static const bool terminal = isatty(STDERR_FILENO) != 0;
    if (terminal) {
        std::fprintf(stderr, "\r\033[K%s", text.c_str());
        m_open = true;
        return;
    }
    const double now = std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
    if (now < m_nextLine) return;
    m_nextLine = now + 10;
    std::fprintf(stderr, "%s\n", text.c_str());
}

}  // namespace imago::cli
