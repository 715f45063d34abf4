#include "core/models/model_reference.h"

#include <algorithm>
#include <charconv>

#include "core/base/log.h"
#include "core/engine/run_saves.h"
#include "core/models/shipped.h"

namespace imago {

namespace fs = std::filesystem;

namespace {

struct SavedWeights {
    std::int64_t step = 0;
    bool checkpoint = false;
    fs::path file;
};

// Newest first. A checkpoint without its manifest was not written to its end and does not count.
std::vector<SavedWeights> savedWeights(const fs::path& run) {
    std::vector<SavedWeights> found;
    std::error_code ignored;
    for (const std::int64_t step : listCheckpoints(run)) {
        const fs::path folder = checkpointsFolder(run) / checkpointName(step);
        if (fs::exists(folder / kManifestFile, ignored) && fs::exists(folder / kWeightsFile, ignored))
            found.push_back({step, true, folder / kWeightsFile});
    }
    for (const std::int64_t step : listSnapshots(run)) found.push_back({step, false, snapshotFile(run, step)});
    std::sort(found.begin(), found.end(), [](const SavedWeights& a, const SavedWeights& b) {
        return std::pair(a.step, a.checkpoint) > std::pair(b.step, b.checkpoint);
    });
    return found;
}

}  // namespace

RunReference parseRunReference(const std::string& text) {
    const std::size_t at = text.rfind('@');
    std::error_code ignored;
    if (at == std::string::npos || fs::exists(text, ignored)) return {text, std::nullopt};
    std::int64_t step = 0;
    const auto [end, problem] = std::from_chars(text.data() + at + 1, text.data() + text.size(), step);
    if (problem != std::errc() || end != text.data() + text.size() || step < 0) return {text, std::nullopt};
    return {text.substr(0, at), step};
}

Result<std::vector<fs::path>> modelFiles(const std::string& reference) {
    std::error_code ignored;
    if (fs::is_regular_file(reference, ignored)) return std::vector<fs::path>{reference};
    const RunReference from = parseRunReference(reference);
    if (!fs::is_directory(from.run, ignored)) {
        if (const auto shipped = shippedModel(reference)) return std::vector<fs::path>{*shipped};
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("There is no run or model at {model}."),
                     {{"model", reference}, {"shipped", shippedModelNames()}},
                     IMAGO_TR("Give a run folder, RUN@STEP, a model file, or the name of a model that comes with Imago ({shipped})."),
                     "model"};
    }
    std::vector<fs::path> files;
    for (SavedWeights& saved : savedWeights(from.run))
        if (!from.step || saved.step == *from.step) files.push_back(std::move(saved.file));
    if (files.empty() && from.step)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The run {run} has neither a checkpoint nor a snapshot of step {step}."),
                     {{"run", from.run.string()}, {"step", std::to_string(*from.step)}},
                     {},
                     "model"};
    if (files.empty())
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The run {run} has nothing saved yet."),
                     {{"run", from.run.string()}},
                     IMAGO_TR("Let it train until its first checkpoint."),
                     "model"};
    return files;
}

Result<void> readBestModel(const std::string& reference, const std::function<Result<void>(const fs::path&)>& read) {
    IMAGO_ASSIGN(const std::vector<fs::path> files, modelFiles(reference));
    std::optional<Error> first;
    for (const fs::path& file : files) {
        Result<void> taken = read(file);
        if (taken) return {};
        if (files.size() > 1) logWarning("passed over a damaged model file: " + taken.error().text());
        if (!first) first = std::move(taken.error());
    }
    return std::move(*first);
}

}  // namespace imago
