// links: imago_ml
// What the training job does about what goes wrong (numbers, checkpoints, pictures, the disk), live changes, and who may train when.
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>

#include "core/engine/worker.h"
#include "core/train/checkpoint.h"
#include "tests/support/training_runs.h"

using namespace imago;
using namespace imago::test;

class TrainJobTest : public TrainingRuns {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() {
        makeReference();
        FINE(m_uninterrupted);
    }

    void notFiniteStepsAreSkippedThenRolledBackThenTheEnd() {
        const auto poison = [](std::int64_t from, std::int64_t to, int times) {
            auto left = std::make_shared<int>(times);
            return [=](Trainer& trainer, GenerativeModel& model) {
                if (trainer.counters.step >= from && trainer.counters.step <= to && (*left)-- > 0)
                    model.parameters().flat(Flat::Gradient)[7] = std::numeric_limits<float>::quiet_NaN();
            };
        };
        Plan plan = twenty(newRun());
        plan.options.beforeStep = poison(5, 7, 100);
        Ended skipped;
        train(plan, skipped);
        FINE(skipped);
        QCOMPARE(skipped.context.notices("skipped").size(), std::size_t(3));
        QCOMPARE(skipped.context.notices("rollback").size(), std::size_t(0));
        QCOMPARE(skipped.result["skipped_steps"].get<int>(), 3);
        const auto rows = rowsOf(plan.request.run);
        QVERIFY(!std::isfinite(rows[5].values[5]) && std::isfinite(rows[8].values[5]));  // grad_norm tells

        plan = twenty(newRun());
        plan.options.saveEverySteps = 4;
        plan.options.beforeStep = poison(9, 12, 4);  // four in a row, once
        Ended back;
        train(plan, back);
        FINE(back);
        const auto notices = back.context.notices("rollback");
        QCOMPARE(notices.size(), std::size_t(1));
        QCOMPARE(notices[0].step, 8);
        QCOMPARE(back.step, 20);
        const auto halved = rowsOf(plan.request.run), full = rowsOf(m_reference);
        QCOMPARE(halved.size(), std::size_t(20));
        QCOMPARE(halved[7].values[4], full[7].values[4]);
        QCOMPARE(halved[9].values[4], full[9].values[4] / 2);

        plan = twenty(newRun());
        plan.options.beforeStep = poison(9, 1000, 1000);
        Ended dead;
        train(plan, dead);
        QVERIFY(dead.error && dead.error->code == ErrorCode::Numerical);
        QCOMPARE(exitCode(dead.error->code), 7);
        QCOMPARE(dead.context.notices("rollback").size(), std::size_t(1));
        QVERIFY(findCheckpoint(plan.request.run).ok());  // what was good is kept

        // A poisoned weight: every forward after it is NaN until the roll-back mends it.
        plan = twenty(newRun());
        plan.options.saveEverySteps = 4;
        plan.options.beforeStep = [once = std::make_shared<bool>(true)](Trainer& trainer, GenerativeModel& model) {
            if (trainer.counters.step != 10 || !std::exchange(*once, false)) return;
            model.parameters().flat(Flat::Master)[3] = std::numeric_limits<float>::infinity();
            model.parameters().markChanged();
        };
        Ended mended;
        train(plan, mended);
        FINE(mended);
        QCOMPARE(mended.context.notices("rollback").size(), std::size_t(1));
        QCOMPARE(mended.step, 20);
        std::printf("T-NAN: skipped=3 rolled_back=2 stopped=1\n");
    }

    void liveFieldsChangeBetweenSlices() {
        const std::string run = newRun();
        Plan plan = twenty(run);
        plan.options.tickSeconds = 0;
        bool refused = false, changed = false;
        plan.between = [&](int, Job& job, FakeContext& context) {
            if (changed || context.all<MetricBatch>().size() < 10) return;
            changed = job.update("optimizer.rate", 0.0005, context).ok();
            refused = !job.update("optimizer.batch", 7, context).ok() && !job.update("optimizer.rate", -1, context).ok() &&
                      !job.control("dance", Json::object(), context).ok();
        };
        plan.request.config["run"]["preview_seconds"] = 0;
        plan.slices = 16;
        Ended ended;
        train(plan, ended);
        FINE(ended);
        QVERIFY(changed && refused);
        QCOMPARE(ended.context.all<LiveChanged>().size(), std::size_t(1));
        Ended rest;
        train(twenty(run, true), rest);
        FINE(rest);
        const auto rows = rowsOf(run), full = rowsOf(m_reference);
        QCOMPARE(rows.size(), std::size_t(20));
        QCOMPARE(rows[9].values[4], full[9].values[4]);
        for (std::size_t i = 10; i < 20; ++i)
            QVERIFY(std::fabs(rows[i].values[4] / full[i].values[4] - 0.25f) < 1e-5f);  // also after the resume
    }

    void badStartsAreRefusedWithTheirReason() {
        Plan plan = twenty(m_reference);
        Ended twice;
        train(plan, twice);
        QVERIFY(twice.error && twice.error->text().find("already") != std::string::npos);
        plan = twenty(newRun());
        plan.request.config["optimizer"]["batch"] = 0;
        Ended field;
        train(plan, field);
        QVERIFY(field.error);
        QCOMPARE(field.error->field, std::string("optimizer.batch"));
        plan = twenty(newRun());
        plan.request.family = "alchemy";
        Ended family;
        train(plan, family);
        QVERIFY(family.error && family.error->text().find("diffusion") != std::string::npos);
        plan = twenty(newRun(), true);
        Ended missing;
        train(plan, missing);
        QVERIFY(missing.error.has_value());
        plan = twenty(m_reference, true);
        plan.request.config = {{"optimizer", {{"batch", 9}}}};
        Ended fixed;
        train(plan, fixed);
        QVERIFY(fixed.error && fixed.error->field == "optimizer.batch");
    }

    // What lies in files is looked at on the io lane, not by who asks and not on the lane that computes.
    void picturesAreOpenedOnTheIoLane() {
        Plan plan = twenty(newRun());
        auto job = makeTrainJob(plan.request, {"cpu", "1"});
        QVERIFY(job.ok());
        FakeContext context;
        context.ioAtOnce = false;
        for (int i = 0; i < 2; ++i) {
            QVERIFY(*(*job)->step(context) == Slice::Waiting);
            QCOMPARE(context.queued.size(), std::size_t(1));
            QVERIFY(context.all<JobProgress>().empty());
        }
        context.drainIo();
        QVERIFY(!context.all<JobProgress>().empty() && context.yields > 0);  // told how far it is, let others through
        QVERIFY(*(*job)->step(context) == Slice::More);
        context.ioAtOnce = true;
        QVERIFY(*(*job)->step(context) == Slice::More);
        QVERIFY(fs::exists(fs::path(plan.request.run) / "run.json"));
        QVERIFY((*job)->finish(FinishReason::Cancelled, context).ok());

        // Asked to end meanwhile: nothing is left behind.
        plan = twenty(newRun());
        job = makeTrainJob(plan.request, {"cpu", "1"});
        FakeContext stopped;
        stopped.ioAtOnce = false;
        QVERIFY(*(*job)->step(stopped) == Slice::Waiting);
        stopped.stop = true;
        stopped.drainIo();
        const auto result = (*job)->finish(FinishReason::Stopped, stopped);
        QVERIFY(result.ok() && result->empty());
        QVERIFY(!fs::exists(plan.request.run));

        QVERIFY(makeTrainJob(twenty(m_reference).request, {"cpu", "1"}).ok());  // that there is a run already is said later
    }

    void aDamagedCheckpointIsPassedOver() {
        const std::string run = newRun();
        Plan plan = twenty(run);
        plan.options.saveEverySteps = 5;
        plan.slices = 45;
        Ended first, rest;
        train(plan, first);
        const std::int64_t newest = listCheckpoints(run).back();
        const fs::path file = checkpointsFolder(run) / checkpointName(newest) / kStateFile;
        {
            std::fstream damage(file, std::ios::binary | std::ios::in | std::ios::out);
            damage.seekp(static_cast<std::streamoff>(fs::file_size(file) / 2));
            damage.put('\x5a').put('\x5b');
        }
        train(twenty(run, true), rest);
        FINE(rest);
        const auto notices = rest.context.notices("resumed");
        QVERIFY(notices.size() >= 2 && notices[0].text.text().find(std::to_string(newest)) != std::string::npos);
        QCOMPARE(rest.weights, m_uninterrupted.weights);
    }

    void otherPicturesAreNoticed() {
        const std::string run = newRun();
        const fs::path data = fs::path(m_temporary.path().toStdString()) / "images.idx";
        const auto write = [&](std::uint8_t first) {
            std::ofstream file(data, std::ios::binary | std::ios::trunc);
            const char header[16] = {0, 0, 8, 3, 0, 0, 0, 9, 0, 0, 0, 16, 0, 0, 0, 16};
            file.write(header, 16);
            for (int i = 0; i < 9 * 256; ++i) file.put(static_cast<char>(i == 0 ? first : i * 31));
        };
        write(1);
        Plan plan = twenty(run);
        plan.request.data = "idx:" + data.string();
        plan.slices = 20;
        Ended first, other, same;
        train(plan, first);
        FINE(first);
        write(2);
        train(twenty(run, true), other);
        QVERIFY(other.error && other.error->code == ErrorCode::BadInput);
        write(1);
        train(twenty(run, true), same);
        FINE(same);
        QCOMPARE(same.step, 20);
    }

    void aFullDiskEndsTheTrainingAndKeepsTheLastGoodOne() {
        class Full : public FileOps {
          public:
            bool full = false;
            int open(const fs::path& p, int f, int m) override { return systemFileOps().open(p, f, m); }
            std::int64_t write(int d, const void* b, std::size_t n) override { return full ? -ENOSPC : systemFileOps().write(d, b, n); }
            int sync(int d) override { return systemFileOps().sync(d); }
            int close(int d) override { return systemFileOps().close(d); }
            int rename(const fs::path& a, const fs::path& b) override { return systemFileOps().rename(a, b); }
            int remove(const fs::path& p) override { return systemFileOps().remove(p); }
            int makeFolder(const fs::path& p) override { return systemFileOps().makeFolder(p); }
        } ops;
        const std::string run = newRun();
        Plan plan = twenty(run);
        plan.options.fileOps = &ops;
        plan.options.saveEverySteps = 5;
        plan.between = [&](int, Job&, FakeContext& context) {
            ops.full = !context.all<CheckpointSaved>().empty() && context.all<CheckpointSaved>().back().step >= 5;
        };
        Ended full, rest;
        train(plan, full);
        QVERIFY(full.error && full.error->code == ErrorCode::Disk);
        QCOMPARE(exitCode(full.error->code), 5);
        QCOMPARE(listCheckpoints(run).back(), 5);
        train(twenty(run, true), rest);  // after space was made
        FINE(rest);
        QCOMPARE(rest.weights, m_uninterrupted.weights);
    }

    void aSecondStartWaitsForTheFirst() {
        std::vector<Event> events;
        Worker worker([&](Event event) { events.push_back(std::move(event)); }, [] { return 0.0; });
        Plan a = twenty(newRun()), b = twenty(newRun());
        a.request.steps = b.request.steps = 4;
        const JobId first = worker.submit(std::move(*makeTrainJob(a.request, {"cpu", "1"})));
        const JobId second = worker.submit(std::move(*makeTrainJob(b.request, {"cpu", "1"})));
        while (!worker.idle())
            if (!worker.runOne()) QVERIFY(worker.runOneIo());
        std::size_t firstEnded = 0, secondBegan = 0;
        for (std::size_t i = 0; i < events.size(); ++i) {
            if (events[i].job == first && std::holds_alternative<JobFinished>(events[i].body)) firstEnded = i;
            if (events[i].job == second && std::holds_alternative<JobStarted>(events[i].body) && secondBegan == 0) secondBegan = i;
        }
        QVERIFY(firstEnded > 0 && secondBegan > firstEnded);
        QCOMPARE(rowsOf(b.request.run).size(), std::size_t(4));
    }
};

QTEST_GUILESS_MAIN(TrainJobTest)
#include "tst_train_job.moc"
