// links: imago_ml
// Checkpoints as files: whole or not there, whatever happens to the disk or to their bytes (T-FLIP, T-TRUNC, T-IOERR, T-ENOSPC).
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QTest>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "core/base/durable_file.h"
#include "core/base/random.h"
#include "core/models/health.h"
#include "core/train/checkpoint.h"
#include "core/train/finite_guard.h"
#include "core/train/schedule.h"

using namespace imago;
namespace fs = std::filesystem;

namespace {

using Buffer = std::vector<std::uint8_t>;

std::vector<CheckpointFile> someFiles(std::uint64_t seed, std::size_t bytes = 3000) {
    std::vector<CheckpointFile> files(2);
    files[0].name = kWeightsFile;
    files[1].name = kStateFile;
    for (std::size_t f = 0; f < 2; ++f) {
        files[f].bytes.resize(bytes * (f + 1));
        for (std::size_t i = 0; i < files[f].bytes.size(); ++i)
            files[f].bytes[i] = static_cast<std::uint8_t>(randomBits({seed, Purpose::Test, f}, i));
    }
    return files;
}

Buffer readAll(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return Buffer(std::istreambuf_iterator<char>(file), {});
}

void writeAll(const fs::path& path, const Buffer& bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

// Fails the n-th operation, counted over all kinds; the rest are the system's.
class FailingOps : public FileOps {
  public:
    int failAt = -1, error = EIO, count = 0;
    bool fails() { return count++ == failAt; }
    int open(const fs::path& p, int flags, int mode) override { return fails() ? -error : systemFileOps().open(p, flags, mode); }
    std::int64_t write(int d, const void* data, std::size_t size) override {
        if (fails()) return -error;
        return systemFileOps().write(d, data, size);
    }
    int sync(int d) override { return fails() ? -error : systemFileOps().sync(d); }
    int close(int d) override { return systemFileOps().close(d); }
    int rename(const fs::path& a, const fs::path& b) override { return fails() ? -error : systemFileOps().rename(a, b); }
    int remove(const fs::path& p) override { return systemFileOps().remove(p); }
    int makeFolder(const fs::path& p) override { return fails() ? -error : systemFileOps().makeFolder(p); }
};

}  // namespace

class CheckpointTest : public QObject {
    Q_OBJECT
    QTemporaryDir m_temporary;
    int m_runs = 0;
    fs::path newRun() {
        const fs::path run = fs::path(m_temporary.path().toStdString()) / ("run" + std::to_string(m_runs++));
        fs::create_directories(run);
        return run;
    }

  private Q_SLOTS:
    void whatIsWrittenIsRead() {
        const fs::path run = newRun();
        const Json state = {{"images_seen", 640}, {"trained_seconds", 1.0 / 3}};
        const auto files = someFiles(1);
        const auto folder = writeCheckpoint(run, 10, state, files, systemFileOps());
        QVERIFY2(folder.ok(), folder ? "" : folder.error().text().c_str());
        const auto read = readCheckpoint(*folder);
        QVERIFY(read);
        QCOMPARE(read->step, 10);
        QVERIFY(read->state == state);
        for (const auto& file : files) QVERIFY(read->file(file.name)->bytes == file.bytes);
        QVERIFY(!fs::exists(checkpointsFolder(run) / "00000010.tmp"));
        const Buffer latest = readAll(checkpointsFolder(run) / "LATEST");
        QCOMPARE(std::string(latest.begin(), latest.end()), std::string("00000010\n"));
        QVERIFY(writeCheckpoint(run, 10, state, someFiles(2), systemFileOps()).ok());  // again at the same step: the new one counts
        QVERIFY(readCheckpoint(*folder)->file(kStateFile)->bytes == someFiles(2)[1].bytes);
    }

    void newestWholeOneIsFoundAndTheOthersAreNamed() {
        const fs::path run = newRun();
        for (const int step : {10, 20, 30}) QVERIFY(writeCheckpoint(run, step, {{"n", step}}, someFiles(3), systemFileOps()).ok());
        fs::create_directories(checkpointsFolder(run) / "00000040.tmp");  // an interrupted save
        writeAll(checkpointsFolder(run) / "00000040.tmp" / kWeightsFile, Buffer(100, 1));
        fs::create_directories(checkpointsFolder(run) / "00000050");  // a folder without manifest does not exist
        fs::create_directories(checkpointsFolder(run) / "1e9");       // not ours
        writeAll(checkpointsFolder(run) / "LATEST", {'9', '9'});      // a lying hint
        Buffer damaged = readAll(checkpointsFolder(run) / "00000030" / kStateFile);
        damaged[77] ^= 4;
        writeAll(checkpointsFolder(run) / "00000030" / kStateFile, damaged);
        const auto found = findCheckpoint(run);
        QVERIFY(found);
        QCOMPARE(found->checkpoint.step, 20);
        QCOMPARE(found->skipped.size(), std::size_t(2));
        QCOMPARE(found->skipped[0].step, 50);
        QCOMPARE(found->skipped[1].step, 30);
        QVERIFY(found->skipped[1].reason.text().find(kStateFile) != std::string::npos);
        QCOMPARE(findCheckpoint(run, 15)->checkpoint.step, 10);
        // Files that a kill left half written go after a day; a younger one may be of a program that stars the run just now.
        fs::create_directories(run / "snapshots");
        for (const char* name : {"snapshots/.imago-1-0-aa.tmp", ".imago-1-1-aa.tmp", "snapshots/00000007.safetensors"}) {
            writeAll(run / name, {1});
            fs::last_write_time(run / name, fs::file_time_type::clock::now() - std::chrono::hours(25));
        }
        writeAll(run / ".imago-1-2-aa.tmp", {1});
        removeStrayCheckpoints(run);
        QVERIFY(!fs::exists(checkpointsFolder(run) / "00000040.tmp"));
        QVERIFY(!fs::exists(run / "snapshots/.imago-1-0-aa.tmp") && !fs::exists(run / ".imago-1-1-aa.tmp"));
        QVERIFY(fs::exists(run / "snapshots/00000007.safetensors") && fs::exists(run / ".imago-1-2-aa.tmp"));
        QVERIFY(!findCheckpoint(newRun()));
    }

    void flippedBitsAreAlwaysNoticed() {
        const fs::path run = newRun();
        QVERIFY(writeCheckpoint(run, 1, {{"n", 1.5}}, someFiles(4), systemFileOps()).ok());
        QVERIFY(writeCheckpoint(run, 2, {{"n", 2.5}}, someFiles(5), systemFileOps()).ok());
        const fs::path folder = checkpointsFolder(run) / "00000002";
        int detected = 0, fellBack = 0;
        constexpr int kFlips = 2000;
        const std::vector<std::string> names{"manifest.json", kWeightsFile, kStateFile};
        for (int i = 0; i < kFlips; ++i) {
            const RandomKey key{42, Purpose::Test, static_cast<std::uint64_t>(i)};
            const fs::path file = folder / names[randomBelow(key, 0, names.size())];
            const Buffer good = readAll(file);
            Buffer bad = good;
            if (i % 2)
                bad[randomBelow(key, 2, bad.size())] ^= static_cast<std::uint8_t>(1u << randomBelow(key, 4, 8));
            else
                bad[randomBelow(key, 2, bad.size())] += static_cast<std::uint8_t>(1 + randomBelow(key, 4, 255));
            writeAll(file, bad);
            detected += !readCheckpoint(folder).ok();
            if (i % 50 == 0) {
                const auto found = findCheckpoint(run);
                fellBack += found && found->checkpoint.step == 1 && found->skipped.size() == 1;
            }
            writeAll(file, good);
        }
        std::printf("T-FLIP: flips=%d detected=%d fell_back=%d of %d seed=42\n", kFlips, detected, fellBack, kFlips / 50);
        QCOMPARE(detected, kFlips);
        QCOMPARE(fellBack, kFlips / 50);
        QVERIFY(readCheckpoint(folder).ok());
    }

    void truncatedFilesAreRejectedWithAReason() {
        const fs::path run = newRun();
        QVERIFY(writeCheckpoint(run, 1, Json::object(), someFiles(6), systemFileOps()).ok());
        const fs::path folder = checkpointsFolder(run) / "00000001";
        int rejected = 0, tried = 0;
        for (const char* name : {"manifest.json", kWeightsFile, kStateFile}) {
            const Buffer good = readAll(folder / name);
            for (int i = 0; i < 200; ++i) {
                const std::size_t length = i == 199 ? good.size() - 1 : good.size() * static_cast<std::size_t>(i) / 200;
                writeAll(folder / name, Buffer(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)));
                const auto read = readCheckpoint(folder);
                rejected += !read && !read.error().text().empty();
                ++tried;
            }
            Buffer longer = good;
            longer.push_back(0);
            writeAll(folder / name, longer);
            rejected += !readCheckpoint(folder);
            ++tried;
            writeAll(folder / name, good);
        }
        std::printf("T-TRUNC: lengths=%d rejected=%d\n", tried, rejected);
        QCOMPARE(rejected, tried);
    }

    void anyFailingOperationLeavesThePreviousOne() {
        int failures = 0, n = 0;
        for (;; ++n) {
            const fs::path run = newRun();
            QVERIFY(writeCheckpoint(run, 1, {{"n", 1}}, someFiles(7, 50), systemFileOps()).ok());
            FailingOps ops;
            ops.failAt = n;
            ops.error = n % 2 ? ENOSPC : EIO;
            const auto written = writeCheckpoint(run, 2, {{"n", 2}}, someFiles(8, 50), ops);
            const auto found = findCheckpoint(run);
            QVERIFY(found);
            QCOMPARE(found->skipped.size(), std::size_t(0));  // no half checkpoint is ever seen
            QVERIFY(!fs::exists(checkpointsFolder(run) / "00000002.tmp"));
            if (written) QCOMPARE(found->checkpoint.step, 2);
            if (!written) {
                ++failures;
                QCOMPARE(written.error().code, ErrorCode::Disk);
                QVERIFY(writeCheckpoint(run, 2, {{"n", 2}}, someFiles(8, 50), systemFileOps()).ok());  // and trying again works
                QCOMPARE(findCheckpoint(run)->checkpoint.step, 2);
            }
            if (ops.count <= n) break;  // untouched
        }
        std::printf("T-IOERR: operations=%d failed_saves=%d\n", n, failures);
        QVERIFY(failures >= 8);
    }

    void aFullDiskKeepsTheLastGoodOne() {
        const fs::path run = newRun();
        if (::mount("tmpfs", run.c_str(), "tmpfs", 0, "size=3m") != 0) QSKIP("mounting a 3 MB tmpfs is refused here");
        const struct Unmount {
            fs::path path;
            ~Unmount() { ::umount(path.c_str()); }
        } unmount{run};
        QVERIFY(writeCheckpoint(run, 1, Json::object(), someFiles(9, 200'000), systemFileOps()).ok());  // 0.6 MB
        // Refused before a byte is written: 3.0 MB into 2.4 MB.
        const auto large = writeCheckpoint(run, 2, Json::object(), someFiles(9, 1'000'000), systemFileOps());
        QVERIFY(!large && large.error().code == ErrorCode::Disk);
        // Filled while it writes: the check passed, then somebody else took the space.
        class Greedy : public FailingOps {
          public:
            fs::path filler;
            int created = 0;
            int open(const fs::path& p, int flags, int mode) override {
                if ((flags & O_CREAT) != 0 && ++created == 2) {  // before the second file
                    std::ofstream file(filler, std::ios::binary);
                    const std::string block(65536, 'x');
                    while (file.write(block.data(), 65536).flush()) continue;
                }
                return systemFileOps().open(p, flags, mode);
            }
        } greedy;
        greedy.filler = run / "filler";
        const auto filled = writeCheckpoint(run, 3, Json::object(), someFiles(9, 300'000), greedy);
        QVERIFY(!filled && filled.error().code == ErrorCode::Disk);
        QCOMPARE(findCheckpoint(run)->checkpoint.step, 1);
        QVERIFY(!fs::exists(checkpointsFolder(run) / "00000003.tmp"));
        fs::remove(run / "filler");
        QVERIFY(writeCheckpoint(run, 3, Json::object(), someFiles(9, 300'000), systemFileOps()).ok());
        QCOMPARE(findCheckpoint(run)->checkpoint.step, 3);
        std::printf("T-ENOSPC: refused_before=1 failed_in_between=1 kept=1 continued=1\n");
    }

    void oldOnesGoAndStarredOnesStay() {
        const fs::path run = newRun();
        writeAll(run / "user.json", [] {
            const std::string text = R"({"starred_steps": [2]})";
            return Buffer(text.begin(), text.end());
        }());
        for (int step = 1; step <= 7; ++step) QVERIFY(writeCheckpoint(run, step, Json::object(), someFiles(1, 10), systemFileOps()).ok());
        pruneCheckpoints(run, 3, systemFileOps());
        QCOMPARE(listCheckpoints(run), (std::vector<std::int64_t>{2, 5, 6, 7}));
        pruneCheckpoints(run, 1, systemFileOps());
        QCOMPARE(listCheckpoints(run), (std::vector<std::int64_t>{2, 7}));
    }

    void snapshotsAreThinnedEvenly() {
        std::vector<std::int64_t> kept;
        for (std::int64_t step = 100; step <= 100'000; step += 100) {
            kept.push_back(step);
            for (const std::int64_t drop : snapshotsToDrop(kept, 64)) std::erase(kept, drop);
        }
        QCOMPARE(kept.size(), std::size_t(64));
        QCOMPARE(kept.front(), 100);
        QCOMPARE(kept.back(), 100'000);
        std::int64_t widest = 0, narrowest = 1 << 30;
        for (std::size_t i = 1; i + 1 < kept.size(); ++i) {
            widest = std::max(widest, kept[i] - kept[i - 1]);
            narrowest = std::min(narrowest, kept[i] - kept[i - 1]);
        }
        QVERIFY2(widest <= 4 * narrowest, qPrintable(QString("%1 %2").arg(narrowest).arg(widest)));
    }

    void theRateWarmsUpAndFalls() {
        RateSchedule schedule{2e-3, 10, 0.1, true};
        QCOMPARE(schedule.at(0, 0), 2e-4);
        QCOMPARE(schedule.at(9, 0), 2e-3);
        QVERIFY(std::fabs(schedule.at(100, 0.5) - 2e-3 * 0.55) < 1e-12);
        QVERIFY(std::fabs(schedule.at(100, 1) - 2e-4) < 1e-12);
        schedule.cosine = false;
        QCOMPARE(schedule.at(100, 0.7), 2e-3);
        QCOMPARE((TrainingPlan{100, std::nullopt}.progress(25, 1e9)), 0.25);
        QCOMPARE((TrainingPlan{std::nullopt, 2.0}.progress(25, 60)), 0.5);
        QVERIFY(!TrainingPlan{}.reached(1'000'000'000, 1e9));
    }

    void theAverageLooksBackOverATenth() {
        QCOMPARE(averageDecay(5e5, 0, 64), 0.0);  // the first step: the average is the weights
        // Fed with 0 until image S and 1 afterwards, an average over the last tenth is mostly 1 after another tenth.
        double average = 0;
        std::int64_t seen = 100'000;
        for (; seen < 110'000; seen += 64) average += (1 - averageDecay(5e5, seen, 64)) * (1 - average);
        QVERIFY2(average > 0.55 && average < 0.7, qPrintable(QString::number(average)));  // 1 - 1/e
        QVERIFY(std::fabs(averageDecay(1000, 1'000'000'000, 1000) - 0.5) < 1e-12);        // never longer than the recipe's half-life
    }

    void previewsComeEarlyAndThenSeldom() {
        PreviewSchedule schedule;
        std::vector<std::int64_t> made;
        for (std::int64_t step = 0; step < 30'000; ++step) {
            const double seconds = 0.1 * static_cast<double>(step);  // 3,000 s
            if (!schedule.due(step, seconds, 10)) continue;
            schedule.made(step, seconds);
            made.push_back(step);
        }
        QCOMPARE(std::vector<std::int64_t>(made.begin(), made.begin() + 8), (std::vector<std::int64_t>{0, 1, 2, 4, 8, 16, 32, 64}));
        QVERIFY(made[8] >= 164 && made[8] <= 170);
        QVERIFY2(made.size() > 80 && made.size() < 140, qPrintable(QString::number(made.size())));
        QVERIFY(!schedule.due(40'000, 1e6, 0));
    }

    void theGuardForgivesThenGoesBackThenStops() {
        FiniteGuard guard;
        QVERIFY(guard.note(true) == GuardAction::None);
        for (int i = 0; i < 3; ++i) QVERIFY(guard.note(false) == GuardAction::Skip);
        QVERIFY(guard.note(true) == GuardAction::None);  // recovered
        for (int i = 0; i < 3; ++i) QVERIFY(guard.note(false) == GuardAction::Skip);
        QVERIFY(guard.note(false) == GuardAction::RollBack);
        QCOMPARE(guard.rateScale(), 0.5);
        FiniteGuard restored;
        restored.fromJson(guard.toJson());
        QVERIFY(restored == guard);
        for (int i = 0; i < 3; ++i) QVERIFY(guard.note(false) == GuardAction::Skip);
        QVERIFY(guard.note(false) == GuardAction::Stop);
        for (std::int64_t i = 0; i < FiniteGuard::kForgetAfter; ++i) restored.note(true);
        for (int i = 0; i < 3; ++i) restored.note(false);
        QVERIFY(restored.note(false) == GuardAction::RollBack);  // long ago is forgiven
    }

    void healthIsSaidInTime() {
        const auto verdictOf = [](const std::function<double(int)>& loss, int steps, int skipEvery = 0) {
            FallingLoss monitor;
            for (int i = 0; i < steps; ++i) {
                const double noise = 0.1 * (uniform({1, Purpose::Test, 9}, static_cast<std::uint64_t>(i)) - 0.5);
                monitor.add(i, {static_cast<float>(loss(i) * (1 + noise))}, !(skipEvery && i % skipEvery == 0));
            }
            return monitor.verdict();
        };
        QVERIFY(verdictOf([](int i) { return 1 / std::sqrt(1.0 + i); }, 150) == Health::Unknown);
        QVERIFY(verdictOf([](int i) { return 1 / std::sqrt(1.0 + i); }, 2000) == Health::Learning);
        QVERIFY(verdictOf([](int) { return 0.3; }, 2000) == Health::Plateau);
        QVERIFY(verdictOf([](int i) { return i < 500 ? 0.3 : 0.3 + 0.002 * (i - 500); }, 1000) == Health::Diverging);
        QVERIFY(verdictOf([](int) { return 0.3; }, 1000, 4) == Health::Unstable);
        // While what is asked of the network changes, a rising loss says nothing.
        FallingLoss asked(1);
        const auto feed = [&](int from, int to, const std::function<float(int)>& task) {
            for (int i = from; i < to; ++i) asked.add(i, {0.01F * static_cast<float>(i), task(i)}, true);
        };
        feed(0, 500, [](int i) { return static_cast<float>(i); });
        QVERIFY(asked.verdict() == Health::Unknown);
        feed(500, 1500, [](int) { return 500.F; });
        QVERIFY(asked.verdict() == Health::Diverging);
        for (const Health h : {Health::Learning, Health::Plateau, Health::Diverging, Health::Unstable})
            QVERIFY(!healthText(h).text().empty());
    }
};

QTEST_GUILESS_MAIN(CheckpointTest)
#include "tst_checkpoint.moc"
