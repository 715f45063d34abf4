// links: imago_ml
// A training is one and the same whatever interrupts it: repeated, resumed, paused, crashed or extended, bit for bit.
#include <cstdio>

#include "core/base/random.h"
#include "core/engine/worker.h"
#include "core/train/checkpoint.h"
#include "tests/support/training_runs.h"

using namespace imago;
using namespace imago::test;

class TrainerTest : public TrainingRuns {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() {
        makeReference();
        FINE(m_uninterrupted);
        QCOMPARE(m_uninterrupted.step, 20);
        QCOMPARE(rowsOf(m_reference).size(), std::size_t(20));
        QVERIFY(m_uninterrupted.context.all<PreviewReady>().size() >= 6);  // 0 1 2 4 8 16 and the last
        QVERIFY(m_uninterrupted.context.yields > 20);
    }

    void theSameRunTwiceIsTheSameRun() {
        Ended again;
        Plan plan = twenty(newRun());
        plan.tickOnRead = 0.037;  // another clock: other ticks, other previews
        train(plan, again);
        FINE(again);
        QCOMPARE(again.weights, m_uninterrupted.weights);
        QVERIFY(sameRows(rowsOf(plan.request.run), rowsOf(m_reference)));
        Ended without;
        plan = twenty(newRun());
        plan.request.config["run"]["preview_seconds"] = 0;
        train(plan, without);
        QVERIFY(without.context.all<PreviewReady>().empty());
        QCOMPARE(without.weights, m_uninterrupted.weights);  // previews shift nothing
        Ended other;
        plan = twenty(newRun());
        plan.request.seed = 12;
        train(plan, other);
        QVERIFY(other.weights != m_uninterrupted.weights);
    }

    void resumedIsUninterrupted() {
        for (const std::int64_t at : {1, 7, 10, 19}) {
            const std::string run = newRun();
            Plan first = twenty(run);
            first.options.tickSeconds = 0;  // a batch a step
            auto job = makeTrainJob(first.request, {"cpu", "1"}, first.options);
            QVERIFY(job.ok());
            FakeContext context;
            while (context.all<MetricBatch>().size() < static_cast<std::size_t>(at)) QVERIFY((*job)->step(context).ok());
            QVERIFY((*job)->finish(FinishReason::Stopped, context).ok());
            job->reset();
            QCOMPARE(listCheckpoints(run).back(), at);
            Ended rest;
            train(twenty(run, true), rest);
            FINE(rest);
            QCOMPARE(rest.step, 20);
            QCOMPARE(rest.weights, m_uninterrupted.weights);
            QVERIFY(sameRows(rowsOf(run), rowsOf(m_reference)));
        }
    }

    // By the engine's own lanes: a paused training holds everything, writes nothing, and goes on as if there had been no pause;
    // stopped while it is paused, it saves where it stood.
    void pausedIsUninterrupted() {
        for (const bool stops : {false, true}) {
            const std::string run = newRun();
            std::string weights;
            int steps = 0;
            std::vector<RunState> states;
            Worker worker(
                [&](Event event) {
                    if (const auto* changed = std::get_if<JobStateChanged>(&event.body)) states.push_back(changed->state);
                },
                [] { return 0.0; });
            Plan plan = twenty(run);
            plan.options.beforeStep = [&](Trainer&, GenerativeModel&) { ++steps; };
            plan.options.afterFinish = [&](Trainer&, GenerativeModel& model) { weights = hashOf(model.parameters()); };
            const auto settle = [&] {
                while (worker.runOneIo()) continue;
            };
            const JobId job = worker.submit(std::move(*makeTrainJob(plan.request, {"cpu", "1"}, plan.options)));
            for (const int at : {0, 7, 13}) {  // before it begins, and twice in its middle
                while (steps < at) QVERIFY(worker.runOne() || worker.runOneIo());
                worker.pause(job);
                settle();
                const std::string before = fs::exists(run) ? treeHash(run) : std::string();
                for (int i = 0; i < 5; ++i) QVERIFY(!worker.runOne() && !worker.runOneIo());
                QCOMPARE(steps, at);
                QVERIFY(!worker.idle());
                QCOMPARE(fs::exists(run) ? treeHash(run) : std::string(), before);
                QCOMPARE(states.back(), RunState::Paused);
                if (stops && at == 13)
                    worker.stop(job);
                else
                    worker.resume(job);
            }
            while (!worker.idle()) QVERIFY(worker.runOne() || worker.runOneIo());
            if (stops) {
                QCOMPARE(steps, 13);
                QCOMPARE(listCheckpoints(run).back(), 13);
                Ended rest;
                train(twenty(run, true), rest);
                FINE(rest);
                weights = rest.weights;
            }
            QCOMPARE(weights, m_uninterrupted.weights);
            QVERIFY(sameRows(rowsOf(run), rowsOf(m_reference)));
        }
    }

    void anyMixOfInterruptionsEndsTheSame() {
        int crashes = 0, stops = 0, discards = 0, resumes = 0;
        for (std::uint64_t seed = 0; seed < 3; ++seed) {
            const std::string run = newRun();
            const RandomKey key{seed, Purpose::Test, 5};
            Ended last;
            for (std::uint64_t sitting = 0;; ++sitting) {
                Plan plan = twenty(run, sitting > 0 && fs::exists(fs::path(run) / "run.json"));
                plan.options.saveEverySteps = 3;
                plan.slices = sitting > 12 ? -1 : static_cast<int>(4 + randomBelow(key, 4 * sitting, 40));
                const auto how = randomBelow(key, 4 * sitting + 2, 3);
                plan.crash = how == 0;
                plan.reason = how == 1 ? FinishReason::StoppedWithoutSaving : FinishReason::Stopped;
                Ended ended;
                train(plan, ended);
                FINE(ended);
                ++(how == 0 ? crashes : how == 1 ? discards : stops);
                resumes += sitting > 0;
                if (ended.step == 20) {
                    last.weights = ended.weights;
                    break;
                }
            }
            QCOMPARE(last.weights, m_uninterrupted.weights);
            QVERIFY(sameRows(rowsOf(run), rowsOf(m_reference)));
        }
        std::printf("T-RESUME: crashes=%d stops=%d discards=%d resumes=%d all equal\n", crashes, stops, discards, resumes);
    }

    void extendingGoesOnWithALaterEnd() {
        const std::string run = newRun();
        Plan plan = twenty(run);
        plan.request.steps = 10;
        Ended first, nothing, more;
        train(plan, first);
        FINE(first);
        plan = twenty(run, true);
        plan.request.steps.reset();
        train(plan, nothing);
        FINE(nothing);
        QCOMPARE(nothing.step, 10);  // the planned end has been reached
        plan.request.steps = 16;
        train(plan, more);
        FINE(more);
        QCOMPARE(more.step, 16);
        QCOMPARE(more.context.notices("extended").size(), std::size_t(1));
        QCOMPARE(rowsOf(run).size(), std::size_t(16));
        QVERIFY(rowsOf(run)[12].values[4] > rowsOf(run)[9].values[4]);  // the schedule was stretched

        // Where the rate does not look at the end, an extended run is the longer run, bit for bit.
        Plan straight = twenty(newRun()), extended = twenty(newRun());
        straight.request.config["optimizer"]["schedule"] = extended.request.config["optimizer"]["schedule"] = "constant";
        Ended whole, half, rest;
        train(straight, whole);
        FINE(whole);
        extended.request.steps = 9;
        train(extended, half);
        FINE(half);
        QVERIFY(half.weights != whole.weights);
        train(twenty(extended.request.run, true), rest);
        FINE(rest);
        QCOMPARE(rest.step, 20);
        QCOMPARE(rest.weights, whole.weights);
        QVERIFY(sameRows(rowsOf(extended.request.run), rowsOf(straight.request.run)));
    }
};

QTEST_GUILESS_MAIN(TrainerTest)
#include "tst_trainer.moc"
