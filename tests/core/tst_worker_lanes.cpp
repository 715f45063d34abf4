// The worker's lanes, what may run inside a slice, and the same with threads.
#include <QtTest>

#include <algorithm>
#include <atomic>
#include <latch>
#include <random>
#include <stdexcept>
#include <thread>

#include "tests/support/scripted_job.h"

using namespace imago;
using namespace imago::test;

namespace {

class TestWorkerLanes : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void yieldServesInside();
    void yieldIsNotReentrant();
    void yieldLeavesOthersAlone();
    void trainingKeepsHalf_data();
    void trainingKeepsHalf();
    void trainingKeepsHalfAtYieldPoints();
    void ioLaneByHand();
    void ioLaneLetsSavesIn();
    void closuresBeforeTheEnd();
    void closureThatThrows();
    void destructionCancels();
    void threadsDoTheSame();
    void stopsWhileOthersAsk();
    void ioLaneRunsBeside();
};

void TestWorkerLanes::yieldServesInside() {
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    Script script = training("t", 2);
    script.inSlice = [&](JobContext& context, int index) {
        context.yield();  // nobody waits
        if (index == 0) {
            worker.submit(job(stage, {.name = "i", .rank = Priority::Interactive, .slices = 2}));
            worker.submit(job(stage, {.name = "j", .rank = Priority::Interactive}));
        }
        context.yield();
        stage.note("between");
        context.yield();
        stage.note("after");
    };
    worker.submit(job(stage, script));
    worker.runOne();
    QCOMPARE(stage.story(), std::string("t i i i:done ~i between j j:done ~j after"));
    runAll(worker);
    QCOMPARE(stage.story(), std::string("t i i i:done ~i between j j:done ~j after t between after t:done ~t"));
}

void TestWorkerLanes::yieldIsNotReentrant() {
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    Script script = training("t", 1);
    script.inSlice = [&](JobContext& context, int) {
        worker.submit(job(stage, {.name = "i", .rank = Priority::Interactive, .inSlice = [&](JobContext& inner, int) {
                                      worker.submit(job(stage, {.name = "k", .rank = Priority::Interactive}));
                                      inner.yield();
                                      stage.note("i-ends");
                                  }}));
        context.yield();
        stage.note("t-ends");
    };
    worker.submit(job(stage, script));
    runAll(worker);
    QCOMPARE(stage.story(), std::string("t i i-ends i:done ~i t-ends k k:done ~k t:done ~t"));
}

void TestWorkerLanes::yieldLeavesOthersAlone() {
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    JobId cancelled = 0;
    Script script = training("t", 1);
    script.inSlice = [&](JobContext& context, int) {
        worker.submit(job(stage, {.name = "needsGradients", .rank = Priority::Interactive, .atYield = false}));
        worker.submit(job(stage, {.name = "normal"}));
        worker.submit(job(stage, {.name = "equal", .rank = Priority::Training, .atYield = true}));
        cancelled = worker.submit(job(stage, {.name = "gone", .rank = Priority::Interactive}));
        worker.cancel(cancelled);
        context.yield();
        stage.note("t-ends");
    };
    worker.submit(job(stage, script));
    worker.runOne();
    QCOMPARE(stage.story(), std::string("t gone:cancelled ~gone t-ends"));
    runAll(worker);
    QVERIFY(worker.idle());
}

// Shares of training over every window of one second, from the notes of when it ran.
double smallestShare(const std::vector<std::pair<double, double>>& trained, double from, double to) {
    double smallest = 1;
    const auto within = [&](double begin) {
        double sum = 0;
        for (const auto& [start, end] : trained) sum += std::max(0.0, std::min(end, begin + 1) - std::max(start, begin));
        return sum;
    };
    // The sum is piecewise linear in the beginning of the window: its extremes are where an edge meets an edge.
    for (const auto& [start, end] : trained)
        for (const double edge : {start, end, start - 1, end - 1})
            if (edge >= from && edge + 1 <= to) smallest = std::min(smallest, within(edge));
    return smallest;
}

void TestWorkerLanes::trainingKeepsHalf_data() {
    QTest::addColumn<double>("interactive");
    QTest::addColumn<double>("step");
    QTest::addColumn<bool>("random");
    QTest::newRow("short beside short") << 0.004 << 0.010 << false;
    QTest::newRow("long beside short") << 0.120 << 0.010 << false;
    QTest::newRow("short beside long") << 0.004 << 0.300 << false;
    QTest::newRow("uneven") << 0.060 << 0.050 << true;
    QTest::newRow("half a second") << 0.5 << 0.02 << false;
}

void TestWorkerLanes::trainingKeepsHalf() {
    QFETCH(double, interactive);
    QFETCH(double, step);
    QFETCH(bool, random);
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    std::mt19937 rng(7);
    std::uniform_real_distribution<double> factor(0.2, 1.0);
    std::vector<std::pair<double, double>> trained;
    Script train = training("t", 1 << 30);
    train.inSlice = [&](JobContext&, int) {
        const double begin = stage.now;
        stage.now += random ? step * factor(rng) : step;
        trained.emplace_back(begin, stage.now);
    };
    const JobId id = worker.submit(job(stage, train));
    // A burst without end: another one comes before every slice. The first shows how long such work takes; the promise is
    // kept from then on.
    int served = 0;
    Script busy{.name = "i", .rank = Priority::Interactive};
    busy.inSlice = [&](JobContext&, int) {
        stage.now += random && served > 0 ? interactive * factor(rng) : interactive;
        ++served;
    };
    while (stage.now < 8) {
        worker.submit(job(stage, busy));
        worker.runOne();
    }
    QVERIFY(served > 5);
    const double share = smallestShare(trained, interactive, 8);
    QVERIFY2(share >= 0.5 - 1e-6, qPrintable(QString::number(share)));
    // And the other half is really given away.
    double all = 0;
    for (const auto& [begin, end] : trained) all += end - begin;
    QVERIFY2(all / stage.now < 0.75, qPrintable(QString::number(all / stage.now)));
    worker.cancel(id);
}

void TestWorkerLanes::trainingKeepsHalfAtYieldPoints() {
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    std::vector<std::pair<double, double>> trained;
    double longestWait = 0, lastServed = 0;
    Script busy{.name = "i", .rank = Priority::Interactive};
    busy.inSlice = [&](JobContext&, int) {
        longestWait = std::max(longestWait, stage.now - lastServed);
        stage.now += 0.040;
        lastServed = stage.now;
    };
    Script train = training("t", 1 << 30);
    train.inSlice = [&](JobContext& context, int) {
        for (int point = 0; point < 12; ++point) {
            const double begin = stage.now;
            stage.now += 0.020;
            trained.emplace_back(begin, stage.now);
            worker.submit(job(stage, busy));
            context.yield();
        }
    };
    const JobId id = worker.submit(job(stage, train));
    while (stage.now < 8) worker.runOne();
    const double share = smallestShare(trained, 0.2, 8);
    QVERIFY2(share >= 0.5 - 1e-6, qPrintable(QString::number(share)));
    QVERIFY2(longestWait < 0.6, qPrintable(QString::number(longestWait)));
    worker.cancel(id);
}

void TestWorkerLanes::ioLaneByHand() {
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    const JobId id = worker.submit(job(stage, {.name = "io", .slices = 2, .where = Lane::Io}));
    QVERIFY(!worker.runOne());
    QVERIFY(worker.runOneIo());
    QVERIFY(worker.runOneIo());
    QVERIFY(worker.runOneIo());
    QVERIFY(!worker.runOneIo());
    QCOMPARE(stage.story(), std::string("io io io:done ~io"));
    QCOMPARE(stage.told(id), std::string("queued started running finished end:done"));
}

void TestWorkerLanes::ioLaneLetsSavesIn() {
    // A long look at data shares its thread with the saves of a training, which would else wait for its end.
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    Script saving{.name = "a", .slices = 2};
    saving.inSlice = [&](JobContext& context, int index) {
        context.runOnIo([&stage, index] { stage.note("save" + std::to_string(index)); });
    };
    worker.submit(job(stage, saving));
    Script looking{.name = "look", .where = Lane::Io};
    looking.inSlice = [&](JobContext& context, int) {
        while (worker.runOne()) {
        }
        context.yield();
        stage.note("seen");
    };
    worker.submit(job(stage, looking));
    while (worker.runOneIo()) {
    }
    runAll(worker);
    QCOMPARE(stage.story(), std::string("look a a a:done save0 save1 seen look:done ~look ~a"));
}

void TestWorkerLanes::closuresBeforeTheEnd() {
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    Script script{.name = "a", .slices = 2};
    script.inSlice = [&](JobContext& context, int index) {
        context.runOnIo([&stage, index] { stage.note("w" + std::to_string(index)); });
        if (index == 1) {
            context.drainIo();
            stage.note("drained");
        }
    };
    script.atEnd = [&](FinishReason, JobContext& context) {
        context.runOnIo([&stage, &context] {
            stage.note("last");
            context.emit(CheckpointSaved{.step = 1, .folder = "x"});
        });
        return Result<Json>(Json::object());
    };
    const JobId id = worker.submit(job(stage, script));
    runAll(worker);
    QCOMPARE(stage.story(), std::string("a a w0 w1 drained a:done"));
    QVERIFY(!worker.idle());
    QVERIFY(worker.runOneIo());
    QVERIFY(worker.runOne());
    QVERIFY(worker.idle());
    QCOMPARE(stage.story(), std::string("a a w0 w1 drained a:done last ~a"));
    QCOMPARE(stage.told(id), std::string("queued started running checkpoint finished end:done"));
}

void TestWorkerLanes::closureThatThrows() {
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    Script script = training("t", 100);
    script.inSlice = [](JobContext& context, int index) {
        if (index == 0) context.runOnIo([] { throw std::runtime_error("the disk said no"); });
    };
    const JobId id = worker.submit(job(stage, script));
    worker.runOne();
    worker.runOneIo();
    runAll(worker);
    QCOMPARE(stage.story(), std::string("t t:failed ~t"));
    QVERIFY(stage.errorOf(id)->text().find("the disk said no") != std::string::npos);
}

void TestWorkerLanes::destructionCancels() {
    Stage stage;
    {
        Worker worker(stage.sink(), stage.clock());
        worker.submit(job(stage, training("t", 100)));
        worker.runOne();
        worker.pause(1);
        worker.submit(job(stage, {.name = "q"}));
        worker.submit(job(stage, {.name = "io", .where = Lane::Io}));
    }
    const std::string story = stage.story();
    for (const char* part : {"t:cancelled ~t", "q:cancelled ~q", "io:cancelled ~io"})
        QVERIFY2(story.find(part) != std::string::npos, story.c_str());
    QCOMPARE(std::count(stage.did.begin(), stage.did.end(), "t:cancelled"), 1);
}

void TestWorkerLanes::threadsDoTheSame() {
    Stage stage;
    std::atomic<int> hooks{0};
    std::atomic<bool> onOneThread{true};
    std::thread::id lane;
    {
        Worker worker(stage.sink());
        worker.start([&] {
            ++hooks;
            lane = std::this_thread::get_id();
        });
        Script script{.name = "a", .slices = 20};
        script.inSlice = [&](JobContext& context, int index) {
            if (std::this_thread::get_id() != lane) onOneThread = false;
            context.emit(JobProgress{.done = index});
            context.runOnIo([&] {
                if (std::this_thread::get_id() == lane) onOneThread = false;
            });
            if (index % 5 == 0) context.drainIo();
        };
        for (int i = 0; i < 50; ++i) worker.submit(job(stage, script));
        worker.waitIdle();
        QVERIFY(worker.idle());
        worker.submit(job(stage, training("left", 1 << 30)));  // cancelled by the end of the scope
    }
    QCOMPARE(hooks.load(), 1);
    QVERIFY(onOneThread);
    QCOMPARE(std::count(stage.did.begin(), stage.did.end(), "a"), 50 * 20);
    QCOMPARE(std::count(stage.did.begin(), stage.did.end(), "a:done"), 50);
    QCOMPARE(std::count(stage.did.begin(), stage.did.end(), "left:cancelled"), 1);
    for (std::size_t i = 0; i < stage.events.size(); ++i) QCOMPARE(stage.events[i].sequence, i + 1);
}

void TestWorkerLanes::stopsWhileOthersAsk() {
    // Many threads ask at once; every job ends exactly once, and nothing hangs.
    Stage stage;
    std::atomic<int> finishes{0}, submitted{0};
    {
        Worker worker(stage.sink());
        worker.start();
        std::vector<std::jthread> users;
        for (int user = 0; user < 4; ++user)
            users.emplace_back([&, user] {
                std::mt19937 rng(static_cast<unsigned>(user));
                std::vector<JobId> mine;
                for (int i = 0; i < 100; ++i) {
                    Script script{.name = "j", .rank = static_cast<Priority>(rng() % 3), .slices = 1 + static_cast<int>(rng() % 4)};
                    const std::string key = rng() % 3 == 0 ? "shared" : "";
                    script.inSlice = [](JobContext& context, int) { context.yield(); };
                    script.atEnd = [&](FinishReason, JobContext&) {
                        ++finishes;
                        return Result<Json>(Json::object());
                    };
                    ++submitted;
                    mine.push_back(worker.submit(job(stage, script), key));
                    const JobId target = mine[rng() % mine.size()];
                    switch (rng() % 6) {
                        case 0:
                            worker.stop(target);
                            break;
                        case 1:
                            worker.cancel(target);
                            break;
                        case 2:
                            worker.pause(target);
                            break;
                        case 3:
                            worker.control(target, "live", {});
                            break;
                        case 4:
                            worker.stopWithoutSaving(target);
                            break;
                        default:
                            break;
                    }
                }
                for (const JobId id : mine) worker.resume(id);
            });
        users.clear();
        worker.waitIdle();
        QCOMPARE(finishes.load(), submitted.load());
    }
    std::vector<int> ends(static_cast<std::size_t>(submitted) + 1, 0);
    for (const Event& event : stage.events)
        if (std::holds_alternative<JobFinished>(event.body)) ++ends[event.job];
    for (std::size_t id = 1; id < ends.size(); ++id) QCOMPARE(ends[id], 1);
    for (std::size_t i = 0; i < stage.events.size(); ++i) QCOMPARE(stage.events[i].sequence, i + 1);
}

void TestWorkerLanes::ioLaneRunsBeside() {
    // A closure that waits for the compute lane to go on: it would hang if the lanes were one.
    Stage stage;
    std::latch computeWentOn(1), ioRan(1);
    Worker worker(stage.sink());
    worker.start();
    Script script{.name = "a", .slices = 2};
    script.inSlice = [&](JobContext& context, int index) {
        if (index == 0)
            context.runOnIo([&] {
                computeWentOn.wait();
                ioRan.count_down();
            });
        if (index == 1) {
            computeWentOn.count_down();
            ioRan.wait();
        }
    };
    worker.submit(job(stage, script));
    worker.waitIdle();
    QCOMPARE(stage.story(), std::string("a a a:done ~a"));
}

}  // namespace

QTEST_APPLESS_MAIN(TestWorkerLanes)
#include "tst_worker_lanes.moc"
