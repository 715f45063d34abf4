// Jobs that wait and jobs that stay, on a clock of their own: a lane that nobody holds, the latest value of a slot, results
// that fold, and a training that keeps its share beside a slider.
#include <QtTest>

#include <map>

#include "core/engine/mailbox.h"
#include "tests/support/scripted_job.h"

using namespace imago;
using namespace imago::test;

namespace {

constexpr double kRender = 0.05;  // seconds that an answer takes

// What a render was made of, and when.
struct Render {
    JobId job;
    std::map<std::string, Json> values;
    double begin, end;
};

// Pins its model once, then answers every new value with one picture.
class ScriptedSession : public Job {
  public:
    ScriptedSession(Stage& stage, std::vector<Render>& renders, int& pinned) : m_stage(stage), m_renders(renders), m_pinned(pinned) {}
    std::string kind() const override { return SampleRequest::kind; }
    std::string title() const override { return "session"; }
    Priority priority() const override { return Priority::Interactive; }
    bool quiet() const override { return true; }
    Result<void> update(const std::string& slot, const Json& value, JobContext&) override {
        if (slot == "colour") return Error{ErrorCode::BadInput, "no such slider"};
        m_values[slot] = value;
        m_new = true;
        return {};
    }
    Result<Slice> step(JobContext& context) override {
        if (!m_open) {
            m_open = true;
            ++m_pinned;
            return Slice::Waiting;
        }
        if (!m_new) return Slice::Waiting;
        m_new = false;
        const double begin = m_stage.now;
        m_stage.now += kRender;
        m_renders.push_back({context.id(), m_values, begin, m_stage.now});
        PreviewReady picture;
        picture.kind = "picture";
        picture.revision = ++m_revision;
        context.emit(std::move(picture));
        return Slice::Waiting;
    }
    Result<Json> finish(FinishReason, JobContext&) override { return Json(Json::object()); }

  private:
    Stage& m_stage;
    std::vector<Render>& m_renders;
    int& m_pinned;
    std::map<std::string, Json> m_values;
    std::uint64_t m_revision = 0;
    bool m_open = false, m_new = false;
};

// Reads on the io lane, then goes on with what was read.
class ReadingJob : public Job {
  public:
    ReadingJob(Stage& stage, std::function<void(JobContext&)> read) : m_stage(stage), m_read(std::move(read)) {}
    std::string kind() const override { return SampleRequest::kind; }
    std::string title() const override { return "reader"; }
    Result<Slice> step(JobContext& context) override {
        if (!m_asked) {
            m_asked = true;
            m_stage.note("ask");
            context.runOnIo([this, &context] {
                m_stage.note("read");
                if (m_read) m_read(context);
                m_bytes = 7;
            });
            return Slice::Waiting;
        }
        m_stage.note("use" + std::to_string(m_bytes));
        return Slice::Done;
    }
    Result<void> control(const std::string& verb, const Json&, JobContext&) override { return m_stage.note(verb), Result<void>(); }
    Result<Json> finish(FinishReason reason, JobContext&) override {
        m_stage.note(toString(reason) + std::to_string(m_bytes));
        return Json(Json::object());
    }

  private:
    Stage& m_stage;
    std::function<void(JobContext&)> m_read;
    bool m_asked = false;
    int m_bytes = 0;
};

class TestSessions : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void waitingHoldsNoLane() {
        Stage stage;
        Worker worker(stage.sink(), stage.clock());
        worker.submit(std::make_unique<ReadingJob>(stage, nullptr));
        worker.submit(job(stage, {.name = "b", .slices = 2}));
        runAll(worker);
        QCOMPARE(stage.story(), std::string("ask b b b:done ~b"));  // it waits for the io lane, b does not
        QVERIFY(!worker.idle());
        QVERIFY(worker.runOneIo());
        runAll(worker);
        QCOMPARE(stage.story(), std::string("ask b b b:done ~b read use7 done7"));
        QVERIFY(worker.idle());
    }

    // What the closure writes and what finish() reads are the same members: nothing of the job runs before the closure has.
    void isLeftAloneUntilItsClosuresHaveRun() {
        Stage stage;
        Worker worker(stage.sink(), stage.clock());
        const JobId id =
            worker.submit(std::make_unique<ReadingJob>(stage, [](JobContext& context) { QVERIFY(context.cancelRequested()); }));
        worker.runOne();
        worker.control(id, "dance", {});
        worker.cancel(id);
        runAll(worker);
        QCOMPARE(stage.story(), std::string("ask"));
        worker.runOneIo();
        runAll(worker);
        QCOMPARE(stage.story(), std::string("ask read cancelled7"));
        QCOMPARE(stage.told(id), std::string("queued started running stopping stopped end:cancelled"));
    }

    // A long read lets other jobs' saves in, in order, and never its own later closures.
    void readingLetsSavesIn() {
        Stage stage;
        Worker worker(stage.sink(), stage.clock());
        worker.submit(std::make_unique<ReadingJob>(stage, [&](JobContext& context) {
            context.runOnIo([&] { stage.note("own"); });
            context.yield();
            stage.note("goesOn");
        }));
        Script saver{.name = "t", .slices = 1};
        saver.inSlice = [&](JobContext& context, int) { context.runOnIo([&] { stage.note("save"); }); };
        worker.runOne();
        worker.submit(job(stage, saver));
        worker.runOne();
        worker.runOneIo();
        QCOMPARE(stage.story(), std::string("ask t read save goesOn"));
        worker.runOneIo();
        QCOMPARE(stage.story(), std::string("ask t read save goesOn own"));
        worker.waitIdle();
    }

    void updateWithoutAListenerIsToldOnce() {
        Stage stage;
        Worker worker(stage.sink(), stage.clock());
        const JobId id = worker.submit(job(stage, {.name = "a", .slices = 2}));
        for (int i = 0; i < 5; ++i) worker.update(id, "z", i);
        runAll(worker);
        QCOMPARE(stage.told(id), std::string("queued started running notice finished end:done"));
        worker.update(id, "z", 1);  // ended: nobody to tell
        QVERIFY(!worker.runOne());
    }

    // 600 values in 10 seconds for a session that answers 20 times a second.
    void sixHundredUpdates() {
        Stage stage;
        Mailbox box;  // nobody takes anything out
        Worker worker([&](Event event) { box.post(std::move(event)); }, stage.clock());
        std::vector<Render> renders;
        int pinned = 0;
        const JobId id = worker.submit(std::make_unique<ScriptedSession>(stage, renders, pinned));
        for (int i = 0; i < 600; ++i) {
            const double due = i / 60.0;
            while (stage.now < due)
                if (!worker.runOne()) stage.now = due;
            worker.update(id, "z", i);
            if (i % 2) worker.update(id, "truncation", i);
        }
        std::size_t before = renders.size();
        while (worker.runOne()) {
            QVERIFY(renders.size() - before <= 1);  // a slice renders once at most
            before = renders.size();
        }
        QCOMPARE(pinned, 1);
        QVERIFY2(renders.size() >= 195 && renders.size() <= 201, qPrintable(QString::number(renders.size())));
        QCOMPARE(renders.back().values.at("z").get<int>(), 599);
        QCOMPARE(renders.back().values.at("truncation").get<int>(), 599);
        for (std::size_t i = 1; i < renders.size(); ++i)
            QVERIFY(renders[i].values.at("z").get<int>() > renders[i - 1].values.at("z").get<int>());
        std::vector<Event> events;
        box.take(events);
        QVERIFY2(events.size() <= 4, qPrintable(QString::number(events.size())));  // queued, started, running, the newest picture
        QCOMPARE(std::get<PreviewReady>(events.back().body).revision, std::uint64_t(renders.size()));
        QVERIFY(std::get<JobStarted>(events[1].body).quiet);
        worker.cancel(id);
        worker.waitIdle();
        QVERIFY(worker.idle());
    }

    void wrongSlotsAreToldAndTheOthersCount() {
        Stage stage;
        Worker worker(stage.sink(), stage.clock());
        std::vector<Render> renders;
        int pinned = 0;
        const JobId id = worker.submit(std::make_unique<ScriptedSession>(stage, renders, pinned));
        worker.update(id, "colour", "red");
        worker.update(id, "z", 3);
        runAll(worker);
        QCOMPARE(renders.size(), std::size_t(1));
        QCOMPARE(stage.told(id), std::string("queued started running notice preview"));
    }

    // Two views of one model: neither takes the other's place nor its values.
    void twoSessionsOnOneModel() {
        Stage stage;
        Worker worker(stage.sink(), stage.clock());
        std::vector<Render> renders;
        int pinned = 0;
        const JobId a = worker.submit(std::make_unique<ScriptedSession>(stage, renders, pinned), "view a");
        const JobId b = worker.submit(std::make_unique<ScriptedSession>(stage, renders, pinned), "view b");
        for (int i = 0; i < 50; ++i) {
            worker.update(a, "z", i);
            worker.update(b, "z", 1000 + i);
            worker.runOne();
        }
        runAll(worker);
        QCOMPARE(pinned, 2);
        std::map<JobId, int> last;
        for (const Render& render : renders) last[render.job] = render.values.at("z").get<int>();
        QCOMPARE(last.at(a), 49);
        QCOMPARE(last.at(b), 1049);
        worker.cancel(a);
        worker.update(b, "z", 2000);
        runAll(worker);
        QCOMPARE(renders.back().job, b);
        QCOMPARE(renders.back().values.at("z").get<int>(), 2000);
    }

    // A slider that never rests, beside a training: of no second does it take more than half.
    void aSessionLeavesATrainingHalf() {
        Stage stage;
        Worker worker(stage.sink(), stage.clock());
        std::vector<Render> renders;
        int pinned = 0;
        const JobId session = worker.submit(std::make_unique<ScriptedSession>(stage, renders, pinned));
        int value = 0;
        Script script = training("t", 400);
        script.inSlice = [&](JobContext& context, int) {
            for (int block = 0; block < 4; ++block) {
                stage.now += 0.01;
                worker.update(session, "z", ++value);
                context.yield();
            }
        };
        const JobId trained = worker.submit(job(stage, script));
        while (stage.told(trained).find("end:") == std::string::npos) QVERIFY(worker.runOne());
        QVERIFY(renders.size() > 50);
        for (const Render& first : renders) {
            double used = 0;
            for (const Render& other : renders)
                used += std::max(0.0, std::min(other.end, first.begin + 1) - std::max(other.begin, first.begin));
            QVERIFY2(used <= 0.5 + 1e-9, qPrintable(QString("%1 s of the second from %2").arg(used).arg(first.begin)));
        }
        worker.cancel(session);
        worker.waitIdle();
    }

    // The lane puts the scope around every slice of a compute job, and around nothing else.
    void everySliceOfTheLaneIsInScope() {
        Stage stage;
        int open = 0, opened = 0;
        Worker worker(stage.sink(), stage.clock(), [&](JobContext&) {
            ++opened;
            ++open;
            return std::shared_ptr<void>(&open, [](int* count) { --*count; });
        });
        std::vector<int> seen;
        Script script{.name = "a", .slices = 3};
        script.inSlice = [&](JobContext&, int) { seen.push_back(open); };
        Script io{.name = "io", .where = Lane::Io};
        io.inSlice = script.inSlice;
        worker.submit(job(stage, script));
        worker.submit(job(stage, io));
        worker.waitIdle();
        std::sort(seen.begin(), seen.end());
        QCOMPARE(seen, (std::vector<int>{0, 1, 1, 1}));
        QCOMPARE(opened, 3);
        QCOMPARE(open, 0);
    }
};

}  // namespace

QTEST_APPLESS_MAIN(TestSessions)
#include "tst_sessions.moc"
