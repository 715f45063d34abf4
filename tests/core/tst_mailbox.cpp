// The mailbox: what is folded, what is kept, when it wakes.
#include "core/engine/mailbox.h"

#include <QtTest>

#include <thread>

using namespace imago;

namespace {

Event progress(JobId job, std::uint64_t sequence, std::int64_t done) {
    JobProgress body;
    body.done = done;
    return {job, sequence, body};
}

Event preview(JobId job, std::uint64_t sequence, const char* kind, std::int64_t step) {
    PreviewReady body;
    body.kind = kind;
    body.step = step;
    return {job, sequence, body};
}

std::vector<Event> takeAll(Mailbox& box) {
    std::vector<Event> out;
    box.take(out);
    return out;
}

class TestMailbox : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void keepsOrder();
    void foldsProgress();
    void appendsMetrics();
    void replacesStagesOnly();
    void foldsWhatASessionAnswers();
    void foldsTilesOfOnePlace();
    void foldsNothingAcrossAChangeOfState();
    void wakesOnlyWhenItTurnsNonEmpty();
    void losesNothingBetweenThreads();
};

void TestMailbox::keepsOrder() {
    Mailbox box;
    box.post({1, 1, JobStarted{}});
    box.post({1, 2, Notice{}});
    box.post({1, 3, Notice{}});
    box.post({1, 4, CheckpointSaved{}});
    box.post({1, 5, CheckpointSaved{}});
    box.post({1, 6, JobFinished{}});
    const auto events = takeAll(box);
    QCOMPARE(events.size(), 6U);
    for (std::size_t i = 0; i < events.size(); ++i) QCOMPARE(events[i].sequence, i + 1);
    QVERIFY(takeAll(box).empty());
}

void TestMailbox::foldsProgress() {
    Mailbox box;
    box.post(progress(1, 1, 10));
    box.post({1, 2, Notice{}});
    box.post(progress(2, 3, 7));
    box.post(progress(1, 4, 20));
    const auto events = takeAll(box);
    QCOMPARE(events.size(), 3U);
    QCOMPARE(std::get<JobProgress>(events[0].body).done, 20);
    QCOMPARE(events[0].sequence, 4U);
    QCOMPARE(std::get<JobProgress>(events[2].body).done, 7);
    box.post(progress(1, 5, 30));  // what was taken is not touched
    QCOMPARE(std::get<JobProgress>(events[0].body).done, 20);
    QCOMPARE(takeAll(box).size(), 1U);
}

void TestMailbox::appendsMetrics() {
    Mailbox box;
    box.post({1, 1, MetricBatch{{1, 2}, {0.1F, 0.2F, 0.3F, 0.4F}}});
    box.post({2, 2, MetricBatch{{9}, {9.0F}}});
    box.post({1, 3, MetricBatch{{3}, {0.5F, 0.6F}}});
    const auto events = takeAll(box);
    QCOMPARE(events.size(), 2U);
    const auto& batch = std::get<MetricBatch>(events[0].body);
    QVERIFY((batch.steps == std::vector<std::int64_t>{1, 2, 3}));
    QVERIFY((batch.values == std::vector<float>{0.1F, 0.2F, 0.3F, 0.4F, 0.5F, 0.6F}));
    QCOMPARE(std::get<MetricBatch>(events[1].body).steps.size(), 1U);
}

void TestMailbox::replacesStagesOnly() {
    Mailbox box;
    box.post(preview(1, 1, "samples", 0));
    box.post(preview(1, 2, "stage", 1));
    box.post(preview(1, 3, "samples", 2));
    box.post(preview(1, 4, "stage", 3));
    const auto events = takeAll(box);
    QCOMPARE(events.size(), 3U);
    QCOMPARE(std::get<PreviewReady>(events[1].body).step, 3);
    QCOMPARE(std::get<PreviewReady>(events[2].body).step, 2);
}

void TestMailbox::foldsWhatASessionAnswers() {
    Mailbox box;
    std::uint64_t sequence = 0;
    for (std::uint64_t revision = 1; revision <= 600; ++revision)
        for (const JobId job : {JobId(1), JobId(2)})
            for (const char* kind : {"picture", "ring"}) {
                Event event = preview(job, ++sequence, kind, 0);
                std::get<PreviewReady>(event.body).revision = revision;
                box.post(std::move(event));
            }
    const auto events = takeAll(box);
    QCOMPARE(events.size(), 4U);  // one for each job and kind
    for (const Event& event : events) QCOMPARE(std::get<PreviewReady>(event.body).revision, 600U);
}

void TestMailbox::foldsTilesOfOnePlace() {
    Mailbox box;
    for (std::uint64_t revision = 1; revision <= 50; ++revision)
        for (int x = 0; x < 3; ++x) box.post({1, revision, TileReady{{64 * x, 0, 64, 64}, revision, {}}});
    box.post({2, 51, TileReady{{0, 0, 64, 64}, 7, {}}});
    const auto events = takeAll(box);
    QCOMPARE(events.size(), 4U);
    for (std::size_t i = 0; i < 3; ++i) {
        QCOMPARE(std::get<TileReady>(events[i].body).revision, 50U);
        QCOMPARE(std::get<TileReady>(events[i].body).rect.x, int(64 * i));
    }
}

void TestMailbox::foldsNothingAcrossAChangeOfState() {
    Mailbox box;
    box.post(progress(1, 1, 10));
    box.post({1, 2, JobStateChanged{RunState::Paused}});
    box.post({2, 3, JobStateChanged{RunState::Running}});
    box.post(progress(1, 4, 20));
    const auto events = takeAll(box);
    QCOMPARE(events.size(), 4U);
    QCOMPARE(std::get<JobProgress>(events[3].body).done, 20);
}

void TestMailbox::wakesOnlyWhenItTurnsNonEmpty() {
    Mailbox box;
    int wakes = 0;
    box.setWake([&] { ++wakes; });
    box.post(progress(1, 1, 1));
    box.post(progress(1, 2, 2));
    box.post({1, 3, Notice{}});
    QCOMPARE(wakes, 1);
    takeAll(box);
    QCOMPARE(wakes, 1);
    box.post(progress(1, 4, 3));
    QCOMPARE(wakes, 2);
    takeAll(box);
    box.setWake({});
    box.post(progress(1, 5, 4));
    QCOMPARE(wakes, 2);
}

void TestMailbox::losesNothingBetweenThreads() {
    Mailbox box;
    constexpr int kPosts = 2000, kThreads = 3;
    std::atomic<int> left{kThreads};
    std::vector<std::jthread> posters;
    for (int t = 0; t < kThreads; ++t)
        posters.emplace_back([&box, &left, t] {
            for (int i = 0; i < kPosts; ++i) {
                const auto job = static_cast<JobId>(t + 1);
                const auto sequence = static_cast<std::uint64_t>(i);
                box.post(i % 2 ? Event{job, sequence, Notice{}} : Event{job, sequence, MetricBatch{{i}, {static_cast<float>(i)}}});
            }
            --left;
        });
    std::vector<Event> all;
    for (bool last = false; !last;) {
        last = left == 0;
        box.take(all);
    }
    std::size_t notices = 0, rows = 0;
    std::vector<std::int64_t> lastStep(kThreads + 1, -1);
    for (const Event& event : all) {
        if (std::holds_alternative<Notice>(event.body)) ++notices;
        if (const auto* batch = std::get_if<MetricBatch>(&event.body)) {
            for (const std::int64_t step : batch->steps) {
                QVERIFY(step > lastStep[event.job]);
                lastStep[event.job] = step;
                ++rows;
            }
        }
    }
    QCOMPARE(notices, static_cast<std::size_t>(kPosts * kThreads / 2));
    QCOMPARE(rows, static_cast<std::size_t>(kPosts * kThreads / 2));
}

}  // namespace

QTEST_APPLESS_MAIN(TestMailbox)
#include "tst_mailbox.moc"
