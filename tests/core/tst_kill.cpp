// links: imago_ml
// T-KILL: a real process that trains is killed with SIGKILL at random moments, half of them while it saves, and resumed
// until it is through. It must end with the same bits as a run that nobody disturbed, and nothing damaged may be taken.
#include <sys/wait.h>
#include <torch/torch.h>
#include <unistd.h>
#include <csignal>

#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "core/base/hash.h"
#include "core/base/random.h"
#include "core/engine/run.h"
#include "core/engine/worker.h"
#include "core/models/generative_model.h"
#include "core/nn/parameters.h"
#include "core/train/checkpoint.h"
#include "core/train/train_job.h"
#include "core/train/trainer.h"

using namespace imago;
namespace fs = std::filesystem;

namespace {

constexpr int kSteps = 60, kSaveEvery = 6, kKills = 25;

// ------------------------------------------------------------------------------------------------------- the child

// Says on the pipe how many disk operations of saves have begun, one byte each, and makes each of them take a moment: the
// window in which half of the kills fall.
class TellingOps : public FileOps {
  public:
    int pipe = -1;
    void tell() {
        const char mark = 's';
        (void)!::write(pipe, &mark, 1);
        std::this_thread::sleep_for(std::chrono::microseconds(300));
    }
    int open(const fs::path& p, int f, int m) override { return tell(), systemFileOps().open(p, f, m); }
    std::int64_t write(int d, const void* b, std::size_t n) override {
        // In two halves: a kill can fall between them.
        tell();
        const std::size_t half = n > 4096 ? n / 2 : n;
        return systemFileOps().write(d, b, half);
    }
    int sync(int d) override { return tell(), systemFileOps().sync(d); }
    int close(int d) override { return systemFileOps().close(d); }
    int rename(const fs::path& a, const fs::path& b) override { return tell(), systemFileOps().rename(a, b); }
    int remove(const fs::path& p) override { return systemFileOps().remove(p); }
    int makeFolder(const fs::path& p) override { return tell(), systemFileOps().makeFolder(p); }
};

TrainRequest requestFor(const std::string& run, bool resume) {
    TrainRequest request;
    request.run = run;
    request.threads = "1";
    request.resume = resume;
    request.steps = kSteps;
    if (resume) return request;
    request.family = "diffusion";
    request.data = "shapes:31";
    request.seed = 5;
    request.config =
        Json::parse(R"({"network": {"size": "custom", "channels": 8, "multipliers": "1,2", "attention": "2", "head_channels": 8},
                                     "optimizer": {"batch": 4, "warmup_steps": 4},
                                     "data": {"resolution": 16}, "run": {"preview_count": 2, "keep_last": 2}})");
    return request;
}

// Trains with both lanes as threads, as the program does. Writes the hash of the final state to RUN/../NAME.end.
int childMain(const std::string& run, bool resume, int pipe) {
    TellingOps ops;
    ops.pipe = pipe;
    TrainJobOptions options;
    options.fileOps = &ops;
    options.saveEverySteps = kSaveEvery;
    options.tickSeconds = 0;
    options.beforeStep = [&](Trainer&, GenerativeModel&) {
        const char mark = '.';
        (void)!::write(pipe, &mark, 1);
    };
    std::string weights;
    options.afterFinish = [&](Trainer& trainer, GenerativeModel& model) {
        Sha256 hash;
        using Flat = nn::ParameterArena::Buffer;
        for (const Flat buffer : {Flat::Master, Flat::Moment1, Flat::Moment2, Flat::Average}) {
            const torch::Tensor flat = model.parameters().flat(buffer).contiguous();
            hash.update({reinterpret_cast<const std::uint8_t*>(flat.data_ptr<float>()), static_cast<std::size_t>(flat.numel()) * 4});
        }
        weights = std::to_string(trainer.counters.step) + " " + toHex(hash.finish());
    };
    std::optional<Error> error;
    int skipped = 0;
    {
        Worker worker([&](Event event) {
            if (const auto* finished = std::get_if<JobFinished>(&event.body)) error = finished->error;
            if (const auto* notice = std::get_if<Notice>(&event.body))
                skipped += notice->text.message.find("passed over") != std::string::npos;
        });
        worker.start([] { at::set_num_threads(1); });
        auto job = makeTrainJob(requestFor(run, resume), {"cpu", "1"}, options);
        if (!job) return std::fprintf(stderr, "%s\n", job.error().text().c_str()), 3;
        worker.submit(std::move(*job));
        worker.waitIdle();
    }
    if (error) return std::fprintf(stderr, "%s\n", error->text().c_str()), 4;
    std::ofstream(run + ".end") << weights << "\n";
    return skipped > 0 ? 9 : 0;  // a half-written checkpoint was seen: must not happen
}

// ------------------------------------------------------------------------------------------------------ the parent

struct Child {
    pid_t pid = -1;
    int pipe = -1;
};

Child spawn(const std::string& run, bool resume) {
    int ends[2];
    if (::pipe(ends) != 0) return {};
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::close(ends[0]);
        const std::string fd = std::to_string(ends[1]);
        ::execl("/proc/self/exe", "tst_kill", "--child", run.c_str(), resume ? "resume" : "new", fd.c_str(), static_cast<char*>(nullptr));
        ::_exit(127);
    }
    ::close(ends[1]);
    return {pid, ends[0]};
}

// Reads marks until `count` of this kind have come; false: the child ended first.
bool waitForMarks(const Child& child, char kind, int count) {
    char mark;
    while (count > 0) {
        if (::read(child.pipe, &mark, 1) != 1) return false;
        count -= mark == kind;
    }
    return true;
}

int waitFor(const Child& child) {
    int status = 0;
    ::waitpid(child.pid, &status, 0);
    ::close(child.pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string endOf(const std::string& run) {
    std::ifstream file(run + ".end");
    std::string line;
    std::getline(file, line);
    return line;
}

std::vector<MetricRow> rowsOf(const std::string& run) {
    const auto reader = RunReader::open(run);
    if (!reader) return {};
    const auto update = (*reader)->poll();
    return update ? update->rows : std::vector<MetricRow>{};
}

// The newest checkpoint that the run itself noted as saved; -1: none yet.
std::int64_t newestAnnounced(const std::string& run) {
    std::int64_t newest = -1;
    const auto reader = RunReader::open(run);
    if (!reader) return newest;
    const auto update = (*reader)->poll();
    if (!update) return newest;
    for (const Json& event : update->events)
        if (event.value("event", "") == "checkpoint" && !event.value("snapshot", false))
            newest = std::max(newest, event.value("step", std::int64_t(-1)));
    return newest;
}

}  // namespace

class KillTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void killedRunsEndAsIfNothingHadHappened() {
        QTemporaryDir folder;
        const std::string calm = folder.path().toStdString() + "/calm";
        Child child = spawn(calm, false);
        while (waitForMarks(child, '.', 1)) continue;
        QCOMPARE(waitFor(child), 0);
        QVERIFY(endOf(calm).starts_with(std::to_string(kSteps) + " "));
        const auto calmRows = rowsOf(calm);
        QCOMPARE(calmRows.size(), std::size_t(kSteps));

        int killed = 0, announced = 0, forgotten = 0, inSave = 0, resumed = 0, completed = 0, corrupt = 0, stray = 0;
        std::int64_t lostMost = 0;
        for (int round = 0; killed < kKills; ++round) {
            const std::string run = folder.path().toStdString() + "/run" + std::to_string(round);
            for (int sitting = 0;; ++sitting) {
                const bool exists = fs::exists(fs::path(run) / "run.json");
                const RandomKey key{2024, Purpose::Test, static_cast<std::uint64_t>(round * 1000 + sitting)};
                child = spawn(run, exists);
                resumed += exists;
                const bool kills = killed < kKills;
                if (kills) {
                    // One period of saving from anywhere: a random step, and then every other time a random operation of a save.
                    const bool aims = killed % 2 == 0;
                    bool alive = waitForMarks(child, '.', 1 + static_cast<int>(randomBelow(key, 0, kSaveEvery + 4)));
                    if (alive && aims) alive = waitForMarks(child, 's', 1 + static_cast<int>(randomBelow(key, 2, 24)));
                    if (alive && !aims) std::this_thread::sleep_for(std::chrono::microseconds(randomBelow(key, 4, 4000)));
                    if (alive) {
                        ::kill(child.pid, SIGKILL);
                        const int status = waitFor(child);
                        if (status == -SIGKILL) {
                            ++killed;
                            inSave += aims;
                            // What is on the disk now: every folder without .tmp must be whole.
                            for (const std::int64_t step : listCheckpoints(run))
                                corrupt += !readCheckpoint(checkpointsFolder(run) / checkpointName(step)).ok();
                            const auto rows = rowsOf(run);
                            const auto steps = listCheckpoints(run);
                            const std::int64_t saved = newestAnnounced(run);
                            announced += saved >= 0;
                            forgotten += saved >= 0 && (steps.empty() || steps.back() < saved);
                            if (!rows.empty() && !steps.empty()) lostMost = std::max(lostMost, rows.back().step + 1 - steps.back());
                            continue;
                        }
                        QCOMPARE(status, 0);
                        ++completed;
                        break;
                    }
                }
                while (waitForMarks(child, '.', 1)) continue;
                QCOMPARE(waitFor(child), 0);
                ++completed;
                break;
            }
            QCOMPARE(QString::fromStdString(endOf(run)), QString::fromStdString(endOf(calm)));
            const auto rows = rowsOf(run);
            QCOMPARE(rows.size(), calmRows.size());
            for (std::size_t i = 0; i < rows.size(); ++i) {
                QCOMPARE(rows[i].step, calmRows[i].step);
                for (std::size_t c = 0; c + 1 < rows[i].values.size(); ++c)  // the last column is the clock
                    QCOMPARE(std::bit_cast<std::uint32_t>(rows[i].values[c]), std::bit_cast<std::uint32_t>(calmRows[i].values[c]));
            }
            for (const auto& entry : fs::directory_iterator(checkpointsFolder(run))) stray += entry.path().extension() == ".tmp";
        }
        std::printf(
            "T-KILL: killed=%d in_save_window=%d resumed=%d completed=%d corrupt=%d stray=%d forgotten=%d lost_max_steps=%lld seed=2024\n",
            killed, inSave, resumed, completed, corrupt, stray, forgotten, static_cast<long long>(lostMost));
        QCOMPARE(corrupt, 0);
        QCOMPARE(stray, 0);
        // What is lost is what came after the newest finished save. How many steps that is depends on how fast the disk is
        // beside steps of a millisecond, so it is printed; that no finished save is ever lost is what must hold.
        QVERIFY(announced > 0);
        QCOMPARE(forgotten, 0);
    }
};

int main(int argc, char** argv) {
    if (argc == 5 && std::string(argv[1]) == "--child") return childMain(argv[2], std::string(argv[3]) == "resume", std::atoi(argv[4]));
    QCoreApplication app(argc, argv);
    KillTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_kill.moc"
