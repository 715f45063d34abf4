// The worker stepped by hand with a clock of our own (no threads, no sleeping): the life of jobs.
#include <QtTest>

#include <algorithm>
#include <new>
#include <stdexcept>

#include "tests/support/scripted_job.h"

using namespace imago;
using namespace imago::test;

namespace {

class TestWorker : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void oneJobTellsItsStory();
    void sequenceHasNoGaps();
    void prioritiesThenOrder();
    void urgentWorkGoesBetweenSlices();
    void newerReplacesWaiting();
    void runningIsNotReplaced();
    void pauseAndResume();
    void endings_data();
    void endings();
    void endedBeforeItBegan();
    void lateRequestsChangeNothing();
    void controls();
    void errorsAndExceptions_data();
    void errorsAndExceptions();
    void finishThatFails();
    void secondTrainingWaits();
};

void TestWorker::oneJobTellsItsStory() {
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    QVERIFY(!worker.runOne());
    QVERIFY(worker.idle());
    const JobId id = worker.submit(job(stage, {.name = "a", .slices = 2}));
    QVERIFY(id != 0);
    QVERIFY(!worker.idle());
    QVERIFY(worker.runOne());
    QCOMPARE(stage.story(), std::string("a"));
    QVERIFY(worker.runOne());
    QCOMPARE(stage.story(), std::string("a a"));
    QVERIFY(worker.runOne());
    QCOMPARE(stage.story(), std::string("a a a:done ~a"));
    QVERIFY(!worker.runOne());
    QVERIFY(worker.idle());
    QCOMPARE(stage.told(id), std::string("queued started running finished end:done"));
    QVERIFY(std::get<JobFinished>(stage.events.back().body).result["slices"] == 2);
    QVERIFY(std::get<JobStarted>(stage.events[1].body).metricNames == std::vector<std::string>{"loss"});
    QCOMPARE(std::get<JobStarted>(stage.events[1].body).title, std::string("a"));
}

void TestWorker::sequenceHasNoGaps() {
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    for (int i = 0; i < 5; ++i)
        worker.submit(job(stage, {.name = "a", .slices = 3, .inSlice = [](JobContext& context, int index) {
                                      context.emit(JobProgress{.done = index});
                                  }}));
    runAll(worker);
    QVERIFY(stage.events.size() == 5 * (4 + 1 + 3));
    for (std::size_t i = 0; i < stage.events.size(); ++i) QCOMPARE(stage.events[i].sequence, i + 1);
}

void TestWorker::prioritiesThenOrder() {
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    worker.submit(job(stage, training("t", 1)));
    worker.submit(job(stage, {.name = "n1", .rank = Priority::Normal, .slices = 2}));
    worker.submit(job(stage, {.name = "n2", .rank = Priority::Normal}));
    worker.submit(job(stage, {.name = "i", .rank = Priority::Interactive}));
    runAll(worker);
    std::erase_if(stage.did, [](const std::string& what) { return what.size() > 2; });
    std::erase_if(stage.did, [](const std::string& what) { return what[0] == '~'; });
    QCOMPARE(stage.story(), std::string("i n1 n1 n2 t"));
}

void TestWorker::urgentWorkGoesBetweenSlices() {
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    worker.submit(job(stage, training("t", 3)));
    worker.runOne();
    worker.submit(job(stage, {.name = "i", .rank = Priority::Interactive}));
    runAll(worker);
    QCOMPARE(stage.story(), std::string("t i i:done ~i t t t:done ~t"));
}

void TestWorker::newerReplacesWaiting() {
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    const JobId first = worker.submit(job(stage, {.name = "s1", .rank = Priority::Interactive}), "slider");
    worker.submit(job(stage, {.name = "other", .rank = Priority::Interactive}), "x");
    worker.submit(job(stage, {.name = "s2", .rank = Priority::Interactive}), "slider");
    const JobId third = worker.submit(job(stage, {.name = "s3", .rank = Priority::Interactive}), "slider");
    runAll(worker);
    // The replaced are put away once, and the newest takes their turn.
    QCOMPARE(stage.story(), std::string("s1:cancelled ~s1 s2:cancelled ~s2 s3 s3:done ~s3 other other:done ~other"));
    QCOMPARE(stage.told(first), std::string("queued stopped end:cancelled"));
    QCOMPARE(stage.told(third), std::string("queued started running finished end:done"));
}

void TestWorker::runningIsNotReplaced() {
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    worker.submit(job(stage, {.name = "a", .slices = 2}), "k");
    worker.runOne();
    worker.submit(job(stage, {.name = "b"}), "k");
    runAll(worker);
    QCOMPARE(stage.story(), std::string("a a a:done ~a b b:done ~b"));
}

void TestWorker::pauseAndResume() {
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    const JobId id = worker.submit(job(stage, training("t", 3)));
    worker.pause(id);
    QVERIFY(!worker.runOne());
    QVERIFY(!worker.idle());
    worker.resume(id);
    worker.runOne();
    worker.pause(id);
    worker.pause(id);
    QVERIFY(!worker.runOne());
    worker.waitIdle();  // by hand it returns: only a paused job is left
    worker.resume(id);
    runAll(worker);
    QCOMPARE(stage.story(), std::string("t t t t:done ~t"));
    QCOMPARE(stage.told(id), std::string("queued paused queued started running paused running finished end:done"));
}

void TestWorker::endings_data() {
    QTest::addColumn<int>("how");
    QTest::addColumn<bool>("paused");
    QTest::addColumn<QString>("reason");
    for (const bool paused : {false, true}) {
        const char* when = paused ? "paused" : "running";
        QTest::addRow("stop %s", when) << 0 << paused << "stopped";
        QTest::addRow("discard %s", when) << 1 << paused << "stopped_without_saving";
        QTest::addRow("cancel %s", when) << 2 << paused << "cancelled";
    }
}

void TestWorker::endings() {
    QFETCH(int, how);
    QFETCH(bool, paused);
    QFETCH(QString, reason);
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    int seen = -1;
    const JobId id =
        worker.submit(job(stage, {.name = "t", .rank = Priority::Training, .slices = 9, .atEnd = [&](FinishReason, JobContext& c) {
                                      seen = c.stopRequested() ? 0 : c.discardRequested() ? 1 : c.cancelRequested() ? 2 : -1;
                                      return Result<Json>(Json::object());
                                  }}));
    worker.runOne();
    if (paused) worker.pause(id);
    if (how == 0) worker.stop(id);
    if (how == 1) worker.stopWithoutSaving(id);
    if (how == 2) worker.cancel(id);
    runAll(worker);
    QCOMPARE(stage.story(), "t t:" + reason.toStdString() + " ~t");
    QCOMPARE(stage.told(id),
             std::string("queued started running ") + (paused ? "paused " : "") + "stopping stopped end:" + reason.toStdString());
    QCOMPARE(seen, how);
    QVERIFY(!stage.errorOf(id));
}

void TestWorker::endedBeforeItBegan() {
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    const JobId id = worker.submit(job(stage, training("t", 9)));
    worker.stop(id);
    runAll(worker);
    QCOMPARE(stage.story(), std::string("t:stopped ~t"));
    QCOMPARE(stage.told(id), std::string("queued stopping stopped end:stopped"));
}

void TestWorker::lateRequestsChangeNothing() {
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    JobId id = 0;
    id = worker.submit(job(stage, {.name = "a", .atEnd = [&](FinishReason, JobContext& context) {
                                       worker.cancel(id);
                                       worker.pause(id);
                                       return Result<Json>(Json{{"cancelled", context.cancelRequested()}});
                                   }}));
    runAll(worker);
    worker.stop(id);
    worker.control(id, "live", {});
    worker.pause(12345);
    QVERIFY(!worker.runOne());
    QCOMPARE(stage.told(id), std::string("queued started running finished end:done"));
    QVERIFY(std::get<JobFinished>(stage.events.back().body).result["cancelled"] == false);
}

void TestWorker::controls() {
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    double rate = 0;
    Script script = training("t", 3);
    script.onControl = [&](const std::string&, const Json& argument) { rate = argument["value"].get<double>(); };
    const JobId id = worker.submit(job(stage, std::move(script)));
    worker.control(id, "live", Json{{"key", "rate"}, {"value", 0.5}});  // before the first slice: kept until after it
    worker.runOne();
    QCOMPARE(stage.story(), std::string("t"));
    worker.runOne();
    QCOMPARE(stage.story(), std::string("t t!live"));
    QCOMPARE(rate, 0.5);
    worker.pause(id);
    worker.control(id, "live", Json{{"value", 0.25}});  // a paused job takes them too
    runAll(worker);
    QCOMPARE(rate, 0.25);
    worker.resume(id);
    runAll(worker);
    QCOMPARE(stage.story(), std::string("t t!live t!live t t t:done ~t"));

    const JobId plain = worker.submit(job(stage, {.name = "a", .slices = 2}));
    worker.control(plain, "dance", {});
    runAll(worker);
    QCOMPARE(stage.told(plain), std::string("queued started running notice finished end:done"));
    const auto notice = std::find_if(stage.events.begin(), stage.events.end(),
                                     [](const Event& event) { return std::holds_alternative<Notice>(event.body); });
    QVERIFY(std::get<Notice>(notice->body).text.text().find("dance") != std::string::npos);
}

void TestWorker::errorsAndExceptions_data() {
    QTest::addColumn<int>("what");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("says");
    QTest::newRow("an error") << 0 << int(ErrorCode::Numerical) << "too steep";
    QTest::newRow("bad_alloc") << 1 << int(ErrorCode::OutOfMemory) << "memory";
    QTest::newRow("what LibTorch says on the CPU") << 2 << int(ErrorCode::OutOfMemory) << "you tried to allocate 12 bytes";
    QTest::newRow("what LibTorch says on a card") << 3 << int(ErrorCode::OutOfMemory) << "CUDA out of memory";
    QTest::newRow("another exception") << 4 << int(ErrorCode::Internal) << "shapes differ";
    QTest::newRow("not an exception") << 5 << int(ErrorCode::Internal) << "wrong";
}

void TestWorker::errorsAndExceptions() {
    QFETCH(int, what);
    QFETCH(int, code);
    QFETCH(QString, says);
    for (const bool queuedBehind : {false, true}) {
        Stage stage;
        Worker worker(stage.sink(), stage.clock());
        Script script{.name = "a", .slices = 5};
        if (what == 0) script.error = Error{ErrorCode::Numerical, "too steep"};
        script.inSlice = [what](JobContext&, int) {
            if (what == 1) throw std::bad_alloc();
            if (what == 2)
                throw std::runtime_error(
                    "[enforce fail at alloc_cpu.cpp:66] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 12 bytes.");
            if (what == 3) throw std::runtime_error("CUDA out of memory. Tried to allocate 2.00 GiB");
            if (what == 4) throw std::runtime_error("shapes differ\nException raised from check at x.cpp:1\nframe #0");
            if (what == 5) throw 42;
        };
        const JobId id = worker.submit(job(stage, script));
        if (queuedBehind) worker.submit(job(stage, {.name = "b"}));
        runAll(worker);
        QCOMPARE(stage.story(), std::string("a a:failed ~a") + (queuedBehind ? " b b:done ~b" : ""));
        QCOMPARE(stage.told(id), std::string("queued started running failed end:failed"));
        const auto error = stage.errorOf(id);
        QVERIFY(error.has_value());
        QCOMPARE(int(error->code), code);
        const QString text = QString::fromStdString(error->text());
        QVERIFY2(text.contains(says), qPrintable(text));
        QVERIFY2(!text.contains("frame #0"), qPrintable(text));
    }
}

void TestWorker::finishThatFails() {
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    const JobId thrower = worker.submit(
        job(stage, {.name = "a", .atEnd = [](FinishReason, JobContext&) -> Result<Json> { throw std::runtime_error("finish broke"); }}));
    const JobId returner = worker.submit(job(stage, {.name = "b", .atEnd = [](FinishReason, JobContext&) -> Result<Json> {
                                                         return Error{ErrorCode::Disk, "disk full"};
                                                     }}));
    Script both{.name = "c", .error = Error{ErrorCode::Numerical, "first"}};
    both.atEnd = [](FinishReason, JobContext&) -> Result<Json> { return Error{ErrorCode::Disk, "second"}; };
    const JobId first = worker.submit(job(stage, both));
    runAll(worker);
    QCOMPARE(stage.story(), std::string("a a:done ~a b b:done ~b c c:failed ~c"));
    QCOMPARE(stage.told(thrower), std::string("queued started running failed end:failed"));
    QVERIFY(stage.errorOf(thrower)->code == ErrorCode::Internal);
    QVERIFY(stage.errorOf(returner)->code == ErrorCode::Disk);
    QVERIFY(stage.errorOf(first)->message == "first");
}

void TestWorker::secondTrainingWaits() {
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    const JobId first = worker.submit(job(stage, training("t", 3)));
    const JobId second = worker.submit(job(stage, training("u", 1)));
    worker.runOne();
    worker.pause(first);
    QVERIFY(!worker.runOne());  // also while the first is paused
    QCOMPARE(stage.told(second), std::string("queued"));
    worker.resume(first);
    runAll(worker);
    QCOMPARE(stage.story(), std::string("t t t t:done ~t u u:done ~u"));
}

}  // namespace

QTEST_APPLESS_MAIN(TestWorker)
#include "tst_worker.moc"
