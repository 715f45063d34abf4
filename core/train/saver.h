// CheckpointSaver: copies weights and state at a step boundary and has them written on the io lane, one save in flight.
// Also snapshots: averaged weights through the whole training. Compute thread, except its closures.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "core/train/checkpoint.h"
#include "core/train/run_recorder.h"

namespace imago {

class GenerativeModel;

class CheckpointSaver {
  public:
    CheckpointSaver(std::filesystem::path run, FileOps& ops, int keepLast);

    bool busy() const { return m_inFlight->load(); }
    // Copies now, writes later. Not while busy().
    Result<void> save(JobContext& context, RunRecorder& recorder, GenerativeModel& model, std::int64_t step, Json state);
    Result<void> snapshot(JobContext& context, RunRecorder& recorder, GenerativeModel& model, std::int64_t step, std::size_t most);
    std::int64_t lastQueuedStep() const { return m_lastQueued; }
    void setLastQueuedStep(std::int64_t step) { m_lastQueued = step; }

  private:
    std::filesystem::path m_run;
    FileOps& m_ops;
    int m_keepLast;
    std::int64_t m_lastQueued = -1;
    std::shared_ptr<std::atomic<bool>> m_inFlight = std::make_shared<std::atomic<bool>>(false);
};

// The two tensor files of a checkpoint, as bytes. Weights that are not finite are refused (ErrorCode::Numerical).
Result<std::vector<CheckpointFile>> packCheckpoint(GenerativeModel& model, std::int64_t step);
// Puts masters, moments and averages back; the arena must have the same parameters. Gradients are zeroed.
Result<void> restoreCheckpoint(GenerativeModel& model, const Checkpoint& checkpoint);

}  // namespace imago
