// links: imago_base
// DurableFile: old or new, never a third thing: with every operation failing in turn, after a loss of power at every
// point, on a full disk, and for awkward names.
#include "core/base/durable_file.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <map>
#include <random>

#include "core/tensor/safetensors.h"

using namespace imago;
namespace fs = std::filesystem;

namespace {

// Lets the n-th operation fail (or, for a write, be cut short).
class FaultyOps : public FileOps {
  public:
    int failAt = 0;     // 1 is the first
    int failure = EIO;  // 0: a short write of one byte, where it is a write
    bool touched = false;
    std::string failed;

    int open(const fs::path& path, int flags, int mode) override {
        return due("open") ? -failure : systemFileOps().open(path, flags, mode);
    }
    std::int64_t write(int descriptor, const void* data, std::size_t size) override {
        if (!due("write")) return systemFileOps().write(descriptor, data, size);
        return failure ? -failure : systemFileOps().write(descriptor, data, 1);
    }
    int sync(int descriptor) override { return due("sync") ? -failure : systemFileOps().sync(descriptor); }
    int close(int descriptor) override {
        const int got = systemFileOps().close(descriptor);  // a failed close has closed all the same
        return due("close") ? -failure : got;
    }
    int rename(const fs::path& from, const fs::path& to) override { return due("rename") ? -failure : systemFileOps().rename(from, to); }
    int remove(const fs::path& path) override { return systemFileOps().remove(path); }
    int makeFolder(const fs::path& path) override { return due("mkdir") ? -failure : systemFileOps().makeFolder(path); }

  private:
    int m_count = 0;
    bool due(const char* what) {
        if (++m_count != failAt) return false;
        if (failure == 0 && std::strcmp(what, "write") != 0) return false;
        touched = true;
        failed = what;
        return true;
    }
};

// A disk in memory that logs what was asked of it, and can be cut off at any point.
class LoggedDisk : public FileOps {
  public:
    struct Operation {
        enum Kind { Create, Write, SyncFile, Rename, Remove, SyncFolder } kind;
        int inode = 0;
        std::string name, to, bytes;
    };
    std::vector<Operation> log;
    std::map<std::string, std::string> initial;  // what is safely on the disk
    bool forgetSyncs = false, forgetFolderSyncs = false;

    int open(const fs::path& path, int flags, int) override {
        const int descriptor = ++m_last;
        if (flags & O_DIRECTORY) return m_folders[descriptor] = true, descriptor;
        m_open[descriptor] = ++m_inode;
        m_inodes[path.string()] = m_inode;
        log.push_back({Operation::Create, m_inode, path.string(), {}, {}});
        return descriptor;
    }
    std::int64_t write(int descriptor, const void* data, std::size_t size) override {
        size = std::min<std::size_t>(size, 10000);  // several operations for one big write
        log.push_back({Operation::Write, m_open.at(descriptor), {}, {}, {static_cast<const char*>(data), size}});
        return std::int64_t(size);
    }
    int sync(int descriptor) override {
        if (m_folders.count(descriptor)) {
            if (!forgetFolderSyncs) log.push_back({Operation::SyncFolder, 0, {}, {}, {}});
        } else if (!forgetSyncs) {
            log.push_back({Operation::SyncFile, m_open.at(descriptor), {}, {}, {}});
        }
        return 0;
    }
    int close(int) override { return 0; }
    int rename(const fs::path& from, const fs::path& to) override {
        log.push_back({Operation::Rename, m_inodes.at(from.string()), from.string(), to.string(), {}});
        return 0;
    }
    int remove(const fs::path& path) override {
        log.push_back({Operation::Remove, 0, path.string(), {}, {}});
        return 0;
    }
    int makeFolder(const fs::path&) override { return 0; }

    // One of the states that a disk may have after the first `count` operations and a loss of power: what was synced is
    // there; of the rest any part, in any order, with torn ends.
    std::map<std::string, std::string> stateAfter(std::size_t count, std::mt19937& rng) const {
        std::map<int, std::size_t> synced;
        std::size_t folderSynced = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (log[i].kind == Operation::SyncFile) synced[log[i].inode] = i;
            if (log[i].kind == Operation::SyncFolder) folderSynced = i;
        }
        std::map<int, std::string> contents;
        std::map<int, std::size_t> offset;
        std::map<std::string, std::string> files = initial;
        std::map<std::string, int> names;
        for (std::size_t i = 0; i < count; ++i) {
            const Operation& op = log[i];
            if (op.kind == Operation::Write) {
                const std::size_t at = offset[op.inode];
                offset[op.inode] += op.bytes.size();
                const bool safe = synced.count(op.inode) && synced[op.inode] > i;
                std::size_t keep = op.bytes.size();
                if (!safe) keep = rng() % 3 == 0 ? 0 : rng() % 2 ? keep : std::min(keep, rng() % 4 * 4096);  // dropped, whole, torn
                std::string& text = contents[op.inode];
                if (keep > 0) {
                    if (text.size() < at + keep) text.resize(at + keep, '\0');  // what was not written reads as zeros
                    text.replace(at, keep, op.bytes, 0, keep);
                }
                if (!safe && rng() % 4 == 0) text.resize(offset[op.inode], '\0');  // the length came before the bytes
            }
            const bool certain = i < folderSynced;
            if (op.kind == Operation::Create && (certain || rng() % 2)) names[op.name] = op.inode;
            if (op.kind == Operation::Rename && (certain || rng() % 2)) {
                names.erase(op.name);
                names[op.to] = op.inode;
            }
            if (op.kind == Operation::Remove && (certain || rng() % 2)) names.erase(op.name);
        }
        for (const auto& [name, inode] : names) files[name] = contents[inode];
        return files;
    }

  private:
    int m_last = 100, m_inode = 0;
    std::map<int, int> m_open;
    std::map<int, bool> m_folders;
    std::map<std::string, int> m_inodes;
};

std::vector<std::uint8_t> model(int version) {
    const std::vector<std::uint8_t> weights(30000, std::uint8_t(version));
    return *encodeSafetensors({{"w", DType::U8, {30000}, weights}}, {{"imago.version", std::to_string(version)}});
}

// 1 or 2 for a complete version, 0 for none, -1 for anything else.
int versionOf(const std::map<std::string, std::string>& files, const std::string& name) {
    const auto at = files.find(name);
    if (at == files.end()) return 0;
    const auto read = SafetensorsFile::parse({at->second.begin(), at->second.end()}, name);
    return read ? std::stoi(read->metadata().at("imago.version")) : -1;
}

int filesIn(const fs::path& folder) {
    return int(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

int openDescriptors() {
    return filesIn("/proc/self/fd");
}

struct Outcome {
    int states = 0, old = 0, fresh = 0, other = 0;
};

Outcome loseCurrent(LoggedDisk& disk, int states) {
    const std::string name = "/runs/x/weights.safetensors";
    const auto first = model(1), second = model(2);
    disk.initial[name] = {first.begin(), first.end()};
    Outcome out;
    if (!writeDurably(name, Bytes(second), disk)) return out;
    std::mt19937 rng(200);
    for (int i = 0; i < states; ++i) {
        const std::size_t count = std::size_t(i) % (disk.log.size() + 1);
        const int version = versionOf(disk.stateAfter(count, rng), name);
        ++out.states;
        if (version == 1 && count < disk.log.size())
            ++out.old;
        else if (version == 2)
            ++out.fresh;
        else
            ++out.other;  // also: the old one after commit() had returned
    }
    return out;
}

}  // namespace

class TestDurableFile : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void writesAndReplaces() {
        QTemporaryDir dir;
        const fs::path path = dir.filePath("x").toStdString();
        QVERIFY(writeDurably(path, "one"));
        QVERIFY(writeDurably(path, "zwei"));
        QCOMPARE(readTextFile(path).value(), std::string("zwei"));
        {
            auto file = DurableFile::create(path);
            QVERIFY(file && file->write(bytesOf("lost")));  // no commit
        }
        QCOMPARE(readTextFile(path).value(), std::string("zwei"));
        {
            auto file = DurableFile::create(path);
            DurableFile moved = std::move(*file);
            QVERIFY(moved.write(bytesOf("a")) && moved.write({}) && moved.write(bytesOf("b")) && moved.commit());
            QVERIFY(!moved.write(bytesOf("c")) && !moved.commit());
        }
        QCOMPARE(readTextFile(path).value(), std::string("ab"));
        QCOMPARE(filesIn(dir.path().toStdString()), 1);
        fs::create_symlink(path, dir.filePath("link").toStdString());
        QVERIFY(writeDurably(dir.filePath("link").toStdString(), "through"));
        QVERIFY(fs::is_symlink(dir.filePath("link").toStdString()));
        QCOMPARE(readTextFile(path).value(), std::string("through"));
    }

    void awkwardNames() {
        QTemporaryDir dir;
        const fs::path base = dir.path().toStdString();
        const std::vector<std::string> names{
            "图像 é🙂 空格", std::string(255, 'n'), "\"quoted'\n", "\xff\xfe not utf-8", "ש-שלום", "-rf"};
        for (const auto& name : names) {
            QVERIFY(makeFolders(base / "数据集" / name));
            const auto path = base / "数据集" / name / name;
            const auto written = writeDurably(path, "x");
            QVERIFY2(written, written ? "" : written.error().text().c_str());
            QCOMPARE(readTextFile(path).value(), std::string("x"));
        }
        const auto tooLong = writeDurably(base / std::string(256, 'n'), "x");
        QVERIFY(!tooLong && tooLong.error().text().find("shorter name") != std::string::npos);
        fs::remove_all(base);  // QTemporaryDir cannot remove a name that is not UTF-8
    }

    void errorsNameFileReasonAndRemedy() {
        QTemporaryDir dir;
        const fs::path base = dir.path().toStdString();
        const auto gone = writeDurably(base / "gone" / "x.png", "x");
        QVERIFY(!gone);
        QCOMPARE(gone.error().code, ErrorCode::Disk);
        const auto text = gone.error().text();
        QVERIFY2(text.find((base / "gone" / "x.png").string()) != std::string::npos &&
                     text.find("No such file or directory") != std::string::npos && text.find("folder still exists") != std::string::npos,
                 text.c_str());
        QVERIFY(writeDurably(base / "file", "x"));
        QVERIFY(!writeDurably(base / "file" / "below", "x"));
        QVERIFY(!makeFolders(base / "file" / "below"));
        QVERIFY(!writeDurably(base, "x"));  // a folder stands there
        QCOMPARE(filesIn(base), 1);
        QCOMPARE(filesIn(base.parent_path()) > 0, true);
        QVERIFY(readFile(base / "none").error().code == ErrorCode::BadInput);
        QVERIFY(readFile(base).error().text().find("not a file") != std::string::npos);
        QVERIFY(readFile(base / "file", 0).error().text().find("too large") != std::string::npos);
        QCOMPARE(readFileStart(base / "file", 100)->size(), std::size_t(1));
        QVERIFY(mkfifo((base / "pipe").c_str(), 0600) == 0);
        QVERIFY(!readFile(base / "pipe"));  // and does not wait for a writer
    }

    // T-IOERR
    void everyOperationFailsInTurn_data() {
        QTest::addColumn<int>("failure");
        for (int failure : {EIO, EACCES, EROFS, ENOSPC, EINTR, 0})
            QTest::newRow(failure ? std::strerror(failure) : "short write") << failure;
    }
    void everyOperationFailsInTurn() {
        QFETCH(int, failure);
        QTemporaryDir dir;
        const fs::path path = dir.filePath("weights").toStdString();
        const auto first = model(1), second = model(2);
        const int descriptors = openDescriptors();
        int failures = 0, successes = 0, operations = 0;
        for (int n = 1;; ++n) {
            QVERIFY(writeDurably(path, Bytes(first)));
            FaultyOps ops;
            ops.failAt = n;
            ops.failure = failure;
            const auto result = writeDurably(path, Bytes(second), ops);
            if (!ops.touched && failure) {
                QVERIFY(result);
                operations = n - 1;
                break;
            }
            const auto now = readFile(path).value();
            if (result) {
                ++successes;
                QVERIFY(now == second);
            } else {
                ++failures;
                QCOMPARE(result.error().code, ErrorCode::Disk);
                QVERIFY2(result.error().text().find(std::strerror(failure)) != std::string::npos, result.error().text().c_str());
                QVERIFY(!result.error().remedy.empty());
                QVERIFY(now == first || now == second);  // the new one only when the folder could not be synced after the rename
            }
            QCOMPARE(filesIn(dir.path().toStdString()), 1);  // nothing is left behind
            QCOMPARE(openDescriptors(), descriptors);
            QVERIFY(writeDurably(path, Bytes(second)));  // trying again works
            if (failure == 0 && n > 10) break;
        }
        qInfo("operations=%d failed=%d went_through=%d", operations, failures, successes);
        if (failure == 0) QVERIFY(failures == 0);
        if (failure == EIO) QVERIFY(failures >= 6 && operations == 8);
        // An interrupted write is written again; an interrupted close has closed.
        if (failure == EINTR) QVERIFY(successes >= 2);
    }

    void modelsAndFoldersFailCleanly() {
        QTemporaryDir dir;
        const fs::path base = dir.path().toStdString();
        const std::vector<std::uint8_t> weights(1000, 3);
        int failed = 0;
        for (int n = 1; n < 100; ++n) {
            FaultyOps ops;
            ops.failAt = n;
            const auto result = writeSafetensors(base / "m", {{"w", DType::U8, {1000}, weights}}, {}, ops);
            if (!ops.touched) break;
            failed += !result;
            if (fs::exists(base / "m")) QVERIFY(SafetensorsFile::read(base / "m")->verified());
        }
        QVERIFY(failed >= 6);
        for (int n = 1; n < 100; ++n) {
            FaultyOps ops;
            ops.failAt = n;
            const auto result = makeFolders(base / "a" / "b" / "c", ops);
            if (!ops.touched) break;
            QVERIFY(!result || ops.failed == "close");
            QVERIFY(makeFolders(base / "a" / "b" / "c") && fs::is_directory(base / "a" / "b" / "c"));
            fs::remove_all(base / "a");
        }
        FaultyOps ops;
        ops.failAt = 1;
        QVERIFY(!renameDurably(base / "m", base / "n", ops) && fs::exists(base / "m"));
        QVERIFY(renameDurably(base / "m", base / "n") && !fs::exists(base / "m") && fs::exists(base / "n"));
    }

    // T-POWER
    void powerIsLostAnywhere() {
        LoggedDisk disk;
        const Outcome out = loseCurrent(disk, 2000);
        qInfo("states=%d old=%d new=%d other=%d", out.states, out.old, out.fresh, out.other);
        QVERIFY(out.states == 2000 && out.old > 100 && out.fresh > 100);
        QCOMPARE(out.other, 0);
    }
    // The check can fail: without one of the syncs it does.
    void powerCheckNoticesMissingSyncs() {
        LoggedDisk noFile, noFolder;
        noFile.forgetSyncs = true;
        noFolder.forgetFolderSyncs = true;
        const Outcome file = loseCurrent(noFile, 2000), folder = loseCurrent(noFolder, 2000);
        qInfo("without fsync of the file: other=%d; without fsync of the folder: other=%d", file.other, folder.other);
        QVERIFY(file.other > 0 && folder.other > 0);
    }

    // T-ENOSPC
    void fullDisk() {
        QTemporaryDir dir;
        const fs::path base = dir.path().toStdString();
        if (::mount("tmpfs", base.c_str(), "tmpfs", 0, "size=3m") != 0)
            QSKIP(("a tmpfs could not be mounted here: " + std::string(std::strerror(errno))).c_str());
        struct Unmount {
            fs::path at;
            ~Unmount() { ::umount2(at.c_str(), MNT_DETACH); }
        } unmount{base};
        const std::string big(2 << 20, 'x'), other(2 << 20, 'y');
        QVERIFY(writeDurably(base / "x", big));
        const auto full = writeDurably(base / "x", other);
        QVERIFY(!full);
        QCOMPARE(full.error().code, ErrorCode::Disk);
        QVERIFY2(full.error().text().find("No space left") != std::string::npos &&
                     full.error().text().find("Free some space") != std::string::npos,
                 full.error().text().c_str());
        QVERIFY(readTextFile(base / "x").value() == big);
        QCOMPARE(filesIn(base), 1);
        const auto room = checkFreeSpace(base, 2 << 20);
        QVERIFY(!room && room.error().code == ErrorCode::Disk && room.error().text().find("3 MB are needed") != std::string::npos);
        QVERIFY(checkFreeSpace(base, 500000));
        fs::remove(base / "x");
        QVERIFY(writeDurably(base / "x", other));
    }

    void fileSizeLimit() {
        QTemporaryDir dir;
        const fs::path path = dir.filePath("x").toStdString();
        rlimit before{};
        QVERIFY(getrlimit(RLIMIT_FSIZE, &before) == 0);
        const auto handler = std::signal(SIGXFSZ, SIG_IGN);
        const rlimit small{1 << 20, before.rlim_max};
        QVERIFY(setrlimit(RLIMIT_FSIZE, &small) == 0);
        const auto result = writeDurably(path, std::string(2 << 20, 'x'));
        setrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, handler);
        QVERIFY(!result && result.error().text().find("File too large") != std::string::npos);
        QCOMPARE(filesIn(dir.path().toStdString()), 0);
    }

    void strayTemporaries() {
        QTemporaryDir dir;
        const fs::path base = dir.path().toStdString();
        const auto now = fs::file_time_type::clock::now();
        for (const auto& [name, hours] :
             std::vector<std::pair<std::string, int>>{{".imago-1-0.tmp", 25}, {".imago-2-0.tmp", 23}, {"mine.tmp", 99}}) {
            std::ofstream(base / name) << "x";
            fs::last_write_time(base / name, now - std::chrono::hours(hours));
        }
        QCOMPARE(removeStrayTemporaries(base), 1);
        QVERIFY(!fs::exists(base / ".imago-1-0.tmp") && fs::exists(base / ".imago-2-0.tmp") && fs::exists(base / "mine.tmp"));
        QCOMPARE(removeStrayTemporaries(base / "none"), 0);
        // What create() makes is called like that.
        auto file = DurableFile::create(base / "x");
        fs::path made;
        for (const auto& entry : fs::directory_iterator(base))
            if (entry.path().filename() != ".imago-2-0.tmp" && entry.path().filename() != "mine.tmp") made = entry.path();
        fs::last_write_time(made, now - std::chrono::hours(48));
        QCOMPARE(removeStrayTemporaries(base), 1);
    }
};

QTEST_APPLESS_MAIN(TestDurableFile)
#include "tst_durable_file.moc"
