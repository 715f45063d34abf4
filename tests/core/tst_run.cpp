// A run as a folder: what is written, refused and listed.
#include <sys/resource.h>

#include <csignal>

#include "core/image/image.h"
#include "core/image/png.h"
#include "tests/support/run_fixture.h"

using namespace imago;
using namespace imago::test;

namespace {

class TestRun : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void init() { m_folder.emplace(); }
    void foldersAndJson();
    void secondCreateIsRefused();
    void otherVersionsAreRefused();
    void roundTrip();
    void manyRowsAtOnce();
    void previews();
    void fullDisk();
    void lists();

  private:
    fs::path path(const char* name = "run") const { return m_folder->path(name); }
    std::optional<RunsFolder> m_folder;
};

void TestRun::foldersAndJson() {
    RunInfo info = someInfo();
    info.user = Json{{"name", "My first"}, {"starred", true}};
    {
        auto writer = RunWriter::create(path(), info);
        QVERIFY(writer.ok());
        QVERIFY((*writer)->info().json["schema"] == 1);
        QVERIFY((*writer)->info().json["id"] == "run");
        QCOMPARE((*writer)->info().json["created"].get<std::string>().size(), std::size_t(24));  // 2026-01-31T23:59:59.123Z
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
    // What is left of a creation that was killed before it wrote run.json is not a run; its folder is used again.
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
        QVERIFY(writer->appendMetrics(rows(0, 7)).ok());  // not the number of rows of any grid
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
