// links: imago_ml
// T-KILL on the whole program: `imago train` is killed with SIGKILL at random moments, of which two in three are aimed into
// a save, and resumed until it is through. It must end with the same files and the same rows as a run that nobody disturbed.
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <bit>
#include <cctype>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "core/base/hash.h"
#include "core/base/random.h"
#include "core/engine/run.h"
#include "core/train/checkpoint.h"

using namespace imago;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int kSteps = 240, kKills = 25, kKillsARun = 6, kTrainingMs = 120;
constexpr int kPatienceMs = 120000;
std::uint64_t g_seed = 2024;

// One sitting of the real program. What it prints is kept; both pipes are read while anything is waited for.
class Sitting {
  public:
    Sitting(const std::string& run, bool resume) {
        std::vector<std::string> words{IMAGO_BINARY_DIR "/app/imago", "train", "--json", "--out", run, "--threads", "1"};
        if (resume) words.push_back("--resume");
        const std::vector<std::string> first{"--family", "diffusion", "--data",  "shapes:31",
                                             "--seed",   "5",         "--steps", std::to_string(kSteps)};
        if (!resume) words.insert(words.end(), first.begin(), first.end());
        for (const char* setting : {"network.size=custom", "network.channels=8", "network.multipliers=1,2", "network.attention=2",
                                    "network.head_channels=8", "optimizer.batch=4", "optimizer.warmup_steps=4", "data.resolution=16",
                                    "run.preview_seconds=0", "run.checkpoint_minutes=0.001", "run.keep_last=2"})
            if (!resume) words.insert(words.end(), {"--set", setting});
        std::vector<char*> arguments;
        for (std::string& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) qFatal("pipe");
        m_watch = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        // A resumed run has its folder; a new one is watched as soon as the program has said that it has begun.
        m_run = run;
        watch();
        m_pid = ::fork();
        if (m_pid == 0) {
            ::dup2(ends[1], STDOUT_FILENO);
            ::dup2(ends[1], STDERR_FILENO);
            ::execv(arguments[0], arguments.data());
            ::_exit(127);
        }
        ::close(ends[1]);
        m_out = ends[0];
    }
    ~Sitting() {
        end(SIGKILL);
        ::close(m_out);
        ::close(m_watch);
    }
    Sitting(const Sitting&) = delete;
    Sitting& operator=(const Sitting&) = delete;

    const std::string& said() const { return m_said; }
    // Until the program trains; false: it ended before.
    bool waitForSteps() {
        return waitUntil([this] { return m_said.find("\"event\":\"metrics\"") != std::string::npos; });
    }
    // Until a save begins from now on: its folder appears under its temporary name.
    bool waitForSave() {
        m_begun = false;
        return waitUntil([this] { return m_begun; });
    }
    // Until the save that has begun is in its place.
    bool waitForSaved() {
        m_finished = false;
        return waitUntil([this] { return m_finished; });
    }
    bool waitForEnd() {
        return !waitUntil([] { return false; });
    }
    void signal(int number) const { ::kill(m_pid, number); }
    // The exit status, negative: the signal that ended it. A number is sent before, if given.
    int end(int number = 0) {
        if (m_pid < 0) return m_status;
        if (number) ::kill(m_pid, number);
        int status = 0;
        ::waitpid(m_pid, &status, 0);
        m_pid = -1;
        return m_status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

  private:
    void watch() {
        const std::string folder = m_run + "/checkpoints";
        if (!m_watching && fs::exists(folder)) m_watching = ::inotify_add_watch(m_watch, folder.c_str(), IN_CREATE | IN_MOVED_TO) >= 0;
    }
    void readWatch() {
        alignas(inotify_event) char bytes[4096];
        for (ssize_t got; (got = ::read(m_watch, bytes, sizeof bytes)) > 0;)
            for (ssize_t at = 0; at < got;) {
                const auto* event = reinterpret_cast<const inotify_event*>(bytes + at);
                const std::string name = event->name;
                m_begun |= (event->mask & IN_CREATE) && name.ends_with(".tmp") && !name.starts_with(".");
                m_finished |= (event->mask & IN_MOVED_TO) && name.size() == 8 && std::isdigit(static_cast<unsigned char>(name[0]));
                at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
            }
    }
    template <class Condition>
    bool waitUntil(Condition condition) {
        const auto limit = Clock::now() + std::chrono::milliseconds(kPatienceMs);
        while (!condition()) {
            pollfd fds[2] = {{m_out, POLLIN, 0}, {m_watch, POLLIN, 0}};
            if (::poll(fds, 2, m_watching ? 1000 : 1) < 0 || Clock::now() > limit) return false;
            watch();
            if (fds[1].revents & POLLIN) readWatch();
            if (fds[0].revents == 0) continue;
            char bytes[4096];
            const ssize_t got = ::read(m_out, bytes, sizeof bytes);
            if (got <= 0) return false;
            m_said.append(bytes, static_cast<std::size_t>(got));
        }
        return true;
    }

    std::string m_run, m_said;
    pid_t m_pid = -1;
    int m_out = -1, m_watch = -1, m_status = -1;
    bool m_watching = false, m_begun = false, m_finished = false;
};

std::vector<MetricRow> rowsOf(const std::string& run) {
    const auto reader = RunReader::open(run);
    if (!reader) return {};
    const auto update = (*reader)->poll();
    return update ? update->rows : std::vector<MetricRow>{};
}

std::int64_t newestAnnounced(const std::string& run) {
    const auto reader = RunReader::open(run);
    if (!reader) return -1;
    const auto update = (*reader)->poll();
    std::int64_t newest = -1;
    if (update)
        for (const Json& event : update->events)
            if (event.value("event", "") == "checkpoint" && !event.value("snapshot", false))
                newest = std::max(newest, event.value("step", std::int64_t(-1)));
    return newest;
}

// Everything that must be the same at the end: weights (averages), masters and moments byte for byte, and the counters.
// The seconds trained are the clock's.
std::string endOf(const std::string& run) {
    const auto found = findCheckpoint(run);
    if (!found) return found.error().text();
    Json state = found->checkpoint.state;
    state.erase("trained_seconds");
    std::string text = std::to_string(found->checkpoint.step) + " " + state.dump();
    for (const CheckpointFile& file : found->checkpoint.files) text += " " + file.name + " " + sha256Hex(file.bytes);
    return text;
}

struct Figures {
    int killed = 0, aimed = 0, inSave = 0, resumed = 0, completed = 0, corrupt = 0, stray = 0, announced = 0, forgotten = 0;
    std::int64_t lostMost = 0;
};

}  // namespace

class KillProgramTest : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;
    Figures m_figures;
    double m_saveUs = 0;  // from the folder's appearance to its renaming, the longest of the calm run

    std::string path(const std::string& name) const { return m_folder.path().toStdString() + "/" + name; }

    // One run until it is through. Verifies nothing: that is for the caller, who has both ends.
    void disturb(const std::string& run, std::uint64_t round, QString& trouble) {
        int kills = 0;
        for (std::uint64_t sitting = 0;; ++sitting) {
            const bool exists = fs::exists(fs::path(run) / "run.json");
            const RandomKey key{g_seed, Purpose::Test, round * 1000 + sitting};
            Sitting program(run, exists);
            m_figures.resumed += exists;
            if (m_figures.killed < kKills && kills < kKillsARun && killOnce(program, key)) {
                ++kills;
                lookAt(run);
                continue;
            }
            (void)program.waitForEnd();
            const int status = program.end();
            if (status == 6) continue;  // asked to stop, and had saved before the kill came
            ++m_figures.completed;
            if (status != 0 || program.said().find("passed over") != std::string::npos)
                trouble = QString::fromStdString("exit " + std::to_string(status) + "\n" + program.said());
            return;
        }
    }

    // Kinds, in turn: any moment of the start or of training; into a save that is due; into the save of a stop.
    bool killOnce(Sitting& program, const RandomKey& key) {
        const int kind = m_figures.killed % 3;
        const auto pause = [&](std::uint32_t index, double mostUs) {
            std::this_thread::sleep_for(std::chrono::microseconds(randomBelow(key, index, static_cast<std::uint32_t>(mostUs) + 1)));
        };
        if (!program.waitForSteps()) return false;
        if (kind != 1) pause(0, kTrainingMs * 1000);
        if (kind == 2) program.signal(SIGINT);
        if (kind != 0) {
            if (!program.waitForSave()) return false;
            pause(2, m_saveUs);
        }
        if (program.end(SIGKILL) != -SIGKILL) return false;
        ++m_figures.killed;
        m_figures.aimed += kind != 0;
        return true;
    }

    // What lies on the disk after a kill: every folder without .tmp must be whole, and no finished save may be gone.
    void lookAt(const std::string& run) {
        bool halfWritten = false;
        for (const auto& entry : fs::directory_iterator(checkpointsFolder(run))) halfWritten |= entry.path().extension() == ".tmp";
        m_figures.inSave += halfWritten;
        const auto steps = listCheckpoints(run);
        for (const std::int64_t step : steps) m_figures.corrupt += !readCheckpoint(checkpointsFolder(run) / checkpointName(step)).ok();
        const auto rows = rowsOf(run);
        const std::int64_t saved = newestAnnounced(run);
        m_figures.announced += saved >= 0;
        m_figures.forgotten += saved >= 0 && (steps.empty() || steps.back() < saved);
        if (!rows.empty() && !steps.empty()) m_figures.lostMost = std::max(m_figures.lostMost, rows.back().step + 1 - steps.back());
    }

  private Q_SLOTS:
    void killedProgramsEndAsIfNothingHadHappened() {
        QElapsedTimer time;
        time.start();
        const std::string calm = path("calm");
        {
            Sitting program(calm, false);
            while (program.waitForSave()) {
                const auto begin = Clock::now();
                if (!program.waitForSaved()) break;
                m_saveUs = std::max(m_saveUs, std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
            }
            (void)program.waitForEnd();
            QVERIFY2(program.end() == 0, program.said().c_str());
        }
        m_saveUs = std::min(m_saveUs * 1.2, 400e3);  // and what follows it: reading back, removing old ones
        const auto calmRows = rowsOf(calm);
        QCOMPARE(calmRows.size(), std::size_t(kSteps));
        const std::string wanted = endOf(calm);
        QVERIFY2(wanted.starts_with(std::to_string(kSteps) + " "), wanted.c_str());

        for (std::uint64_t round = 0; m_figures.killed < kKills; ++round) {
            QVERIFY2(round < 100, "the runs end before they can be killed");
            const std::string run = path("run" + std::to_string(round));
            QString trouble;
            disturb(run, round, trouble);
            QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
            QCOMPARE(QString::fromStdString(endOf(run)), QString::fromStdString(wanted));
            const auto rows = rowsOf(run);
            QCOMPARE(rows.size(), calmRows.size());
            for (std::size_t i = 0; i < rows.size(); ++i) {
                QCOMPARE(rows[i].step, calmRows[i].step);
                for (std::size_t c = 0; c + 1 < rows[i].values.size(); ++c)  // the last column is the clock
                    QCOMPARE(std::bit_cast<std::uint32_t>(rows[i].values[c]), std::bit_cast<std::uint32_t>(calmRows[i].values[c]));
            }
            for (const auto& entry : fs::directory_iterator(checkpointsFolder(run))) m_figures.stray += entry.path().extension() == ".tmp";
        }
        const Figures& f = m_figures;
        std::printf(
            "T-KILL (program): killed=%d aimed_at_a_save=%d found_half_written=%d resumed=%d completed=%d corrupt=%d stray=%d forgotten=%d "
            "lost_max_steps=%lld save_window_ms=%.1f seconds=%.1f seed=%llu\n",
            f.killed, f.aimed, f.inSave, f.resumed, f.completed, f.corrupt, f.stray, f.forgotten, static_cast<long long>(f.lostMost),
            m_saveUs / 1000, double(time.elapsed()) / 1000, static_cast<unsigned long long>(g_seed));
        QCOMPARE(f.corrupt, 0);
        QCOMPARE(f.stray, 0);
        QCOMPARE(f.forgotten, 0);
        QVERIFY(f.announced > 0);
        QVERIFY(f.inSave >= 3);  // the aim is good enough to mean something
    }
};

int main(int argc, char** argv) {
    // --seed N replays a series.
    for (int i = 1; i + 1 < argc; ++i)
        if (std::string(argv[i]) == "--seed") {
            g_seed = std::strtoull(argv[i + 1], nullptr, 10);
            std::rotate(argv + i, argv + i + 2, argv + argc);
            argc -= 2;
        }
    QCoreApplication app(argc, argv);
    KillProgramTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_kill_program.moc"
