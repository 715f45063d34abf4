// DurableFile: a file that is either the old one or the new one, whatever happens: written beside its place, synced,
// renamed, and the folder synced. Every operation goes through FileOps, so that tests can make any of them fail.
// Any thread; one object belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/hash.h"
#include "core/base/result.h"

namespace imago {

// The operations of the system. Failures are returned as -errno.
class FileOps {
  public:
    virtual ~FileOps() = default;
    virtual int open(const std::filesystem::path& path, int flags, int mode) = 0;  // a descriptor
    virtual std::int64_t write(int descriptor, const void* data, std::size_t size) = 0;
    virtual int sync(int descriptor) = 0;  // fsync
    virtual int close(int descriptor) = 0;
    virtual int rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
    virtual int remove(const std::filesystem::path& path) = 0;
    virtual int makeFolder(const std::filesystem::path& path) = 0;
};
FileOps& systemFileOps();

class DurableFile {
  public:
    // The file keeps its old contents until commit() has succeeded.
    static Result<DurableFile> create(const std::filesystem::path& path, FileOps& ops = systemFileOps());
    DurableFile(DurableFile&& other) noexcept;
    DurableFile& operator=(DurableFile&& other) = delete;
    ~DurableFile();  // without commit(): the temporary file is removed

    Result<void> write(Bytes data);
    Result<void> commit();

  private:
    DurableFile(std::filesystem::path path, std::filesystem::path temporary, int descriptor, FileOps& ops);
    Error fail(int number);

    std::filesystem::path m_path, m_temporary;
    int m_descriptor = -1;
    FileOps* m_ops;
};

Result<void> writeDurably(const std::filesystem::path& path, Bytes data, FileOps& ops = systemFileOps());
Result<void> writeDurably(const std::filesystem::path& path, std::string_view text, FileOps& ops = systemFileOps());

// For folders that appear whole (checkpoints): rename, then sync the parent.
Result<void> renameDurably(const std::filesystem::path& from, const std::filesystem::path& to, FileOps& ops = systemFileOps());
Result<void> syncFolder(const std::filesystem::path& folder, FileOps& ops = systemFileOps());
Result<void> makeFolders(const std::filesystem::path& folder, FileOps& ops = systemFileOps());  // each new one is synced into its parent

// Errors of the disk as sentences. doing: a template with {file} and {why}, e.g. kCannotWrite.
inline constexpr const char* kCannotWrite = IMAGO_TR("{file} could not be written: {why}.");
inline constexpr const char* kCannotRead = IMAGO_TR("{file} could not be read: {why}.");
Error diskError(const char* doing, const std::filesystem::path& path, int errorNumber);

// Whole files into memory; the size is checked first and again while reading. Reading errors are BadInput.
Result<std::vector<std::uint8_t>> readFile(const std::filesystem::path& path, std::uint64_t maxBytes = std::uint64_t(2) << 30);
Result<std::string> readTextFile(const std::filesystem::path& path, std::uint64_t maxBytes = std::uint64_t(64) << 20);
Result<std::vector<std::uint8_t>> readFileStart(const std::filesystem::path& path, std::uint64_t maxBytes);  // shorter files: all
Result<void> readFileInPieces(const std::filesystem::path& path, const std::function<void(Bytes)>& use);

// Is there room for so many bytes (and a tenth more)? ErrorCode::Disk says how much is needed and how much there is.
Result<void> checkFreeSpace(const std::filesystem::path& folder, std::uint64_t bytes);

// Temporary files of ours (".imago-*.tmp") that a crash left behind, older than a day. Returns how many were removed.
int removeStrayTemporaries(const std::filesystem::path& folder);

}  // namespace imago
