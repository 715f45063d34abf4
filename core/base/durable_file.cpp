#include "core/base/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <system_error>
#include <utility>

namespace imago {

namespace {

class SystemFileOps : public FileOps {
  public:
    int open(const std::filesystem::path& path, int flags, int mode) override {
        int got;
        do got = ::open(path.c_str(), flags | O_CLOEXEC, mode);
        while (got < 0 && errno == EINTR);
        return got < 0 ? -errno : got;
    }
    std::int64_t write(int descriptor, const void* data, std::size_t size) override {
        const ssize_t got = ::write(descriptor, data, size);
        return got < 0 ? -errno : got;
    }
    int sync(int descriptor) override { return ::fsync(descriptor) < 0 ? -errno : 0; }
    int close(int descriptor) override { return ::close(descriptor) < 0 ? -errno : 0; }
    int rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        return ::rename(from.c_str(), to.c_str()) < 0 ? -errno : 0;
    }
    int remove(const std::filesystem::path& path) override { return ::unlink(path.c_str()) < 0 ? -errno : 0; }
    int makeFolder(const std::filesystem::path& path) override { return ::mkdir(path.c_str(), 0777) < 0 ? -errno : 0; }
};

std::filesystem::path folderOf(const std::filesystem::path& path) {
    const auto folder = path.parent_path();
    return folder.empty() ? std::filesystem::path(".") : folder;
}

const char* remedyFor(int number) {
    switch (number) {
        case ENOSPC:
        case EDQUOT:
            return IMAGO_TR("Free some space on that disk, then try again.");
        case EFBIG:
            return IMAGO_TR("This disk or session does not allow files so large; choose another folder.");
        case EACCES:
        case EPERM:
            return IMAGO_TR("Choose another folder, or change its permissions.");
        case EROFS:
            return IMAGO_TR("That disk can only be read; choose another folder.");
        case ENOENT:
            return IMAGO_TR("Check that the folder still exists and that its disk is connected.");
        case ENOTDIR:
        case EISDIR:
            return IMAGO_TR("Check the path: a file stands where a folder should be, or a folder where a file should be.");
        case ENAMETOOLONG:
            return IMAGO_TR("Choose a shorter name.");
        case EIO:
            return IMAGO_TR("The disk reports a fault; use another disk and check this one.");
        case EMFILE:
        case ENFILE:
            return IMAGO_TR("Too many files are open; close some programs and try again.");
        default:
            return IMAGO_TR("Try again, or choose another folder.");
    }
}

std::string errnoText(int number) {
    return std::generic_category().message(number);
}

// Short whatever the target is called, so that a name of 255 bytes still has a temporary.
std::filesystem::path temporaryIn(const std::filesystem::path& folder) {
    static std::atomic<unsigned> counter{0};
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    char name[80];
    std::snprintf(name, sizeof name, ".imago-%ld-%u-%llx.tmp", static_cast<long>(::getpid()), counter++,
                  static_cast<unsigned long long>(now));
    return folder / name;
}

Error readError(const std::filesystem::path& path, int number) {
    Error out = diskError(kCannotRead, path, number);
    if (number != EIO) out.code = ErrorCode::BadInput;
    if (number == ENOENT) out.remedy = IMAGO_TR("Check the path.");
    return out;
}

}  // namespace

FileOps& systemFileOps() {
    static SystemFileOps ops;
    return ops;
}

Error diskError(const char* doing, const std::filesystem::path& path, int number) {
    return {ErrorCode::Disk, doing, {{"file", path.string()}, {"why", errnoText(number)}}, remedyFor(number)};
}

DurableFile::DurableFile(std::filesystem::path path, std::filesystem::path temporary, int descriptor, FileOps& ops)
    : m_path(std::move(path)), m_temporary(std::move(temporary)), m_descriptor(descriptor), m_ops(&ops) {}

DurableFile::DurableFile(DurableFile&& other) noexcept
    : m_path(std::move(other.m_path)),
      m_temporary(std::exchange(other.m_temporary, {})),
      m_descriptor(std::exchange(other.m_descriptor, -1)),
      m_ops(other.m_ops) {}

DurableFile::~DurableFile() {
    if (m_descriptor >= 0) m_ops->close(m_descriptor);
    if (!m_temporary.empty()) m_ops->remove(m_temporary);
}

Result<DurableFile> DurableFile::create(const std::filesystem::path& path, FileOps& ops) {
    // A link stays a link: what it points to is replaced.
    std::error_code ignored;
    std::filesystem::path target = path;
    if (std::filesystem::is_symlink(path, ignored)) {
        target = std::filesystem::weakly_canonical(path, ignored);
        if (ignored) return diskError(kCannotWrite, path, ignored.value());
    }
    auto temporary = temporaryIn(folderOf(target));
    const int descriptor = ops.open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (descriptor < 0) return diskError(kCannotWrite, path, -descriptor);
    return DurableFile(std::move(target), std::move(temporary), descriptor, ops);
}

// After any failure nothing of the new file is left; the old one has not been touched.
Error DurableFile::fail(int number) {
    if (m_descriptor >= 0) m_ops->close(std::exchange(m_descriptor, -1));
    if (!m_temporary.empty()) m_ops->remove(std::exchange(m_temporary, {}));
    return diskError(kCannotWrite, m_path, number);
}

Result<void> DurableFile::write(Bytes data) {
    if (m_descriptor < 0) return diskError(kCannotWrite, m_path, EBADF);
    while (!data.empty()) {
        const std::int64_t got = m_ops->write(m_descriptor, data.data(), std::min(data.size(), std::size_t(1) << 30));
        if (got == -EINTR) continue;
        if (got < 0) return fail(static_cast<int>(-got));
        if (got == 0) return fail(ENOSPC);
        data = data.subspan(static_cast<std::size_t>(got));
    }
    return {};
}

Result<void> DurableFile::commit() {
    if (m_descriptor < 0) return diskError(kCannotWrite, m_path, EBADF);
    // A failed fsync is never tried again: the kernel may have dropped the pages and would then report success.
    if (const int got = m_ops->sync(m_descriptor); got < 0) return fail(-got);
    if (const int got = m_ops->close(std::exchange(m_descriptor, -1)); got < 0 && got != -EINTR) return fail(-got);
    if (const int got = m_ops->rename(m_temporary, m_path); got < 0) return fail(-got);
    m_temporary.clear();
    return syncFolder(folderOf(m_path), *m_ops);
}

Result<void> writeDurably(const std::filesystem::path& path, Bytes data, FileOps& ops) {
    IMAGO_ASSIGN(auto file, DurableFile::create(path, ops));
    IMAGO_TRY(file.write(data));
    return file.commit();
}

Result<void> writeDurably(const std::filesystem::path& path, std::string_view text, FileOps& ops) {
    return writeDurably(path, bytesOf(text), ops);
}

Result<void> syncFolder(const std::filesystem::path& folder, FileOps& ops) {
    const int descriptor = ops.open(folder, O_RDONLY | O_DIRECTORY, 0);
    if (descriptor < 0) return diskError(kCannotWrite, folder, -descriptor);
    const int synced = ops.sync(descriptor);
    ops.close(descriptor);
    // Some network and FUSE file systems cannot sync a folder; there is no better thing to do on them.
    if (synced < 0 && synced != -EINVAL && synced != -ENOTSUP) return diskError(kCannotWrite, folder, -synced);
    return {};
}

Result<void> renameDurably(const std::filesystem::path& from, const std::filesystem::path& to, FileOps& ops) {
    if (const int got = ops.rename(from, to); got < 0) return diskError(kCannotWrite, to, -got);
    return syncFolder(folderOf(to), ops);
}

Result<void> makeFolders(const std::filesystem::path& folder, FileOps& ops) {
    std::error_code ignored;
    if (folder.empty() || std::filesystem::is_directory(folder, ignored)) return {};
    const auto clean = folder.has_filename() ? folder : folder.parent_path();
    IMAGO_TRY(makeFolders(clean.parent_path(), ops));
    if (const int got = ops.makeFolder(clean); got < 0 && !(got == -EEXIST && std::filesystem::is_directory(clean, ignored)))
        return diskError(IMAGO_TR("The folder {file} could not be made: {why}."), clean, -got);
    return syncFolder(folderOf(clean), ops);
}

Result<void> readFileInPieces(const std::filesystem::path& path, const std::function<void(Bytes)>& use) {
    const int descriptor = systemFileOps().open(path, O_RDONLY, 0);
    if (descriptor < 0) return readError(path, -descriptor);
    std::vector<std::uint8_t> buffer(std::size_t(1) << 20);
    int failed = 0;
    for (;;) {
        const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) failed = errno;
        if (got <= 0) break;
        use({buffer.data(), static_cast<std::size_t>(got)});
    }
    ::close(descriptor);
    if (failed) return readError(path, failed);
    return {};
}

namespace {

template <class Container>
Result<Container> readWhole(const std::filesystem::path& path, std::uint64_t maxBytes) {
    // Not blocking: a pipe in place of a file must not stop us; it is refused below.
    const int descriptor = systemFileOps().open(path, O_RDONLY | O_NONBLOCK, 0);
    if (descriptor < 0) return readError(path, -descriptor);
    struct Closer {
        int descriptor;
        ~Closer() { ::close(descriptor); }
    } closer{descriptor};
    struct stat status {};
    if (::fstat(descriptor, &status) < 0) return readError(path, errno);
    if (!S_ISREG(status.st_mode))
        return Error{ErrorCode::BadInput, IMAGO_TR("{file} is not a file."), {{"file", path.string()}}, IMAGO_TR("Choose a file.")};
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > maxBytes)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("{file} is too large: it has {size} bytes, and at most {limit} are read."),
                     {{"file", path.string()}, {"size", std::to_string(size)}, {"limit", std::to_string(maxBytes)}},
                     IMAGO_TR("Choose a smaller file.")};
    Container out;
    out.resize(static_cast<std::size_t>(size));
    std::size_t done = 0;
    while (done < out.size()) {
        const ssize_t got = ::read(descriptor, out.data() + done, out.size() - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return readError(path, errno);
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    char more;
    if (done < out.size() || ::read(descriptor, &more, 1) > 0)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("{file} changed while it was read."),
                     {{"file", path.string()}},
                     IMAGO_TR("Wait until the other program has finished writing it, then try again.")};
    return out;
}

}  // namespace

Result<std::vector<std::uint8_t>> readFile(const std::filesystem::path& path, std::uint64_t maxBytes) {
    return readWhole<std::vector<std::uint8_t>>(path, maxBytes);
}

Result<std::string> readTextFile(const std::filesystem::path& path, std::uint64_t maxBytes) {
    return readWhole<std::string>(path, maxBytes);
}

Result<std::vector<std::uint8_t>> readFileStart(const std::filesystem::path& path, std::uint64_t maxBytes) {
    const int descriptor = systemFileOps().open(path, O_RDONLY | O_NONBLOCK, 0);
    if (descriptor < 0) return readError(path, -descriptor);
    std::vector<std::uint8_t> out(static_cast<std::size_t>(maxBytes));
    std::size_t done = 0;
    int failed = 0;
    while (done < out.size()) {
        const ssize_t got = ::read(descriptor, out.data() + done, out.size() - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) failed = errno;
        if (got <= 0) break;
        done += static_cast<std::size_t>(got);
    }
    ::close(descriptor);
    if (failed) return readError(path, failed);
    out.resize(done);
    return out;
}

Result<void> checkFreeSpace(const std::filesystem::path& folder, std::uint64_t bytes) {
    struct statvfs status {};
    if (::statvfs(folder.empty() ? "." : folder.c_str(), &status) < 0) return diskError(kCannotWrite, folder, errno);
    const std::uint64_t free = static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize, needed = bytes + bytes / 10;
    if (free >= needed) return {};
    const auto megabytes = [](std::uint64_t value) { return std::to_string((value + (1U << 20) - 1) >> 20); };
    return Error{ErrorCode::Disk,
                 IMAGO_TR("The disk of {file} is too full: {needed} MB are needed, {free} MB are free."),
                 {{"file", folder.string()}, {"needed", megabytes(needed)}, {"free", megabytes(free)}},
                 remedyFor(ENOSPC)};
}

int removeStrayTemporaries(const std::filesystem::path& folder) {
    int removed = 0;
    std::error_code code;
    const auto now = std::filesystem::file_time_type::clock::now();
    for (std::filesystem::directory_iterator at(folder, code), end; !code && at != end; at.increment(code)) {
        const std::string name = at->path().filename().string();
        if (!name.starts_with(".imago-") || !name.ends_with(".tmp")) continue;
        std::error_code one;
        const auto written = at->last_write_time(one);
        if (!one && now - written > std::chrono::hours(24) && std::filesystem::remove(at->path(), one)) ++removed;
    }
    return removed;
}

}  // namespace imago
