// Where a run keeps what is saved of its model: checkpoints/NNNNNNNN/ (weights, state to resume, a manifest that makes it whole)
// and snapshots/NNNNNNNN.safetensors (weights only). Names alone, nothing is read. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace imago {

constexpr const char* kManifestFile = "manifest.json";       // of a checkpoint, written last
constexpr const char* kWeightsFile = "weights.safetensors";  // of a checkpoint: a model file with the averaged weights

std::filesystem::path checkpointsFolder(const std::filesystem::path& run);
std::string checkpointName(std::int64_t step);                                // "00000120"
std::int64_t stepOfName(const std::string& name);                             // -1: not such a name
std::vector<std::int64_t> listCheckpoints(const std::filesystem::path& run);  // steps of the folders there are, oldest first

std::filesystem::path snapshotFile(const std::filesystem::path& run, std::int64_t step);
std::vector<std::int64_t> listSnapshots(const std::filesystem::path& run);  // oldest first

}  // namespace imago
