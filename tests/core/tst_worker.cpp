// The worker stepped by hand with a clock of our own (no threads, no sleeping), then the same with its threads.
#include "core/engine/worker.h"

#include <QtTest>

#include <algorithm>
#include <atomic>
#include <latch>
#include <mutex>
#include <new>
#include <random>
#include <stdexcept>
#include <thread>

using namespace imago;

namespace {

// What jobs did and what the worker told, in order.
struct Stage {
    std::mutex mutex;
    std::vector<std::string> did;
    std::vector<Event> events;
    double now = 0;

    void note(const std::string& what) {
        const std::lock_guard lock(mutex);
        did.push_back(what);
    }
    Worker::Sink sink() {
        return [this](Event event) {
            const std::lock_guard lock(mutex);
            events.push_back(std::move(event));
        };
    }
    Worker::Clock clock() {
        return [this] { return now; };
    }
    std::string story() {
        const std::lock_guard lock(mutex);
        std::string text;
        for (const std::string& what : did) text += (text.empty() ? "" : " ") + what;
        return text;
    }
    // Events of one job as words.
    std::string told(JobId job) {
        const std::lock_guard lock(mutex);
        std::string text;
        for (const Event& event : events) {
            if (event.job != job) continue;
            if (!text.empty()) text += ' ';
            if (const auto* e = std::get_if<JobStateChanged>(&event.body)) {
                text += toString(e->state);
            } else if (const auto* finished = std::get_if<JobFinished>(&event.body)) {
                text += std::string("end:") + toString(finished->reason);
            } else {
                text += toJson(event)["event"].get<std::string>();
            }
        }
        return text;
    }
    std::optional<Error> errorOf(JobId job) {
        const std::lock_guard lock(mutex);
        for (const Event& event : events)
            if (const auto* finished = std::get_if<JobFinished>(&event.body); finished && event.job == job) return finished->error;
        return {};
    }
};

struct Script {
    std::string name;
    Priority rank = Priority::Normal;
    int slices = 1;
    double seconds = 0;  // a slice takes this long on the stage's clock
    std::string key{};
    Lane where = Lane::Compute;
    std::optional<bool> atYield{};
    std::function<void(JobContext&, int)> inSlice{};  // (context, index of the slice)
    std::function<Result<Json>(FinishReason, JobContext&)> atEnd{};
    std::function<void(const std::string&, const Json&)> onControl{};
    std::optional<Error> error{};  // what step() returns
};

class ScriptedJob : public Job {
  public:
    ScriptedJob(Stage& stage, Script script) : m_stage(stage), m_script(std::move(script)) {}
    ~ScriptedJob() override { m_stage.note("~" + m_script.name); }
    JobKind kind() const override { return m_script.rank == Priority::Training ? JobKind::Train : JobKind::Sample; }
    std::string title() const override { return m_script.name; }
    Lane lane() const override { return m_script.where; }
    Priority priority() const override { return m_script.rank; }
    std::string coalescingKey() const override { return m_script.key; }
    bool runsAtYieldPoints() const override { return m_script.atYield.value_or(Job::runsAtYieldPoints()); }
    JobStarted describe() const override {
        JobStarted started = Job::describe();
        started.metricNames = {"loss"};
        return started;
    }
    Result<Slice> step(JobContext& context) override {
        m_stage.note(m_script.name);
        const int index = m_index++;
        if (m_script.inSlice) m_script.inSlice(context, index);
        if (m_script.seconds > 0) m_stage.now += m_script.seconds;
        if (m_script.error) return *m_script.error;
        return m_index >= m_script.slices ? Slice::Done : Slice::More;
    }
    Result<Json> finish(FinishReason reason, JobContext& context) override {
        m_stage.note(m_script.name + ":" + toString(reason));
        if (m_script.atEnd) return m_script.atEnd(reason, context);
        return Json{{"slices", m_index}};
    }
    Result<void> control(const std::string& verb, const Json& argument, JobContext& context) override {
        if (!m_script.onControl) return Job::control(verb, argument, context);
        m_stage.note(m_script.name + "!" + verb);
        m_script.onControl(verb, argument);
        return {};
    }

  private:
    Stage& m_stage;
    Script m_script;
    int m_index = 0;
};

std::unique_ptr<Job> job(Stage& stage, Script script) {
    return std::make_unique<ScriptedJob>(stage, std::move(script));
}

Script training(std::string name, int slices) {
    return {.name = std::move(name), .rank = Priority::Training, .slices = slices};
}

void runAll(Worker& worker) {
    while (worker.runOne()) {
    }
}

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
    void yieldServesInside();
    void yieldIsNotReentrant();
    void yieldLeavesOthersAlone();
    void trainingKeepsHalf_data();
    void trainingKeepsHalf();
    void trainingKeepsHalfAtYieldPoints();
    void ioLaneByHand();
    void closuresBeforeTheEnd();
    void closureThatThrows();
    void destructionCancels();
    void threadsDoTheSame();
    void stopsWhileOthersAsk();
    void ioLaneRunsBeside();
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
    worker.submit(job(stage, {.name = "p", .rank = Priority::Preview}));
    worker.submit(job(stage, {.name = "n2", .rank = Priority::Normal}));
    worker.submit(job(stage, {.name = "i", .rank = Priority::Interactive}));
    runAll(worker);
    std::erase_if(stage.did, [](const std::string& what) { return what.size() > 2; });
    std::erase_if(stage.did, [](const std::string& what) { return what[0] == '~'; });
    QCOMPARE(stage.story(), std::string("i p n1 n1 n2 t"));
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
    const JobId first = worker.submit(job(stage, {.name = "s1", .rank = Priority::Interactive, .key = "slider"}));
    worker.submit(job(stage, {.name = "other", .rank = Priority::Interactive, .key = "x"}));
    worker.submit(job(stage, {.name = "s2", .rank = Priority::Interactive, .key = "slider"}));
    const JobId third = worker.submit(job(stage, {.name = "s3", .rank = Priority::Interactive, .key = "slider"}));
    runAll(worker);
    // The replaced are put away once, and the newest takes their turn.
    QCOMPARE(stage.story(), std::string("s1:cancelled ~s1 s2:cancelled ~s2 s3 s3:done ~s3 other other:done ~other"));
    QCOMPARE(stage.told(first), std::string("queued stopped end:cancelled"));
    QCOMPARE(stage.told(third), std::string("queued started running finished end:done"));
}

void TestWorker::runningIsNotReplaced() {
    Stage stage;
    Worker worker(stage.sink(), stage.clock());
    worker.submit(job(stage, {.name = "a", .slices = 2, .key = "k"}));
    worker.runOne();
    worker.submit(job(stage, {.name = "b", .key = "k"}));
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

void TestWorker::yieldServesInside() {
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

void TestWorker::yieldIsNotReentrant() {
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

void TestWorker::yieldLeavesOthersAlone() {
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

void TestWorker::trainingKeepsHalf_data() {
    QTest::addColumn<double>("interactive");
    QTest::addColumn<double>("step");
    QTest::addColumn<bool>("random");
    QTest::newRow("short beside short") << 0.004 << 0.010 << false;
    QTest::newRow("long beside short") << 0.120 << 0.010 << false;
    QTest::newRow("short beside long") << 0.004 << 0.300 << false;
    QTest::newRow("uneven") << 0.060 << 0.050 << true;
    QTest::newRow("half a second") << 0.5 << 0.02 << false;
}

void TestWorker::trainingKeepsHalf() {
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

void TestWorker::trainingKeepsHalfAtYieldPoints() {
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

void TestWorker::ioLaneByHand() {
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

void TestWorker::closuresBeforeTheEnd() {
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

void TestWorker::closureThatThrows() {
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

void TestWorker::destructionCancels() {
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

void TestWorker::threadsDoTheSame() {
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

void TestWorker::stopsWhileOthersAsk() {
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
                    Script script{.name = "j", .rank = static_cast<Priority>(rng() % 4), .slices = 1 + static_cast<int>(rng() % 4)};
                    if (rng() % 3 == 0) script.key = "shared";
                    script.inSlice = [](JobContext& context, int) { context.yield(); };
                    script.atEnd = [&](FinishReason, JobContext&) {
                        ++finishes;
                        return Result<Json>(Json::object());
                    };
                    ++submitted;
                    mine.push_back(worker.submit(job(stage, script)));
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

void TestWorker::ioLaneRunsBeside() {
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

QTEST_APPLESS_MAIN(TestWorker)
#include "tst_worker.moc"
