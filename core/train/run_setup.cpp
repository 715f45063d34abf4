#include "core/train/run_setup.h"

#include <algorithm>
#include <charconv>

#include "core/config/presets.h"
#include "core/config/schema.h"
#include "core/data/sources.h"
#include "core/models/family_info.h"
#include "core/nn/precision.h"
#include "core/tensor/torch_compat.h"

namespace imago {
namespace {

constexpr const char* kAppVersion = "0.1.0";

Result<int> parseThreads(const std::string& text) {
    if (text.empty() || text == "auto") return 0;
    int count = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (problem != std::errc() || end != text.data() + text.size() || count < 1 || count > 1024)
        return Error{
            ErrorCode::BadInput, IMAGO_TR("“{value}” is not a number of threads: auto, or 1 to 1024."), {{"value", text}}, {}, "threads"};
    return count;
}

// "auto" becomes what this machine takes, so that the run says what it was trained with.
void resolvePrecisionIn(Json& config, const Device& device) {
    Json& optimizer = config["optimizer"];
    if (optimizer.value("precision", std::string()) != "auto") return;
    const bool bf16 = nn::resolvePrecision(nn::Precision::Auto, device.isCuda()) == nn::Precision::Bf16;
    optimizer["precision"] = bf16 ? "bf16" : "fp32";
}

Result<Json> completeConfig(const std::string& family, const Json& config) {
    IMAGO_ASSIGN(const FamilyInfo* info, findFamilyInfo(family));
    return complete(info->config, config);
}

// The preset's values below what is asked for; its time when no other end is given.
Result<void> applyPreset(RunStart& start, const TrainRequest& request) {
    const Json* asked = valueAt(start.requested, "optimizer.batch");
    start.explicitBatch = asked != nullptr;
    IMAGO_ASSIGN(const FamilyInfo* info, findFamilyInfo(start.family));
    const std::vector<std::string>& network = info->networkSections;
    start.explicitNetwork = std::ranges::any_of(network, [&](const std::string& key) { return start.requested.contains(key); });
    if (request.preset.empty()) return {};
    IMAGO_ASSIGN(const Preset preset, findPreset(start.family, request.preset));
    const Json* offered = valueAt(preset.config, "optimizer.batch");
    if (asked && offered && *asked == *offered) start.explicitBatch = false;  // the command line sends the preset's values too
    Json requested = mergeJson(info->config, preset.config, start.requested);
    start.explicitNetwork = std::ranges::any_of(
        network, [&](const std::string& key) { return requested.value(key, Json()) != preset.config.value(key, Json()); });
    start.requested = std::move(requested);
    if (!start.plan.steps && !start.plan.minutes) start.plan.minutes = preset.minutes;
    return {};
}

void planFromRequest(const TrainRequest& request, TrainingPlan& plan) {
    if (request.steps || request.minutes) plan = {request.steps, request.minutes};
}

// A resumed run keeps its config; only live fields may be given anew.
Result<void> applyLiveChanges(RunStart& start, const Json& given) {
    IMAGO_ASSIGN(const FamilyInfo* info, findFamilyInfo(start.family));
    Json merged = mergeJson(info->config, start.config, given);
    IMAGO_ASSIGN(merged, complete(info->config, merged));
    for (const auto& change : Json::diff(start.config, merged)) {
        std::string key = change["path"].get<std::string>().substr(1);
        std::replace(key.begin(), key.end(), '/', '.');
        if (key == "optimizer.precision" && merged["optimizer"]["precision"] == "auto") continue;
        const Json* value = valueAt(merged, key);
        Result<Json> changed = withLiveValue(info->config, start.config, key, value ? *value : Json());
        if (!changed)
            return Error{ErrorCode::Usage,
                         IMAGO_TR("{key} is fixed when a run starts and cannot be changed when it goes on."),
                         {{"key", key}},
                         IMAGO_TR("Start a branch of the run to change it."),
                         key};
        start.liveChanges.push_back({key, *valueAt(start.config, key), *value});
        start.config = *changed;
    }
    return {};
}

Result<void> startFromRun(RunStart& start, const Json& info, const std::filesystem::path& run, std::optional<std::int64_t> step) {
    start.family = info.value("family", std::string());
    start.data = info.value("data", std::string());
    start.seed = info.value("seed", std::uint64_t{0});
    start.config = info.value("resolved", Json::object());
    start.requested = info.value("requested", Json::object());
    start.explicitBatch = info.value("explicit_batch", false);
    if (const Json shape = info.value("shape", Json::object()); shape.is_object() && shape.value("height", 0) == shape.value("width", 0))
        start.side = shape.value("height", 0);
    // Killed before its first save: it begins again, which gives the same numbers.
    const Json parent = info.value("parent", Json());
    if (!step && parent.is_null() && listCheckpoints(run).empty()) return {};
    IMAGO_ASSIGN(FoundCheckpoint found, findCheckpoint(run, step));
    if (step && found.checkpoint.step != *step)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The run {run} has no whole checkpoint at step {step}."),
                     {{"run", run.string()}, {"step", std::to_string(*step)}}};
    start.checkpoint = std::move(found.checkpoint);
    start.skipped = std::move(found.skipped);
    return {};
}

Json machineJson() {
    const CpuFeatures& cpu = cpuFeatures();
    return {{"imago", kAppVersion},
            {"torch", TORCH_VERSION},
            {"isa", cpu.avx512Bf16 ? "avx512_bf16"
                    : cpu.avx512   ? "avx512"
                    : cpu.avx2     ? "avx2"
                                   : "portable"}};
}

// A run with a fixed number of threads keeps it unless told otherwise. Bits are promised only for the same threads,
// instructions and LibTorch.
void adoptMachine(RunStart& start, const Json& info) {
    const std::string threads = info.value("threads", std::string("auto"));
    if (const Result<int> fixed = parseThreads(threads); fixed && start.threads == 0) start.threads = *fixed;
    const std::string now = start.threads > 0 ? std::to_string(start.threads) : threads;
    const Json versions = info.value("versions", Json::object()), here = machineJson();
    if (threads != now || versions != here)
        start.otherMachine =
            threads + " threads, LibTorch " + versions.value("torch", std::string()) + ", " + versions.value("isa", std::string());
}

Result<void> resolveResume(RunStart& start, const TrainRequest& request) {
    IMAGO_ASSIGN(start.writer, RunWriter::open(request.run));
    const Json& info = start.writer->info().json;
    IMAGO_TRY(startFromRun(start, info, request.run, std::nullopt));
    const auto differs = [](const std::string& asked, const std::string& has) { return !asked.empty() && asked != has; };
    if (differs(request.family, start.family) || differs(absoluteDataSpec(request.data), start.data))
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The run was started with {family} on {data}; it can only go on with those."),
                     {{"family", start.family}, {"data", start.data}}};
    start.manifestHash = info.value("manifest_hash", std::string());
    if (start.checkpoint && start.checkpoint->state.contains("config")) start.config = start.checkpoint->state["config"];  // live changes
    IMAGO_TRY(applyLiveChanges(start, request.config));
    adoptMachine(start, info);
    start.plan = readPlan(request.run);
    const TrainingPlan before = start.plan;
    planFromRequest(request, start.plan);
    start.extended = !(start.plan == before);
    return {};
}

Result<void> resolveBranch(RunStart& start, const TrainRequest& request) {
    const RunReference from = parseRunReference(request.branchFrom);
    IMAGO_ASSIGN(const std::unique_ptr<RunReader> parent, RunReader::open(from.run));
    const Json& info = parent->info().json;
    IMAGO_TRY(startFromRun(start, info, from.run, from.step));
    if (!start.checkpoint)
        return Error{ErrorCode::BadInput, IMAGO_TR("The run {run} has no checkpoint to branch from yet."), {{"run", from.run.string()}}};
    start.plan = readPlan(from.run);
    planFromRequest(request, start.plan);
    if (!request.data.empty()) start.data = absoluteDataSpec(request.data);
    if (!request.family.empty() && request.family != start.family)
        return Error{ErrorCode::BadInput, IMAGO_TR("A branch of a {family} run is a {family} run."), {{"family", start.family}}};
    IMAGO_ASSIGN(const FamilyInfo* family, findFamilyInfo(start.family));
    start.requested = mergeJson(family->config, start.requested, request.config);
    if (valueAt(request.config, "optimizer.batch")) start.explicitBatch = true;
    if (start.checkpoint->state.contains("config")) start.config = start.checkpoint->state["config"];
    IMAGO_ASSIGN(start.config, complete(family->config, mergeJson(family->config, start.config, request.config)));
    start.parent = {{"kind", "branch"},
                    {"run", std::filesystem::absolute(from.run).lexically_normal().string()},
                    {"id", info.value("id", std::string())},
                    {"step", start.checkpoint->step}};
    return {};
}

// run.json is text and says where it came from: a name in any other bytes could not stand in it.
Result<void> checkText(const std::string& name) {
    try {
        (void)Json(name).dump();
    } catch (const Json::exception&) {  // a file border: names come from the file system
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The name {name} is not UTF-8 text."),
                     {{"name", printableName(name)}},
                     IMAGO_TR("Rename the folder; the files in it may have any names.")};
    }
    return {};
}

}  // namespace

Result<TrainingSections> trainingSections(const Json& config) {
    TrainingSections sections;
    IMAGO_ASSIGN(sections.optimizer, bind<OptimizerSection>(config.value("optimizer", Json::object())));
    IMAGO_ASSIGN(sections.run, bind<RunSection>(config.value("run", Json::object())));
    IMAGO_ASSIGN(sections.data, bind<DataSection>(config.value("data", Json::object())));
    return sections;
}

Result<void> checkTrainRequest(const TrainRequest& request) {
    IMAGO_TRY(parseDevice(request.device));
    IMAGO_TRY(parseThreads(request.threads));
    const int starts = int(request.resume) + int(startsFromAModel(request)) + int(!request.branchFrom.empty());
    if (starts > 1) return Error{ErrorCode::BadInput, IMAGO_TR("Resume, branch and fine-tune exclude each other.")};
    if (request.resume || !request.branchFrom.empty()) return {};  // family, data and config come from the run
    IMAGO_TRY(completeConfig(request.family, request.config));     // a preset, which is a file, is laid below it later
    if (request.data.empty()) return Error{ErrorCode::BadInput, IMAGO_TR("A training needs pictures."), {}, {}, "data"};
    return {};
}

bool startsFromAModel(const TrainRequest& request) {
    return !request.initFrom.empty() && request.initFrom != "none";
}

Result<RunStart> resolveRunStart(const TrainRequest& request) {
    RunStart start;
    IMAGO_ASSIGN(start.device, parseDevice(request.device));
    IMAGO_ASSIGN(start.threads, parseThreads(request.threads));
    if (request.resume) {
        IMAGO_TRY(resolveResume(start, request));
    } else if (!request.branchFrom.empty()) {
        IMAGO_TRY(resolveBranch(start, request));
    } else {
        start.family = request.family;
        start.data = absoluteDataSpec(request.data);
        start.requested = request.config;
        start.seed = request.seed;
        start.plan = {request.steps, request.minutes};
        IMAGO_TRY(applyPreset(start, request));
        IMAGO_ASSIGN(start.config, completeConfig(start.family, start.requested));
        if (startsFromAModel(request))
            start.parent = {{"kind", "fine-tune"}, {"model", std::filesystem::absolute(request.initFrom).string()}};
    }
    resolvePrecisionIn(start.config, start.device);
    const auto of = [&](const char* key) { return start.parent.is_object() ? start.parent.value(key, std::string()) : std::string(); };
    for (const std::string& name : {start.data, request.run, of("run"), of("model")}) IMAGO_TRY(checkText(name));
    return start;
}

Result<void> refuseExistingRun(const std::string& folder) {
    std::error_code ignored;
    if (!std::filesystem::exists(std::filesystem::path(folder) / "run.json", ignored)) return {};
    return Error{ErrorCode::BadInput,
                 IMAGO_TR("There is a run in {folder} already."),
                 {{"folder", folder}},
                 IMAGO_TR("Choose another folder, or continue that run."),
                 "run"};
}

Result<std::unique_ptr<RunWriter>> createRun(const std::string& folder, const RunStart& start, const Dataset& data,
                                             const std::vector<std::string>& metricNames, int threadsNow) {
    RunInfo info;
    const std::string threads = start.threads > 0 ? std::to_string(start.threads) : "auto:" + std::to_string(threadsNow);
    info.json = {{"family", start.family},
                 {"data", start.data},
                 {"seed", start.seed},
                 {"device", deviceText(start.device)},
                 {"threads", threads},
                 {"requested", start.requested},
                 {"resolved", start.config},
                 {"explicit_batch", start.explicitBatch},
                 {"manifest_hash", data.manifestHash()},
                 {"items", data.size()},
                 {"shape", {{"channels", data.shape().channels}, {"height", data.shape().height}, {"width", data.shape().width}}},
                 {"metric_names", metricNames},
                 {"class_names", data.shape().classNames},
                 {"parent", start.parent},
                 {"versions", machineJson()}};
    return RunWriter::create(folder, info);
}

Result<void> writePlan(const std::filesystem::path& run, const TrainingPlan& plan, FileOps& ops) {
    Json json = {{"schema", 1}};
    if (plan.steps) json["steps"] = *plan.steps;
    if (plan.minutes) json["minutes"] = *plan.minutes;
    return writeDurably(run / "plan.json", std::string_view(json.dump() + "\n"), ops);
}

TrainingPlan readPlan(const std::filesystem::path& run) {
    TrainingPlan plan;
    const Result<std::string> text = readTextFile(run / "plan.json");
    if (!text) return plan;
    const Result<Json> json = parseJson(*text, "plan.json");
    if (!json || !json->is_object()) return plan;
    if (json->contains("steps") && (*json)["steps"].is_number_integer()) plan.steps = (*json)["steps"].get<std::int64_t>();
    if (json->contains("minutes") && (*json)["minutes"].is_number()) plan.minutes = (*json)["minutes"].get<double>();
    return plan;
}

}  // namespace imago
