// Checkpoints of a run: folders checkpoints/NNNNNNNN with weights to use, state to resume and a manifest with hashes,
// written so that after a crash at any moment each is either whole or does not count. Io lane writes; any thread reads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/durable_file.h"
#include "core/base/json.h"
#include "core/base/result.h"
#include "core/engine/run_saves.h"

namespace imago {

constexpr int kCheckpointSchema = 1;
constexpr const char* kStateFile = "state.safetensors";  // masters, moments

struct CheckpointFile {
    std::string name;
    std::vector<std::uint8_t> bytes;
};

struct Checkpoint {
    std::int64_t step = 0;
    std::filesystem::path folder;
    Json state = Json::object();  // the training's counters and plan, as written
    std::vector<CheckpointFile> files;

    const CheckpointFile* file(const std::string& name) const;
};

// Files first, manifest last, every file and folder synced, then one rename. Checks the free space (1.1 x) beforehand and
// leaves nothing behind on failure (ErrorCode::Disk).
Result<std::filesystem::path> writeCheckpoint(const std::filesystem::path& run, std::int64_t step, const Json& state,
                                              const std::vector<CheckpointFile>& files, FileOps& ops);

// Reads everything and compares every hash before any of it is believed.
Result<Checkpoint> readCheckpoint(const std::filesystem::path& folder);

struct SkippedCheckpoint {
    std::int64_t step = 0;
    Error reason;
};
struct FoundCheckpoint {
    Checkpoint checkpoint;
    std::vector<SkippedCheckpoint> skipped;  // newer ones that were not whole
};
// The newest that validates, at or before `atMost` when given. None: an Error that says why.
Result<FoundCheckpoint> findCheckpoint(const std::filesystem::path& run, std::optional<std::int64_t> atMost = std::nullopt);

// Keeps the newest `keepLast` and the starred ones of user.json ("starred_steps": [120, ...]).
// Call it after the newest has been read back and found whole.
void pruneCheckpoints(const std::filesystem::path& run, int keepLast, FileOps& ops);
// Left-overs of interrupted saves, and other half-written files older than a day. Only the run's writer may call it.
void removeStrayCheckpoints(const std::filesystem::path& run);

}  // namespace imago
