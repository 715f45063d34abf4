// Who may write a run: one at a time, also beside other processes and after one that was killed.
#include <fcntl.h>
#include <sched.h>

#include <csignal>

#include "tests/support/run_fixture.h"

using namespace imago;
using namespace imago::test;

namespace {

class TestRunLock : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void init() { m_folder.emplace(); }
    void lockInOneProcess();
    void lockSurvivesKill();
    void lockOfAnotherComputer();
    void neverTwoWriters();

  private:
    fs::path path(const char* name = "run") const { return m_folder->path(name); }
    std::optional<RunsFolder> m_folder;
};

void TestRunLock::lockInOneProcess() {
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

void TestRunLock::lockSurvivesKill() {
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

void TestRunLock::lockOfAnotherComputer() {
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

void TestRunLock::neverTwoWriters() {
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

}  // namespace

QTEST_APPLESS_MAIN(TestRunLock)
#include "tst_run_lock.moc"
