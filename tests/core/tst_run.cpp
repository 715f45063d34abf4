// Runs as folders: what is written is what is read, live and later, also after damage and beside other processes.
#include "core/engine/run.h"

#include <QTemporaryDir>
#include <QtTest>

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "core/engine/run_lock.h"
#include "core/image/image.h"
#include "core/image/png.h"

using namespace imago;
namespace fs = std::filesystem;

namespace {

std::string slurp(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

void spill(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

RunInfo someInfo() {
    RunInfo info;
    info.json = Json{{"family", "diffusion"}, {"data", "shapes"}, {"seed", 7}, {"metric_names", {"loss", "rate"}}};
    return info;
}

MetricRow row(std::int64_t step, float generation = 0) {
    return {step, {static_cast<float>(step) * 0.5F, generation}};
}

std::vector<MetricRow> rows(std::int64_t from, std::int64_t to, float generation = 0) {
    std::vector<MetricRow> out;
    for (std::int64_t step = from; step < to; ++step) out.push_back(row(step, generation));
    return out;
}

Event notice(std::int64_t step) {
    Notice body;
    body.id = "health";
    body.text.message = "all is well";
    body.step = step;
    return {1, static_cast<std::uint64_t>(step), body};
}

bool sameRow(const MetricRow& a, const MetricRow& b) {
    return a.step == b.step && a.values.size() == b.values.size() &&
           std::equal(a.values.begin(), a.values.end(), b.values.begin(),
                      [](float x, float y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

// What a listener shows: it applies updates as run.h says.
struct Listener {
    std::vector<MetricRow> shown;
    std::vector<Json> events;
    int damaged = 0;
    void apply(const RunReader::Update& update) {
        if (update.truncateAt >= 0) std::erase_if(shown, [&](const MetricRow& r) { return r.step >= update.truncateAt; });
        shown.insert(shown.end(), update.rows.begin(), update.rows.end());
        events.insert(events.end(), update.events.begin(), update.events.end());
        damaged += update.damaged;
    }
    bool shows(const std::vector<MetricRow>& expected) const {
        return std::equal(shown.begin(), shown.end(), expected.begin(), expected.end(), sameRow);
    }
};

std::unique_ptr<RunWriter> create(const fs::path& folder) {
    auto writer = RunWriter::create(folder, someInfo());
    if (!writer) qFatal("%s", writer.error().text().c_str());
    return std::move(*writer);
}

std::unique_ptr<RunWriter> reopen(const fs::path& folder) {
    auto writer = RunWriter::open(folder);
    if (!writer) qFatal("%s", writer.error().text().c_str());
    return std::move(*writer);
}

std::unique_ptr<RunReader> reader(const fs::path& folder) {
    auto opened = RunReader::open(folder);
    if (!opened) qFatal("%s", opened.error().text().c_str());
    return std::move(*opened);
}

RunReader::Update poll(RunReader& from) {
    auto update = from.poll();
    if (!update) qFatal("%s", update.error().text().c_str());
    return std::move(*update);
}

Listener readAll(const fs::path& folder) {
    Listener listener;
    listener.apply(poll(*reader(folder)));
    return listener;
}

std::vector<MetricRow> joined(std::vector<MetricRow> a, const std::vector<MetricRow>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

int statusOf(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

class TestRun : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void init() {
        // In memory where there is such a place: thousands of files are written, and none of these tests is about the disk.
        const bool inMemory = ::access("/dev/shm", W_OK) == 0;
        m_dir =
            std::make_unique<QTemporaryDir>(inMemory ? QStringLiteral("/dev/shm/tst_run-XXXXXX") : QDir::tempPath() + "/tst_run-XXXXXX");
        QVERIFY(m_dir->isValid());
    }
    void foldersAndJson();
    void secondCreateIsRefused();
    void otherVersionsAreRefused();
    void roundTrip();
    void polledPiecemeal();
    void manyRowsAtOnce();
    void previews();
    void resumeSupersedes();
    void resumeSeenLive();
    void lostResumeNote();
    void tornTailThenResume();
    void truncationMetrics();
    void truncationEvents();
    void flipsAreDetected();
    void fullDisk();
    void lockInOneProcess();
    void lockSurvivesKill();
    void lockOfAnotherComputer();
    void neverTwoWriters();
    void followsAnotherProcess();
    void lists();

  private:
    fs::path path(const char* name = "run") const { return fs::path(m_dir->path().toStdString()) / name; }
    std::unique_ptr<QTemporaryDir> m_dir;
};

void TestRun::foldersAndJson() {
    RunInfo info = someInfo();
    info.user = Json{{"name", "My first"}, {"starred", true}};
    {
        auto writer = RunWriter::create(path(), info);
        QVERIFY(writer.ok());
        QVERIFY((*writer)->info().json["schema"] == 1);
        QVERIFY((*writer)->info().json["id"] == "run");
        for (const char* part :
             {"run.json", "user.json", "metrics.bin", "events.jsonl", "previews", "checkpoints", "snapshots", "run.lock"})
            QVERIFY2(fs::exists(path() / part), part);
        QVERIFY((*writer)->setUser(Json{{"name", "renamed"}}).ok());
    }
    QVERIFY(!fs::exists(path() / "run.lock"));
    const auto reading = reader(path());
    QVERIFY(reading->info().json["family"] == "diffusion");
    QVERIFY(reading->info().user["name"] == "renamed");
    QVERIFY(!reading->writerAlive());
    // Words about the run that cannot be read do not stand in its way.
    spill(path() / "user.json", "{broken");
    QVERIFY(reader(path())->info().user.empty());
}

void TestRun::secondCreateIsRefused() {
    create(path());
    const auto again = RunWriter::create(path(), someInfo());
    QVERIFY(!again.ok());
    QVERIFY(again.error().code == ErrorCode::BadInput);
    const auto missing = RunWriter::open(path("nowhere"));
    QVERIFY(!missing.ok());
    QVERIFY(missing.error().text().find("nowhere") != std::string::npos);
    QVERIFY(!RunReader::open(path("nowhere")).ok());
    // What a creation left that was killed before run.json is no run, and is used again.
    fs::create_directories(path("half"));
    spill(path("half") / "metrics.bin", "rubbish");
    create(path("half"))->appendMetrics(rows(0, 3)).ok();
    QVERIFY(readAll(path("half")).shows(rows(0, 3)));
}

void TestRun::otherVersionsAreRefused() {
    create(path());
    std::string text = slurp(path() / "run.json");
    const auto at = text.find("\"schema\": 1");
    QVERIFY(at != std::string::npos);
    text.replace(at, 11, "\"schema\": 8");
    spill(path() / "run.json", text);
    for (const Error& error : {RunReader::open(path()).error(), RunWriter::open(path()).error()}) {
        QVERIFY(error.text().find('8') != std::string::npos);
        QVERIFY(error.text().find("version 1") != std::string::npos);
    }
}

void TestRun::roundTrip() {
    const float nan = std::nanf("");
    std::vector<MetricRow> written = rows(0, 50);
    written.push_back({50, {nan, INFINITY}});
    written.push_back({1000000000000, {-0.0F, 1e-40F}});
    {
        const auto writer = create(path());
        QVERIFY(writer->appendMetrics(written).ok());
        QVERIFY(writer->appendMetrics({{1000000000001, {1.0F}}}).ok());  // a missing value is "not measured"
        QVERIFY(writer->appendEvent(notice(3)).ok());
        QVERIFY(writer->appendEvent({1, 9, JobProgress{}}).ok());
        QVERIFY(writer->appendEvent({1, 9, MetricBatch{}}).ok());
        QVERIFY(writer->appendEvent(notice(4)).ok());
        QVERIFY(writer->sync().ok());
    }
    written.push_back({1000000000001, {1.0F, nan}});
    const Listener listener = readAll(path());
    QVERIFY(listener.shows(written));
    QCOMPARE(listener.damaged, 0);
    QCOMPARE(listener.events.size(), 2U);  // only the rare ones
    QVERIFY(listener.events[1]["step"] == 4);
    QVERIFY(listener.events[1]["time"].get<std::string>().size() == 24);
    QVERIFY(eventFromJson(listener.events[1]).ok());
}

void TestRun::polledPiecemeal() {
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

void TestRun::manyRowsAtOnce() {
    const auto expected = rows(0, 200000);  // several pieces of a reading
    QVERIFY(create(path())->appendMetrics(expected).ok());
    QVERIFY(readAll(path()).shows(expected));
}

void TestRun::previews() {
    auto image = std::make_shared<Image>(8, 4, 3);
    for (std::size_t i = 0; i < image->byteCount(); ++i) image->data()[i] = static_cast<std::uint8_t>(i * 7);
    PreviewReady preview;
    preview.step = 128;
    preview.columns = 2;
    preview.rows = 1;
    preview.seeds = {5, 18446744073709551615ULL};
    preview.labels = {"Bag", "Boot"};
    preview.image = image;
    {
        const auto writer = create(path());
        QVERIFY(writer->appendMetrics(rows(0, 7)).ok());  // as many rows of metrics as no grid has
        const auto file = writer->writePreview(preview);
        QVERIFY(file.ok());
        QCOMPARE(*file, std::string("previews/00000128.png"));
        preview.kind = "data";
        QCOMPARE(*writer->writePreview(preview), std::string("previews/00000128-data.png"));
        preview.image = nullptr;
        QVERIFY(!writer->writePreview(preview).ok());
    }
    const std::string bytes = slurp(path() / "previews/00000128.png");
    const auto decoded = decodePng(bytesOf(bytes), "preview");
    QVERIFY(decoded.ok());
    QVERIFY(*decoded == *image);
    QVERIFY(Json::parse(slurp(path() / "previews/00000128.json"))["seeds"][1] == 18446744073709551615ULL);
    const auto update = poll(*reader(path()));
    QCOMPARE(update.previews.size(), 2U);
    QCOMPARE(update.previews[0].file, std::string("previews/00000128.png"));
    QVERIFY(update.previews[0].seeds == preview.seeds && update.previews[0].labels == preview.labels);
    QCOMPARE(update.previews[0].columns, 2);
    QCOMPARE(update.previews[0].rows, 1);
    QVERIFY(update.events.empty());
}

void TestRun::resumeSupersedes() {
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

void TestRun::resumeSeenLive() {
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

void TestRun::lostResumeNote() {
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

void TestRun::tornTailThenResume() {
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

void TestRun::truncationMetrics() {
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

void TestRun::truncationEvents() {
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

void TestRun::flipsAreDetected() {
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

void TestRun::fullDisk() {
    // A limit on the size of files stands in for a full disk: rows that did not fit are taken back whole.
    const auto writer = create(path());
    QVERIFY(writer->appendMetrics(rows(0, 10)).ok());
    const pid_t child = ::fork();
    if (child == 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        struct rlimit limit {};
        limit.rlim_cur = limit.rlim_max = fs::file_size(path() / "metrics.bin") + 50;
        ::setrlimit(RLIMIT_FSIZE, &limit);
        const auto refused = writer->appendMetrics(rows(10, 20));
        const bool named =
            !refused.ok() && refused.error().code == ErrorCode::Disk && refused.error().text().find("metrics.bin") != std::string::npos;
        const bool two = writer->appendMetrics(rows(10, 12)).ok();
        ::_exit(named && two ? 0 : 1);
    }
    QCOMPARE(statusOf(child), 0);
    const Listener listener = readAll(path());
    QVERIFY(listener.shows(rows(0, 12)));
    QCOMPARE(listener.damaged, 0);
}

void TestRun::lockInOneProcess() {
    auto first = create(path());
    const auto second = RunWriter::open(path());
    QVERIFY(!second.ok());
    QVERIFY(second.error().code == ErrorCode::Busy);
    QVERIFY(second.error().text().find(std::to_string(::getpid())) != std::string::npos);
    // Readers neither disturb nor are disturbed.
    const auto reading = reader(path());
    for (int i = 0; i < 10; ++i) QVERIFY(reading->writerAlive());
    first.reset();
    QVERIFY(!reading->writerAlive());
    QVERIFY(RunWriter::open(path()).ok());
}

void TestRun::lockSurvivesKill() {
    create(path());
    int ready[2];
    QCOMPARE(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto writer = RunWriter::open(path());
        const char answer = writer.ok() ? 'y' : 'n';
        if (::write(ready[1], &answer, 1) != 1) ::_exit(1);
        while (true) ::pause();
    }
    char answer = 0;
    QCOMPARE(::read(ready[0], &answer, 1), ssize_t(1));
    QCOMPARE(answer, 'y');
    const auto reading = reader(path());
    QVERIFY(reading->writerAlive());
    const auto refused = RunWriter::open(path());
    QVERIFY(!refused.ok());
    QVERIFY(refused.error().code == ErrorCode::Busy);
    QVERIFY(refused.error().text().find(std::to_string(child)) != std::string::npos);
    QVERIFY(!refused.error().remedy.empty());
    ::kill(child, SIGKILL);
    QVERIFY(WIFSIGNALED(statusOf(child)));
    QVERIFY(fs::exists(path() / "run.lock"));  // left behind by the killed
    QVERIFY(!reading->writerAlive());
    QVERIFY(RunWriter::open(path()).ok());
    QVERIFY(!fs::exists(path() / "run.lock"));
    ::close(ready[0]);
    ::close(ready[1]);
}

void TestRun::lockOfAnotherComputer() {
    create(path());
    const auto lockText = [](const std::string& host, const std::string& boot, long pid) {
        return Json{{"pid", pid}, {"host", host}, {"boot", boot}, {"start", "1"}}.dump() + "\n";
    };
    spill(path() / "run.lock", lockText("atelier-7", "00000000-1111-2222-3333-444444444444", 4242));
    const auto refused = RunWriter::open(path());
    QVERIFY(!refused.ok());
    QVERIFY(refused.error().code == ErrorCode::Busy);
    const std::string text = refused.error().text();
    for (const char* part : {"atelier-7", "4242", "run.lock"}) QVERIFY2(text.find(part) != std::string::npos, text.c_str());
    QVERIFY(fs::exists(path() / "run.lock"));  // left as it was
    fs::remove(path() / "run.lock");
    QVERIFY(RunWriter::open(path()).ok());

    // This computer before it was started anew; a number that another process has now; a torn file.
    char host[256] = {};
    ::gethostname(host, sizeof host - 1);
    std::string boot = slurp("/proc/sys/kernel/random/boot_id");
    boot.pop_back();
    for (const std::string& left : {lockText(host, "00000000-1111-2222-3333-444444444444", ::getpid()), lockText(host, boot, ::getpid()),
                                    std::string("{\"pid\": 12"), std::string()}) {
        spill(path() / "run.lock", left);
        QVERIFY(!reader(path())->writerAlive());
        QVERIFY2(RunWriter::open(path()).ok(), left.c_str());
    }
}

// Waits for its turn, makes sure that it is alone, writes a row, and leaves in the ordinary way or by being killed.
[[noreturn]] void contend(const fs::path& folder, int start, bool die) {
    char gate = 0;
    if (::read(start, &gate, 1) < 0) ::_exit(4);  // until all are there
    while (true) {
        const auto writer = RunWriter::open(folder);
        if (!writer) {
            if (writer.error().code != ErrorCode::Busy) ::_exit(5);
            ::sched_yield();
            continue;
        }
        const std::string marker = (folder / "inside").string();
        const int inside = ::open(marker.c_str(), O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (inside < 0) ::_exit(3);  // two writers
        if (!(*writer)->appendMetrics(rows(0, 1)).ok()) ::_exit(6);
        ::unlink(marker.c_str());
        if (die) ::raise(SIGKILL);
        break;
    }
    ::_exit(0);
}

void TestRun::neverTwoWriters() {
    create(path());
    for (int round = 0; round < 200; ++round) {
        int gate[2];
        QCOMPARE(::pipe(gate), 0);
        std::vector<pid_t> children;
        for (int i = 0; i < 3; ++i) {
            const pid_t child = ::fork();
            if (child == 0) {
                ::close(gate[1]);
                contend(path(), gate[0], (round + i) % 2 == 0);
            }
            children.push_back(child);
        }
        ::close(gate[0]);
        ::close(gate[1]);  // opens the gate
        for (std::size_t i = 0; i < children.size(); ++i) {
            const int status = statusOf(children[i]);
            if ((round + static_cast<int>(i)) % 2 == 0) {
                QVERIFY2(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, qPrintable(QString::number(status)));
            } else {
                QVERIFY2(WIFEXITED(status) && WEXITSTATUS(status) == 0, qPrintable(QString::number(WEXITSTATUS(status))));
            }
        }
    }
    // Every one of them came to write its row.
    const auto size = fs::file_size(path() / "metrics.bin");
    QCOMPARE(size % 20, (size - 600 * 20) % 20);
    const auto writer = reopen(path());
    QVERIFY(readAll(path()).shows(rows(0, 1)));
    QCOMPARE(readAll(path()).damaged, 0);
}

void TestRun::followsAnotherProcess() {
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

void TestRun::lists() {
    const auto withDate = [](const char* date) {
        RunInfo info = someInfo();
        info.json["created"] = date;
        return info;
    };
    QVERIFY(listRuns(path("nothing")).empty());
    QVERIFY(RunWriter::create(path("root/old"), withDate("2024-01-01T00:00:00.000Z")).ok());
    QVERIFY(RunWriter::create(path("root/project/new"), withDate("2026-01-01T00:00:00.000Z")).ok());
    QVERIFY(RunWriter::create(path("root/middle"), withDate("2025-01-01T00:00:00.000Z")).ok());
    fs::create_directories(path("root/empty"));
    fs::create_directories(path("root/broken"));
    spill(path("root/broken") / "run.json", "{");
    const std::vector<fs::path> expected{path("root/project/new"), path("root/middle"), path("root/old"), path("root/broken")};
    QVERIFY(listRuns(path("root")) == expected);

    const QByteArray before = qgetenv("XDG_DATA_HOME"), home = qgetenv("HOME");
    qputenv("XDG_DATA_HOME", "/data");
    QCOMPARE(defaultRunsRoot().string(), std::string("/data/imago/runs"));
    qunsetenv("XDG_DATA_HOME");
    qputenv("HOME", "/home/u");
    QCOMPARE(defaultRunsRoot().string(), std::string("/home/u/.local/share/imago/runs"));
    qputenv("HOME", home);
    if (!before.isEmpty()) qputenv("XDG_DATA_HOME", before);
}

}  // namespace

QTEST_APPLESS_MAIN(TestRun)
#include "tst_run.moc"
