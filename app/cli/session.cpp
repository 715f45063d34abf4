// Runs one request: an event loop on two file descriptors, the engine's wake-up and the signals. Nothing polls by sleeping.
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cstdio>

#include "app/cli/cli.h"
#include "app/cli/console.h"
#include "core/ml_engine.h"

namespace imago::cli {

namespace {

// SIGINT and SIGTERM as a file descriptor; blocked before the engine's threads start.
class Signals {
  public:
    Signals() {
        sigemptyset(&m_set);
        sigaddset(&m_set, SIGINT);
        sigaddset(&m_set, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &m_set, &m_old);
        m_fd = signalfd(-1, &m_set, SFD_CLOEXEC);
    }
    ~Signals() {
        close(m_fd);
        pthread_sigmask(SIG_SETMASK, &m_old, nullptr);
    }
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    int fd() const { return m_fd; }
    bool take() {
        signalfd_siginfo info;
        return read(m_fd, &info, sizeof info) == static_cast<ssize_t>(sizeof info);
    }

  private:
    sigset_t m_set, m_old;
    int m_fd = -1;
};

// The engine's wake-up as a file descriptor.
class WakeUp {
  public:
    WakeUp() : m_fd(eventfd(0, EFD_CLOEXEC)) {}
    ~WakeUp() { close(m_fd); }
    WakeUp(const WakeUp&) = delete;
    WakeUp& operator=(const WakeUp&) = delete;
    int fd() const { return m_fd; }
    void ring() {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = write(m_fd, &one, sizeof one);
    }
    void clear() {
        std::uint64_t count = 0;
        [[maybe_unused]] const auto got = read(m_fd, &count, sizeof count);
    }

  private:
    int m_fd;
};

void interrupt(Studio& studio, JobId job, bool training, const Globals& globals) {
    if (!training) return studio.cancel(job);
    if (!globals.json) std::fputs("Finishing the step and saving. Once more ends at once, without saving.\n", stderr);
    studio.stop(job);
}

}  // namespace

void addSessionOptions(CLI::App& verb, SessionOptions& options) {
    verb.add_option("--device", options.device, "auto, cpu, cuda:N");
    verb.add_option("--threads", options.threads, "auto, or a number: reproducible bit for bit");
}

int runRequest(const Request& request, const Globals& globals, const SessionOptions& options) {
    if (options.threads != "auto" &&
        (options.threads.empty() || options.threads.size() > 4 || options.threads.find_first_not_of("0123456789") != std::string::npos))
        return fail(
            {ErrorCode::Usage, IMAGO_TR("The number of threads is auto or a whole number, not “{text}”."), {{"text", options.threads}}},
            globals);
    Signals signals;
    WakeUp wake;
    auto studio = makeStudio({options.device, options.threads, true});
    studio->setWake([&wake] { wake.ring(); });
    const auto job = studio->submit(request);
    if (!job.ok()) return fail(job.error(), globals);

    Console console;
    bool interrupted = false;
    std::optional<JobFinished> finished;
    std::vector<Event> events;
    while (!finished) {
        pollfd fds[2] = {{wake.fd(), POLLIN, 0}, {signals.fd(), POLLIN, 0}};
        if (poll(fds, 2, -1) < 0) continue;
        if ((fds[1].revents & POLLIN) && signals.take()) {
            if (interrupted) _exit(exitCode(ErrorCode::Cancelled));  // asked twice: now
            interrupted = true;
            console.endLine();
            interrupt(*studio, *job, std::holds_alternative<TrainRequest>(request), globals);
        }
        if (!(fds[0].revents & POLLIN)) continue;
        wake.clear();
        events.clear();
        studio->drain(events);
        for (auto& event : events) {
            if (globals.json)
                printJson(toJson(event));
            else
                console.show(event);
            if (auto* end = std::get_if<JobFinished>(&event.body); end && event.job == *job) finished = std::move(*end);
        }
    }
    console.endLine();
    studio->setWake({});
    studio.reset();

    if (finished->error) return fail(*finished->error, globals);
    if (finished->reason == FinishReason::Cancelled) return fail({ErrorCode::Cancelled, "Cancelled; nothing was written."}, globals);
    if (globals.json)
        printResult(finished->result);
    else if (options.show)
        options.show(finished->result);
    return interrupted ? exitCode(ErrorCode::Cancelled) : 0;
}

}  // namespace imago::cli
