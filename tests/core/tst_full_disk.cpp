// links: imago_ml
// T-ENOSPC: the disk fills up while the studio's engine trains. The training ends with a sentence, keeps the last good
// checkpoint and no partial file, and goes on from there when space has been freed, to the same bytes.
#include <sys/mount.h>
#include <sys/statvfs.h>

#include <QSemaphore>
#include <QTemporaryDir>
#include <QTest>
#include <filesystem>
#include <fstream>

#include "core/base/hash.h"
#include "core/engine/run.h"
#include "core/ml_engine.h"
#include "core/train/checkpoint.h"

using namespace imago;
namespace fs = std::filesystem;

namespace {

constexpr int kSteps = 160;

TrainRequest requestFor(const fs::path& run, bool resume) {
    TrainRequest request;
    request.run = run.string();
    request.resume = resume;
    if (resume) return request;
    request.family = "diffusion";
    request.data = "shapes:31";
    request.seed = 5;
    request.steps = kSteps;
    request.config =
        Json::parse(R"({"network": {"size": "custom", "channels": 8, "multipliers": "1,2", "attention": "2", "head_channels": 8},
                        "optimizer": {"batch": 4, "warmup_steps": 4}, "data": {"resolution": 16},
                        "run": {"preview_seconds": 0, "checkpoint_minutes": 0.001, "keep_last": 2, "snapshots": 0}})");
    return request;
}

struct Ended {
    JobFinished finished;
    std::int64_t saved = -1;  // newest announced
    bool heard = false;
};

// Through the facade, with both lanes as threads, as the window does. `onSaved` runs on this thread.
Ended train(const TrainRequest& request, const std::function<void(std::int64_t step)>& onSaved = {}) {
    Ended ended;
    QSemaphore wake;
    const auto studio = makeStudio({"cpu", "1", true});
    studio->setWake([&] { wake.release(); });
    const auto job = studio->submit(request);
    if (!job) {
        ended.finished.error = job.error();
        return ended;
    }
    std::vector<Event> events;
    while (!ended.heard && wake.tryAcquire(1, 120000)) {
        events.clear();
        studio->drain(events);
        for (const Event& event : events) {
            if (const auto* saved = std::get_if<CheckpointSaved>(&event.body)) {
                ended.saved = saved->step;
                if (onSaved) onSaved(saved->step);
            }
            if (const auto* finished = std::get_if<JobFinished>(&event.body)) {
                ended.finished = *finished;
                ended.heard = true;
            }
        }
    }
    studio->setWake({});
    return ended;
}

std::string endOf(const fs::path& run) {
    const auto found = findCheckpoint(run);
    if (!found) return found.error().text();
    std::string text = std::to_string(found->checkpoint.step);
    for (const CheckpointFile& file : found->checkpoint.files) text += " " + sha256Hex(file.bytes);
    return text;
}

std::uint64_t freeBytes(const fs::path& folder) {
    struct statvfs status {};
    ::statvfs(folder.c_str(), &status);
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

int strayFiles(const fs::path& run) {
    int count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(run)) count += entry.path().extension() == ".tmp";
    return count;
}

}  // namespace

class FullDiskTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void trainingEndsInWordsAndGoesOn_data() {
        QTest::addColumn<int>("left");
        // A little is left: the check before the save refuses, and metrics go on until then. Nothing is left: any write fails.
        QTest::newRow("too little for a save") << 100'000;
        QTest::newRow("not a byte") << 0;
    }
    void trainingEndsInWordsAndGoesOn() {
        QFETCH(int, left);
        QTemporaryDir folder;
        const fs::path calm = fs::path(folder.path().toStdString()) / "calm", disk = fs::path(folder.path().toStdString()) / "disk";
        fs::create_directories(disk);
        if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=3m") != 0) QSKIP("mounting a 3 MB tmpfs is refused here");
        const struct Unmount {
            fs::path path;
            ~Unmount() { ::umount(path.c_str()); }
        } unmount{disk};
        const Ended whole = train(requestFor(calm, false));
        QVERIFY2(!whole.finished.error, whole.finished.error ? whole.finished.error->text().c_str() : "");

        const fs::path run = disk / "run", filler = disk / "filler";
        std::int64_t filledAt = -1;
        const Ended full = train(requestFor(run, false), [&](std::int64_t step) {
            if (step == 0 || filledAt >= 0) return;
            filledAt = step;
            std::ofstream file(filler, std::ios::binary);
            const std::string block(4096, 'x');
            while (freeBytes(disk) > static_cast<std::uint64_t>(left) + 4096 && file.write(block.data(), 4096).flush()) continue;
            if (left == 0)
                while (file.write(block.data(), 1).flush()) continue;
        });
        QVERIFY(full.heard && filledAt > 0);
        QVERIFY(full.finished.error);
        QCOMPARE(full.finished.reason, FinishReason::Failed);
        QCOMPARE(full.finished.error->code, ErrorCode::Disk);
        QVERIFY2(full.finished.error->remedy.find("Free some space") != std::string::npos, full.finished.error->remedy.c_str());
        if (left > 0) QVERIFY2(full.finished.error->text().find("too full") != std::string::npos, full.finished.error->text().c_str());
        const auto kept = findCheckpoint(run);
        QVERIFY(kept);
        QCOMPARE(kept->checkpoint.step, full.saved);
        QVERIFY(kept->checkpoint.step >= filledAt && kept->checkpoint.step < kSteps);
        QCOMPARE(kept->skipped.size(), std::size_t(0));
        QCOMPARE(strayFiles(run), 0);

        // Still full: said again, nothing lost. Then there is space.
        const Ended again = train(requestFor(run, true));
        QVERIFY(again.finished.error && again.finished.error->code == ErrorCode::Disk);
        QCOMPARE(findCheckpoint(run)->checkpoint.step, kept->checkpoint.step);
        fs::remove(filler);
        const Ended rest = train(requestFor(run, true));
        QVERIFY2(!rest.finished.error, rest.finished.error ? rest.finished.error->text().c_str() : "");
        QCOMPARE(QString::fromStdString(endOf(run)), QString::fromStdString(endOf(calm)));
        QCOMPARE(strayFiles(run), 0);
        std::printf("T-ENOSPC (training): left=%d filled_at=%lld kept=%lld said=\"%s\"\n", left, static_cast<long long>(filledAt),
                    static_cast<long long>(kept->checkpoint.step), full.finished.error->text().c_str());
    }
};

QTEST_GUILESS_MAIN(FullDiskTest)
#include "tst_full_disk.moc"
