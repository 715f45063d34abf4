#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>

#include "app/cli/request_flags.h"
#include "core/config/presets.h"
#include "core/engine/run.h"
#include "core/models/family_info.h"
#include "core/train/run_setup.h"

namespace imago::cli {

namespace {

Result<Json> readConfigFile(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return Error{ErrorCode::BadInput, "{file} cannot be opened.", {{"file", file}}, "Check the path of --config."};
    std::stringstream text;
    text << in.rdbuf();
    IMAGO_ASSIGN(const Json json, parseJson(text.str(), file));
    if (!json.is_object()) return Error{ErrorCode::BadInput, "{file} holds no settings: they are a JSON object.", {{"file", file}}};
    // A run.json serves as well: what it asked for is taken again.
    if (json.contains("requested") && json["requested"].is_object()) return json["requested"];
    return json;
}

// The settings, each laid over the one before: preset, file, --set. A setting inside a variant needs to know which
// alternative the preset chose, so all are in.
Result<Json> settingsOf(const TrainRequest& request, const std::string& familyId, const std::string& file,
                        const std::vector<std::string>& settings) {
    IMAGO_ASSIGN(const FamilyInfo* family, findFamilyInfo(familyId));
    Json config = Json::object();
    if (!request.preset.empty()) {
        IMAGO_ASSIGN(const Preset preset, findPreset(familyId, request.preset));
        config = preset.config;
    }
    if (!file.empty()) {
        IMAGO_ASSIGN(const Json given, readConfigFile(file));
        config = mergeJson(family->config, config, given);
    }
    for (const auto& setting : settings) {
        IMAGO_ASSIGN(const auto pair, splitSetting(setting));
        IMAGO_TRY(setByPath(config, pair.first, pair.second, family->config));
    }
    return config;
}

// What was typed of a run that goes on: live settings. The run's own values say which alternative of a variant is meant.
Result<Json> changesTo(const Json& run, const std::string& file, const std::vector<std::string>& settings) {
    IMAGO_ASSIGN(const FamilyInfo* family, findFamilyInfo(run.value("family", std::string())));
    Json whole = run.value("resolved", Json::object()), changes = Json::object();
    if (!file.empty()) {
        IMAGO_ASSIGN(changes, readConfigFile(file));
        whole = mergeJson(family->config, whole, changes);
    }
    for (const auto& setting : settings) {
        IMAGO_ASSIGN(const auto pair, splitSetting(setting));
        IMAGO_TRY(setByPath(whole, pair.first, pair.second, family->config));
        std::string place = "/" + pair.first;
        std::ranges::replace(place, '.', '/');
        changes[Json::json_pointer(place)] = *valueAt(whole, pair.first);
    }
    return changes;
}

// A run goes on with what it was started with: what cannot be given anew is refused, not passed over.
Result<void> refuseFixed(const RequestFlags& flags, std::initializer_list<const char*> keys) {
    for (const Param& param : schemaOf<TrainRequest>().params)
        if (flags.given(param.key) && std::ranges::find(keys, param.key) != keys.end())
            return Error{ErrorCode::Usage,
                         "{flag} is fixed when a run starts and cannot be given when it goes on.",
                         {{"flag", param.flag}},
                         "Leave it out, or start a new run."};
    return {};
}

// An error of what was typed, not of what it points to.
Result<Json> typed(Result<Json> settings, bool fromAFile) {
    if (!settings && !fromAFile) settings.error().code = ErrorCode::Usage;
    return settings;
}

Result<TrainRequest> trainingOf(const RequestFlags& flags, bool preflight, const std::string& configFile) {
    IMAGO_ASSIGN(Json form, flags.form());
    form.erase("config");
    for (const char* fromTheRun : {"family", "data"})
        if (!form.contains(fromTheRun)) form[fromTheRun] = "";
    IMAGO_ASSIGN(TrainRequest request, bind<TrainRequest>(form));
    if (request.run.empty() && !preflight) return Error{ErrorCode::Usage, "A training needs --out, the folder of its run."};
    if (request.resume) {
        IMAGO_TRY(refuseFixed(flags, {"preset", "seed"}));
        if (configFile.empty() && !flags.given("config")) return request;
        IMAGO_ASSIGN(const auto run, RunReader::open(request.run));
        IMAGO_ASSIGN(request.config, typed(changesTo(run->info().json, configFile, flags.texts("config")), !configFile.empty()));
        return request;
    }
    std::string familyId = request.family;
    if (!request.branchFrom.empty()) IMAGO_TRY(refuseFixed(flags, {"seed"}));
    if (!request.branchFrom.empty() && familyId.empty()) {  // family and data are the parent's
        IMAGO_ASSIGN(const auto parent, RunReader::open(parseRunReference(request.branchFrom).run));
        familyId = parent->info().json.value("family", std::string());
    } else if (request.family.empty() || request.data.empty()) {
        return Error{ErrorCode::Usage,
                     "A new training needs --family and --data.",
                     {},
                     "For example: imago train --family diffusion --data fashion-mnist --out clothes"};
    }
    IMAGO_ASSIGN(request.config, typed(settingsOf(request, familyId, configFile, flags.texts("config")), !configFile.empty()));
    return request;
}

std::string duration(double seconds) {
    char text[32];
    if (seconds < 90)
        std::snprintf(text, sizeof text, "%.1f s", seconds);
    else if (seconds < 5400)
        std::snprintf(text, sizeof text, "%.0f min", seconds / 60);
    else
        std::snprintf(text, sizeof text, "%.1f h", seconds / 3600);
    return text;
}

void printPreflight(const Json& r) {
    const auto number = [&](const char* key) { return r.value(key, 0.0); };
    std::printf("Pictures    %.0f of %.0f x %.0f (%.0f left out)%s\n", number("pictures"), number("width"), number("height"),
                number("left_out"), r.value("in_memory", true) ? "" : ", read from the disk while it learns");
    std::printf("Parameters  %.0f\n", number("parameters"));
    std::printf("Memory      %.0f MB (%.0f MB are free)\n", number("memory_bytes") / 1e6, number("memory_free_bytes") / 1e6);
    std::printf("Speed       %.1f pictures a second, %s an epoch (%.0f at a time, batch %.0f)\n", number("images_per_second"),
                duration(number("seconds_per_epoch")).c_str(), number("pictures_at_a_time"), number("batch"));
    if (r.contains("seconds_total")) std::printf("In all      %s\n", duration(number("seconds_total")).c_str());
    if (r.contains("epochs_total")) std::printf("In all      %.1f epochs\n", number("epochs_total"));
    std::printf("Disk        %.0f MB at most (%.0f MB are free)\n", number("disk_bytes") / 1e6, number("disk_free_bytes") / 1e6);
    for (const Json& sentence : r["report"]["sentences"]) std::printf("- %s\n", sentence.value("text", "").c_str());
    if (const std::string expectation = r.value("expectation", ""); !expectation.empty()) std::printf("%s\n", expectation.c_str());
}

void printRun(const Json& result) {
    std::printf("%s\n", result.dump(2).c_str());
}

}  // namespace

void addTrain(CLI::App& app, Globals& globals) {
    struct Options {
        bool preflight = false;
        std::string configFile;
    };
    auto* verb = app.add_subcommand("train", "Train a model on pictures");
    const auto flags = std::make_shared<RequestFlags>(*verb, schemaOf<TrainRequest>());
    const auto options = std::make_shared<Options>();
    for (const char* fromTheRun : {"family", "data"}) (*flags)[fromTheRun]->required(false);
    (*flags)["minutes"]->excludes((*flags)["steps"]);
    verb->add_option("--config", options->configFile, "Settings from a JSON file, or from a run's run.json");
    verb->add_flag("--preflight", options->preflight, "Only measure what the training would take, with three throw-away steps");
    verb->callback([flags, options, &globals] {
        const Result<TrainRequest> training = trainingOf(*flags, options->preflight, options->configFile);
        if (!training) {
            globals.exitCode = fail(training.error(), globals);
            return;
        }
        const SessionOptions session{training->device, training->threads, options->preflight ? printPreflight : printRun};
        const Request request = options->preflight ? Request(PreflightRequest{*training}) : Request(*training);
        globals.exitCode = runRequest(request, globals, session);
    });
}

}  // namespace imago::cli
