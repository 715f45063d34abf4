// Busy time of others = busy time of the machine - our own. A thread is given up when others have kept more than half of
// a processor of our team's for a second, and taken back when it has been free for two: a short burst changes nothing.
#include "core/tensor/thread_policy.h"

#include <ATen/Parallel.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

namespace imago {

namespace {

constexpr double kInterval = 0.25;    // seconds between looks
constexpr double kGiveUpAfter = 0.9;  // seconds of others' work
constexpr double kTakeBackAfter = 1.9;

int processorCount() {
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

CpuTimes readCpuTimes() {
    CpuTimes times;
    times.seconds = now();
    if (std::FILE* file = std::fopen("/proc/stat", "r")) {
        unsigned long long user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0;
        if (std::fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &wait, &irq, &soft) == 7) {
            times.busy = static_cast<double>(user + nice + system + irq + soft) / static_cast<double>(sysconf(_SC_CLK_TCK));
        }
        std::fclose(file);
    }
    rusage own{};
    if (getrusage(RUSAGE_SELF, &own) == 0) {
        auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); };
        times.own = seconds(own.ru_utime) + seconds(own.ru_stime);
    }
    return times;
}

ThreadPolicy::ThreadPolicy(int threads, std::function<void(const Change&)> changed, std::function<CpuTimes()> read, int processors)
    : m_automatic(threads <= 0),
      m_maximum(threads > 0      ? threads
                : processors > 0 ? processors
                                 : processorCount()),
      m_threads(m_maximum),
      m_last(read()),
      m_changed(std::move(changed)),
      m_read(std::move(read)) {
    at::set_num_threads(m_threads);
}

int ThreadPolicy::poll() {
    if (!m_automatic || m_maximum == 1) return m_threads;
    const auto times = m_read();
    const double elapsed = times.seconds - m_last.seconds;
    if (elapsed < kInterval) return m_threads;
    const double others = std::max(0.0, (times.busy - m_last.busy) - (times.own - m_last.own)) / elapsed;
    m_last = times;

    // Processors left for us, to the nearest: what others use now and then is not counted.
    const int free = std::clamp(m_maximum - static_cast<int>(others + 0.5), 1, m_maximum);
    m_above = free < m_threads ? m_above + elapsed : 0;
    m_below = free > m_threads ? m_below + elapsed : 0;
    if (m_above < kGiveUpAfter && m_below < kTakeBackAfter) return m_threads;
    const Change change{m_threads, free, others};
    m_above = m_below = 0;
    m_threads = free;
    at::set_num_threads(m_threads);
    if (m_changed) m_changed(change);
    return m_threads;
}

}  // namespace imago
