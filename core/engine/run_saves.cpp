#include "core/engine/run_saves.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace imago {

namespace fs = std::filesystem;

namespace {

constexpr const char* kModelExtension = ".safetensors";

std::vector<std::int64_t> stepsIn(const fs::path& folder, const std::string& extension) {
    std::vector<std::int64_t> steps;
    std::error_code problem;
    for (fs::directory_iterator at(folder, problem), end; !problem && at != end; at.increment(problem))
        if (at->path().extension() == extension)
            if (const std::int64_t step = stepOfName(at->path().stem().string()); step >= 0) steps.push_back(step);
    std::sort(steps.begin(), steps.end());
    return steps;
}

}  // namespace

fs::path checkpointsFolder(const fs::path& run) {
    return run / "checkpoints";
}

std::string checkpointName(std::int64_t step) {
    char text[32];
    std::snprintf(text, sizeof text, "%08lld", static_cast<long long>(step));
    return text;
}

std::int64_t stepOfName(const std::string& name) {
    std::int64_t step = -1;
    const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), step);
    return problem == std::errc() && end == name.data() + name.size() && step >= 0 && name == checkpointName(step) ? step : -1;
}

std::vector<std::int64_t> listCheckpoints(const fs::path& run) {
    return stepsIn(checkpointsFolder(run), "");
}

fs::path snapshotFile(const fs::path& run, std::int64_t step) {
    return run / "snapshots" / (checkpointName(step) + kModelExtension);
}

std::vector<std::int64_t> listSnapshots(const fs::path& run) {
    return stepsIn(run / "snapshots", kModelExtension);
}

}  // namespace imago
