// What a reader shows of a run: while it is written, after it was resumed, and of damaged files what is whole.
#include <csignal>
#include <random>
#include <set>

#include "core/image/image.h"
#include "tests/support/run_fixture.h"

using namespace imago;
using namespace imago::test;

namespace {

class TestRunReader : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void init() { m_folder.emplace(); }
    void polledPiecemeal();
    void resumeSupersedes();
    void resumeSeenLive();
    void lostResumeNote();
    void tornTailThenResume();
    void truncationMetrics();
    void truncationEvents();
    void flipsAreDetected();
    void followsAnotherProcess();

  private:
    fs::path path(const char* name = "run") const { return m_folder->path(name); }
    std::optional<RunsFolder> m_folder;
};

void TestRunReader::polledPiecemeal() {
    const auto writer = create(path());
    const auto reading = reader(path());
    Listener listener;
    std::vector<MetricRow> expected;
    for (int i = 0; i < 40; ++i) {
        const auto more = rows(i * 3, i * 3 + i % 4);
        QVERIFY(writer->appendMetrics(more).ok());
        QVERIFY(writer->appendEvent(notice(i)).ok());
        expected = joined(expected, more);
        const auto update = poll(*reading);
        QCOMPARE(update.rows.size(), more.size());
        QCOMPARE(update.events.size(), 1U);
        QCOMPARE(update.truncateAt, std::int64_t(-1));
        listener.apply(update);
        QVERIFY(listener.shows(expected));
        QVERIFY(poll(*reading).rows.empty());
    }
    QVERIFY(reading->writerAlive());
    // Seen in the middle of a write: the rest comes with the next poll, nothing is lost or damaged.
    const std::string all = slurp(path() / "metrics.bin"), lines = slurp(path() / "events.jsonl");
    fs::create_directories(path("copy"));
    fs::copy_file(path() / "run.json", path("copy") / "run.json");
    spill(path("copy") / "metrics.bin", "");
    spill(path("copy") / "events.jsonl", "");
    const auto following = reader(path("copy"));
    Listener follower;
    const std::size_t header = all.size() - expected.size() * 20;
    for (std::size_t cut = header; cut <= all.size(); cut += 7) {
        std::ofstream(path("copy") / "metrics.bin", std::ios::binary) << all.substr(0, cut);
        std::ofstream(path("copy") / "events.jsonl", std::ios::binary) << lines.substr(0, lines.size() * cut / all.size());
        follower.apply(poll(*following));
    }
    std::ofstream(path("copy") / "metrics.bin", std::ios::binary) << all;
    std::ofstream(path("copy") / "events.jsonl", std::ios::binary) << lines;
    follower.apply(poll(*following));
    QVERIFY(follower.shows(expected));
    QCOMPARE(follower.events.size(), listener.events.size());
    QCOMPARE(follower.damaged, 0);
}

void TestRunReader::resumeSupersedes() {
    PreviewReady preview;
    preview.image = std::make_shared<Image>(2, 2, 1);
    {
        const auto writer = create(path());
        QVERIFY(writer->appendMetrics(rows(0, 100)).ok());
        for (const std::int64_t step : {0, 60, 90}) {
            preview.step = step;
            QVERIFY(writer->writePreview(preview).ok());
        }
    }
    const std::string before = slurp(path() / "metrics.bin");
    {
        const auto writer = reopen(path());
        QVERIFY(writer->appendResumed(60).ok());
        // Already without new rows the old ones are gone for readers.
        QVERIFY(readAll(path()).shows(rows(0, 60)));
        QVERIFY(writer->appendMetrics(rows(60, 80, 1)).ok());
    }
    {
        const auto writer = reopen(path());
        QVERIFY(writer->appendResumed(70).ok());
        QVERIFY(writer->appendMetrics(rows(70, 120, 2)).ok());
    }
    QCOMPARE(slurp(path() / "metrics.bin").substr(0, before.size()), before);  // nothing was truncated
    const auto update = poll(*reader(path()));
    Listener listener;
    listener.apply(update);
    QVERIFY(listener.shows(joined(joined(rows(0, 60), rows(60, 70, 1)), rows(70, 120, 2))));
    QCOMPARE(update.truncateAt, std::int64_t(-1));
    QCOMPARE(update.previews.size(), 2U);  // 90 belongs to what was superseded, 60 shows the weights that were resumed
    QCOMPARE(update.previews.back().step, 60);
}

void TestRunReader::resumeSeenLive() {
    auto writer = create(path());
    const auto reading = reader(path());
    Listener listener;
    QVERIFY(writer->appendMetrics(rows(0, 100)).ok());
    listener.apply(poll(*reading));
    writer.reset();
    writer = reopen(path());
    QVERIFY(writer->appendResumed(40).ok());
    QVERIFY(writer->appendMetrics(rows(40, 45, 1)).ok());
    const auto update = poll(*reading);
    QCOMPARE(update.truncateAt, std::int64_t(40));
    listener.apply(update);
    QVERIFY(listener.shows(joined(rows(0, 40), rows(40, 45, 1))));
    QVERIFY(writer->appendMetrics(rows(45, 50, 1)).ok());
    listener.apply(poll(*reading));
    QVERIFY(listener.shows(joined(rows(0, 40), rows(40, 50, 1))));
    QVERIFY(listener.shows(readAll(path()).shown));
}

void TestRunReader::lostResumeNote() {
    // The note was lost with the power, the rows were not: steps that fall back speak for themselves.
    const auto writer = create(path());
    const auto reading = reader(path());
    Listener listener;
    QVERIFY(writer->appendMetrics(rows(0, 30)).ok());
    listener.apply(poll(*reading));
    QVERIFY(writer->appendMetrics(rows(20, 25, 1)).ok());
    listener.apply(poll(*reading));
    QVERIFY(listener.shows(joined(rows(0, 20), rows(20, 25, 1))));
    QVERIFY(readAll(path()).shows(listener.shown));
}

void TestRunReader::tornTailThenResume() {
    QVERIFY(create(path())->appendMetrics(rows(0, 10)).ok());
    QVERIFY(reopen(path())->appendEvent(notice(1)).ok());
    const std::string metrics = slurp(path() / "metrics.bin"), events = slurp(path() / "events.jsonl");
    for (const std::size_t cut : {1, 3, 11, 19}) {
        spill(path() / "metrics.bin", metrics.substr(0, metrics.size() - cut));
        spill(path() / "events.jsonl", events + events.substr(0, cut));
        QVERIFY(readAll(path()).shows(rows(0, 9)));
        const auto reading = reader(path());
        Listener follower;
        follower.apply(poll(*reading));
        const auto writer = reopen(path());
        QVERIFY(writer->appendResumed(9).ok());
        QVERIFY(writer->appendMetrics(rows(9, 30, 1)).ok());
        follower.apply(poll(*reading));
        const Listener later = readAll(path());
        QVERIFY(later.shows(joined(rows(0, 9), rows(9, 30, 1))));
        QVERIFY(follower.shows(later.shown));
        QCOMPARE(later.events.size(), 2U);
        QCOMPARE(later.damaged, 2);  // the torn row and the torn line
    }
}

void TestRunReader::truncationMetrics() {
    const auto expected = rows(0, 64);
    QVERIFY(create(path())->appendMetrics(expected).ok());
    const std::string all = slurp(path() / "metrics.bin");
    const std::size_t header = all.size() - expected.size() * 20;
    std::set<std::size_t> lengths{0, 1, header - 1, header, all.size() - 1};
    for (std::size_t i = 0; lengths.size() < 200; ++i) lengths.insert(i * 37 % all.size());
    for (const std::size_t length : lengths) {
        spill(path() / "metrics.bin", all.substr(0, length));
        const std::size_t whole = length > header ? (length - header) / 20 : 0;
        const Listener listener = readAll(path());
        QVERIFY(listener.shows(rows(0, static_cast<std::int64_t>(whole))));
        QCOMPARE(listener.damaged, length < header ? 1 : 0);
        const auto writer = RunWriter::open(path());
        QCOMPARE(writer.ok(), length >= header);
        if (!writer) QVERIFY(writer.error().text().find("metrics.bin") != std::string::npos);
    }
    QCOMPARE(lengths.size(), 200U);
}

void TestRunReader::truncationEvents() {
    {
        const auto writer = create(path());
        for (int i = 0; i < 20; ++i) QVERIFY(writer->appendEvent(notice(i)).ok());
    }
    const std::string all = slurp(path() / "events.jsonl");
    std::set<std::size_t> lengths{0, 1, all.size() - 1, all.size()};
    for (std::size_t i = 0; lengths.size() < 200; ++i) lengths.insert(i * 31 % all.size());
    for (const std::size_t length : lengths) {
        spill(path() / "events.jsonl", all.substr(0, length));
        const Listener listener = readAll(path());
        const auto whole = std::count(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(length), '\n');
        QCOMPARE(listener.events.size(), static_cast<std::size_t>(whole));  // only the torn last one is lost
        QCOMPARE(listener.damaged, 0);
        for (std::size_t i = 0; i < listener.events.size(); ++i) QVERIFY(listener.events[i]["step"] == i);
    }
}

void TestRunReader::flipsAreDetected() {
    const auto expected = rows(0, 60);
    {
        const auto writer = create(path());
        QVERIFY(writer->appendMetrics(expected).ok());
        for (int i = 0; i < 10; ++i) QVERIFY(writer->appendEvent(notice(i)).ok());
    }
    const Listener intact = readAll(path());
    std::mt19937 rng(11);
    int detected = 0;
    constexpr int kFlips = 2000;
    for (int i = 0; i < kFlips; ++i) {
        const bool inMetrics = i % 2 == 0;
        const fs::path file = path() / (inMetrics ? "metrics.bin" : "events.jsonl");
        const std::string good = slurp(file);
        std::string bad = good;
        char& victim = bad[rng() % bad.size()];
        if (i % 4 < 2) {
            victim = static_cast<char>(victim ^ (1 << rng() % 8));
        } else {
            const char old = victim;
            while (victim == old) victim = static_cast<char>(rng());
        }
        spill(file, bad);
        const Listener listener = readAll(path());
        spill(file, good);
        // Nothing that was changed is believed ...
        for (const MetricRow& shown : listener.shown)
            QVERIFY(shown.step >= 0 && shown.step < 60 && sameRow(shown, expected[static_cast<std::size_t>(shown.step)]));
        for (const Json& event : listener.events)
            QVERIFY(std::find(intact.events.begin(), intact.events.end(), event) != intact.events.end());
        // ... little is lost, and it is said (a last line without its end counts as not yet written).
        QVERIFY(listener.shown.size() + 1 >= expected.size());
        QVERIFY(listener.events.size() + 2 >= intact.events.size());
        const bool tornLine = !inMetrics && bad.back() != '\n' && listener.events.size() + 1 == intact.events.size();
        detected += listener.damaged > 0 || tornLine;
    }
    QCOMPARE(detected, kFlips);
}

void TestRunReader::followsAnotherProcess() {
    create(path());
    int ask[2], answer[2];
    QCOMPARE(::pipe(ask), 0);
    QCOMPARE(::pipe(answer), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto writer = reopen(path());
        char word = 0;
        for (std::int64_t round = 0; ::read(ask[0], &word, 1) == 1; ++round) {
            const bool fine = writer->appendMetrics(rows(round * 10, round * 10 + 10)).ok() && writer->appendEvent(notice(round)).ok();
            word = fine ? 'y' : 'n';
            if (::write(answer[1], &word, 1) != 1) break;
        }
        ::_exit(0);
    }
    const auto reading = reader(path());
    Listener listener;
    for (int round = 0; round < 20; ++round) {
        char word = 'n';
        QCOMPARE(::write(ask[1], &word, 1), ssize_t(1));
        QCOMPARE(::read(answer[0], &word, 1), ssize_t(1));
        QCOMPARE(word, 'y');
        listener.apply(poll(*reading));
        QVERIFY(listener.shows(rows(0, round * 10 + 10)));
        QCOMPARE(listener.events.size(), static_cast<std::size_t>(round + 1));
        QVERIFY(reading->writerAlive());
    }
    ::kill(child, SIGKILL);
    statusOf(child);
    QVERIFY(!reading->writerAlive());
    const auto writer = reopen(path());
    QVERIFY(writer->appendResumed(150).ok());
    listener.apply(poll(*reading));
    QVERIFY(listener.shows(rows(0, 150)));
    for (const int end : {ask[0], ask[1], answer[0], answer[1]}) ::close(end);
}

}  // namespace

QTEST_APPLESS_MAIN(TestRunReader)
#include "tst_run_reader.moc"
