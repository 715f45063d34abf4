#include "core/train/checkpoint.h"

#include <algorithm>
#include <set>

#include "core/base/hash.h"

namespace imago {
namespace {

constexpr std::uint64_t kMostFileBytes = std::uint64_t(256) << 30;
constexpr const char* kStray = ".tmp";

Error damaged(const std::filesystem::path& folder, std::string why) {
    return {ErrorCode::BadInput,
            IMAGO_TR("The checkpoint {name} is damaged: {why}"),
            {{"name", folder.filename().string()}, {"why", std::move(why)}}};
}

// The manifest's text is canonical (what dump() gives) and signed by the hash of itself without that hash: any changed
// byte is noticed.
std::string signedManifest(Json manifest) {
    manifest.erase("manifest_sha256");
    manifest["manifest_sha256"] = sha256Hex(bytesOf(manifest.dump(1)));
    return manifest.dump(1) + "\n";
}

Result<Json> readManifest(const std::filesystem::path& folder) {
    Result<std::string> text = readTextFile(folder / kManifestFile);
    if (!text) return damaged(folder, "it has no manifest");
    const Result<Json> manifest = parseJson(*text, kManifestFile);
    if (!manifest) return damaged(folder, "its manifest cannot be read");
    if (!manifest->is_object() || signedManifest(*manifest) != *text)
        return damaged(folder, "its manifest has changed since it was written");
    if (const int schema = manifest->value("schema", 0); schema > kCheckpointSchema)
        return damaged(folder, "it was written by a newer version (format " + std::to_string(schema) + ")");
    return *manifest;
}

std::set<std::int64_t> starredSteps(const std::filesystem::path& run) {
    std::set<std::int64_t> steps;
    const Result<std::string> text = readTextFile(run / "user.json");
    if (!text) return steps;
    const Result<Json> user = parseJson(*text, "user.json");
    if (!user || !user->is_object() || !user->contains("starred_steps") || !(*user)["starred_steps"].is_array()) return steps;
    for (const Json& step : (*user)["starred_steps"])
        if (step.is_number_integer()) steps.insert(step.get<std::int64_t>());
    return steps;
}

// First renamed, so that a crash in between leaves a left-over and not a half checkpoint.
void removeCheckpoint(const std::filesystem::path& folder, FileOps& ops) {
    std::filesystem::path away = folder;
    away += std::string(".old") + kStray;
    std::error_code ignored;
    std::filesystem::remove_all(away, ignored);
    if (renameDurably(folder, away, ops)) std::filesystem::remove_all(away, ignored);
}

Result<void> fillFolder(const std::filesystem::path& folder, const Json& manifest, const std::vector<CheckpointFile>& files, FileOps& ops) {
    IMAGO_TRY(makeFolders(folder, ops));
    for (const CheckpointFile& file : files) IMAGO_TRY(writeDurably(folder / file.name, Bytes(file.bytes), ops));
    IMAGO_TRY(writeDurably(folder / kManifestFile, std::string_view(signedManifest(manifest)), ops));
    return syncFolder(folder, ops);
}

}  // namespace

const CheckpointFile* Checkpoint::file(const std::string& name) const {
    const auto at = std::find_if(files.begin(), files.end(), [&](const CheckpointFile& f) { return f.name == name; });
    return at == files.end() ? nullptr : &*at;
}

Result<std::filesystem::path> writeCheckpoint(const std::filesystem::path& run, std::int64_t step, const Json& state,
                                              const std::vector<CheckpointFile>& files, FileOps& ops) {
    const std::filesystem::path folder = checkpointsFolder(run) / checkpointName(step);
    std::filesystem::path building = folder;
    building += kStray;
    IMAGO_TRY(makeFolders(checkpointsFolder(run), ops));
    Json manifest = {{"schema", kCheckpointSchema}, {"step", step}, {"state", state}, {"files", Json::object()}};
    std::uint64_t total = 65536;
    for (const CheckpointFile& file : files) {
        manifest["files"][file.name] = {{"size", file.bytes.size()}, {"sha256", sha256Hex(file.bytes)}};
        total += file.bytes.size();
    }
    IMAGO_TRY(checkFreeSpace(run, total));

    std::error_code ignored;
    std::filesystem::remove_all(building, ignored);
    Result<void> done = fillFolder(building, manifest, files, ops);
    // One of the same step can only be a damaged one that was passed over, or an equal one.
    if (done && std::filesystem::exists(folder, ignored)) removeCheckpoint(folder, ops);
    if (done) done = renameDurably(building, folder, ops);
    if (!done) {
        std::filesystem::remove_all(building, ignored);
        return std::move(done.error());
    }
    (void)writeDurably(checkpointsFolder(run) / "LATEST", std::string_view(checkpointName(step) + "\n"), ops);  // a hint only
    return folder;
}

Result<Checkpoint> readCheckpoint(const std::filesystem::path& folder) {
    IMAGO_ASSIGN(const Json manifest, readManifest(folder));
    Checkpoint checkpoint;
    checkpoint.folder = folder;
    checkpoint.step = manifest.value("step", std::int64_t{-1});
    checkpoint.state = manifest.value("state", Json::object());
    if (checkpoint.step != stepOfName(folder.filename().string())) return damaged(folder, "its manifest speaks of another step");
    const Json files = manifest.value("files", Json::object());
    for (const auto& [name, entry] : files.items()) {
        Result<std::vector<std::uint8_t>> bytes = readFile(folder / name, kMostFileBytes);
        if (!bytes) return damaged(folder, name + " is missing or cannot be read");
        if (bytes->size() != entry.value("size", std::uint64_t{0})) return damaged(folder, name + " does not have its size");
        if (sha256Hex(*bytes) != entry.value("sha256", std::string())) return damaged(folder, name + " has changed since it was written");
        checkpoint.files.push_back({name, std::move(*bytes)});
    }
    return checkpoint;
}

Result<FoundCheckpoint> findCheckpoint(const std::filesystem::path& run, std::optional<std::int64_t> atMost) {
    FoundCheckpoint found;
    std::vector<std::int64_t> steps = listCheckpoints(run);
    std::string reasons;
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
        if (atMost && *step > *atMost) continue;
        Result<Checkpoint> checkpoint = readCheckpoint(checkpointsFolder(run) / checkpointName(*step));
        if (checkpoint) {
            found.checkpoint = std::move(*checkpoint);
            return found;
        }
        reasons.append(" ").append(checkpoint.error().text());
        found.skipped.push_back({*step, std::move(checkpoint.error())});
    }
    return Error{ErrorCode::BadInput,
                 IMAGO_TR("The run {run} has no checkpoint to go on from.{reasons}"),
                 {{"run", run.string()}, {"reasons", reasons}}};
}

void pruneCheckpoints(const std::filesystem::path& run, int keepLast, FileOps& ops) {
    std::vector<std::int64_t> steps = listCheckpoints(run);
    const std::set<std::int64_t> starred = starredSteps(run);
    const auto excess = static_cast<std::ptrdiff_t>(steps.size()) - std::max(1, keepLast);
    for (std::ptrdiff_t i = 0; i < excess; ++i)
        if (const std::int64_t step = steps[static_cast<std::size_t>(i)]; !starred.contains(step))
            removeCheckpoint(checkpointsFolder(run) / checkpointName(step), ops);
}

void removeStrayCheckpoints(const std::filesystem::path& run) {
    std::error_code problem;
    std::vector<std::filesystem::path> strays;
    for (std::filesystem::directory_iterator at(checkpointsFolder(run), problem), end; !problem && at != end; at.increment(problem))
        if (at->path().extension() == kStray) strays.push_back(at->path());
    for (const auto& stray : strays) std::filesystem::remove_all(stray, problem);
    for (const char* own : {"", "snapshots", "previews"}) removeStrayTemporaries(run / own);  // only old ones: names are written by others
}

}  // namespace imago
