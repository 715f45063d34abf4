// RunLock: one writer per run folder. The kernel's lock on run.lock excludes (and ends with the process, however it ends);
// the text inside names the holder for people, and refuses a folder that another computer was writing when it was last seen.
// Any thread; one object belongs to one thread.
#pragma once

#include <filesystem>

#include "core/base/result.h"

namespace imago {

class RunLock {
  public:
    // ErrorCode::Busy: another live process (or this one, elsewhere) writes the run, or another computer did.
    static Result<RunLock> acquire(const std::filesystem::path& folder);
    // Does anybody write this run now? Takes no lock, so it disturbs nobody.
    static bool held(const std::filesystem::path& folder);
    RunLock(RunLock&& other) noexcept;
    RunLock& operator=(RunLock&&) = delete;
    ~RunLock();

  private:
    RunLock(std::filesystem::path file, int descriptor);
    std::filesystem::path m_file;
    int m_descriptor;
};

}  // namespace imago
