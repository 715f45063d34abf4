#include "core/engine/run_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <sstream>
#include <utility>

#include "core/base/durable_file.h"
#include "core/base/json.h"

namespace imago {
namespace {

std::string firstLine(const std::filesystem::path& file) {
    std::ifstream stream(file);
    std::string line;
    std::getline(stream, line);
    return line;
}

std::string hostName() {
    std::array<char, 256> name{};
    ::gethostname(name.data(), name.size() - 1);
    return name.data();
}

// Tells two processes of the same number apart: field 22 of /proc/PID/stat (proc(5)), counted after the name, which may
// hold anything but ends with the last ')'.
std::string startTime(long pid) {
    const std::string stat = firstLine("/proc/" + std::to_string(pid) + "/stat");
    const auto name = stat.rfind(')');
    if (name == std::string::npos) return {};
    std::istringstream words(stat.substr(name + 1));
    std::string word;
    for (int field = 3; field <= 22; ++field)
        if (!(words >> word)) return {};
    return word;
}

struct Holder {
    long pid = 0;
    std::string host, boot, start;
};

Holder ourselves() {
    const long pid = ::getpid();
    return {pid, hostName(), firstLine("/proc/sys/kernel/random/boot_id"), startTime(pid)};
}

// Nothing when the text is empty or torn: then its writer did not come far.
std::optional<Holder> holderIn(const std::string& text) {
    const Result<Json> json = parseJson(text, "run.lock");
    if (!json || !json->is_object()) return {};
    Holder holder;
    const auto word = [&](const char* key) {
        const auto found = json->find(key);
        return found != json->end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    if (const auto pid = json->find("pid"); pid != json->end() && pid->is_number_integer()) holder.pid = pid->get<long>();
    holder.host = word("host");
    holder.boot = word("boot");
    holder.start = word("start");
    if (holder.pid <= 0 || holder.host.empty()) return {};
    return holder;
}

bool alive(const Holder& holder, const Holder& us) {
    if (holder.host != us.host || holder.boot != us.boot) return false;
    if (::kill(static_cast<pid_t>(holder.pid), 0) != 0 && errno == ESRCH) return false;
    return startTime(holder.pid) == holder.start;
}

std::string contents(int descriptor) {
    std::array<char, 4096> bytes{};
    const ssize_t count = ::pread(descriptor, bytes.data(), bytes.size(), 0);
    return {bytes.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}

Error busy(const std::filesystem::path& folder, const std::optional<Holder>& holder) {
    return Error{ErrorCode::Busy,
                 IMAGO_TR("The run {folder} is being written by another program (process {pid})."),
                 {{"folder", folder.string()}, {"pid", holder ? std::to_string(holder->pid) : "?"}},
                 IMAGO_TR("Wait until it ends, or stop it.")};
}

// Locks of the open file description (fcntl(2)): not shared with other openings in this process, gone with the last of
// its descriptors, and they can be asked about without being taken.
int lockCommand(int descriptor, int command, struct flock& lock) {
    lock = {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    int result = 0;
    do {
        result = ::fcntl(descriptor, command, &lock);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

// The folder's own run.lock, not one that a former holder has just removed.
bool isStillThere(int descriptor, const std::filesystem::path& file) {
    struct stat open {
    }, there{};
    return ::fstat(descriptor, &open) == 0 && ::stat(file.c_str(), &there) == 0 && open.st_ino == there.st_ino &&
           open.st_dev == there.st_dev;
}

// The text names a holder, although the kernel's lock is ours (or the file system has none).
Result<void> checkFormerHolder(const std::filesystem::path& folder, const std::optional<Holder>& holder, const Holder& us,
                               bool kernelLock) {
    if (!holder) return {};
    const bool sameMachine = holder->boot == us.boot || holder->host == us.host;
    if (!sameMachine)
        return Error{ErrorCode::Busy,
                     IMAGO_TR("The run {folder} was being written by process {pid} on the computer {host}."),
                     {{"folder", folder.string()}, {"pid", std::to_string(holder->pid)}, {"host", holder->host}},
                     IMAGO_TR("If nothing trains there any more, delete the file run.lock in that folder and try again.")};
    if (!kernelLock && alive(*holder, us)) return busy(folder, holder);
    return {};
}

}  // namespace

RunLock::RunLock(std::filesystem::path file, int descriptor) : m_file(std::move(file)), m_descriptor(descriptor) {}
RunLock::RunLock(RunLock&& other) noexcept : m_file(std::move(other.m_file)), m_descriptor(std::exchange(other.m_descriptor, -1)) {}

RunLock::~RunLock() {
    if (m_descriptor < 0) return;
    if (isStillThere(m_descriptor, m_file)) ::unlink(m_file.c_str());
    ::close(m_descriptor);
}

Result<RunLock> RunLock::acquire(const std::filesystem::path& folder) {
    const std::filesystem::path file = folder / "run.lock";
    while (true) {
        const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        if (descriptor < 0) return diskError(kCannotWrite, file, errno);
        struct flock request {};
        const int refused = lockCommand(descriptor, F_OFD_SETLK, request);
        const std::optional<Holder> holder = holderIn(contents(descriptor));
        if (refused == EAGAIN || refused == EACCES) {
            ::close(descriptor);
            return busy(folder, holder);
        }
        if (!isStillThere(descriptor, file)) {
            ::close(descriptor);
            continue;
        }
        const Holder us = ourselves();
        if (Result<void> free = checkFormerHolder(folder, holder, us, refused == 0); !free) {
            ::close(descriptor);
            return std::move(free.error());
        }
        const std::string text = Json{{"pid", us.pid}, {"host", us.host}, {"boot", us.boot}, {"start", us.start}}.dump() + "\n";
        const bool written = ::ftruncate(descriptor, 0) == 0 &&
                             ::pwrite(descriptor, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()) &&
                             ::fdatasync(descriptor) == 0;
        if (!written) {
            const int why = errno;
            ::close(descriptor);
            return diskError(kCannotWrite, file, why);
        }
        return RunLock(file, descriptor);
    }
}

bool RunLock::held(const std::filesystem::path& folder) {
    const int descriptor = ::open((folder / "run.lock").c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return false;
    struct flock answer {};
    const int refused = lockCommand(descriptor, F_OFD_GETLK, answer);
    const std::optional<Holder> holder = holderIn(contents(descriptor));
    ::close(descriptor);
    if (refused == 0) return answer.l_type != F_UNLCK;
    return holder && alive(*holder, ourselves());
}

}  // namespace imago
