#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>

#include "app/cli/cli.h"
#include "core/config/presets.h"
#include "core/engine/run.h"
#include "core/models/family_info.h"
#include "core/train/run_setup.h"

namespace imago::cli {

namespace {

struct Options {
    TrainRequest request;
    std::vector<std::string> settings;
    std::string configFile;
    std::int64_t steps = 0;
    double minutes = 0;
};

Result<Json> readConfigFile(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return Error{ErrorCode::BadInput, "{file} cannot be opened.", {{"file", file}}, "Check the path of --config."};
    std::stringstream text;
    text << in.rdbuf();
    IMAGO_ASSIGN(const Json json, parseJson(text.str(), file));
    // A run.json serves as well: what it asked for is taken again.
    if (json.contains("requested") && json["requested"].is_object()) return json["requested"];
    return json;
}

Result<void> fillRequest(Options& options, const CLI::App& verb) {
    TrainRequest& request = options.request;
    if (verb.count("--steps")) request.steps = options.steps;
    if (verb.count("--minutes")) request.minutes = options.minutes;
    if (request.run.empty() && !request.preflight) return Error{ErrorCode::Usage, "A training needs --out, the folder of its run."};
    if (request.resume) return {};
    std::string familyId = request.family;
    if (!request.branchFrom.empty() && familyId.empty()) {  // family and data are the parent's
        IMAGO_ASSIGN(const auto parent, RunReader::open(parseRunReference(request.branchFrom).run));
        familyId = parent->info().json.value("family", std::string());
    } else if (request.family.empty() || request.data.empty()) {
        return Error{ErrorCode::Usage,
                     "A new training needs --family and --data.",
                     {},
                     "For example: imago train --family diffusion --data fashion-mnist --out clothes"};
    }
    IMAGO_ASSIGN(const FamilyInfo* family, findFamilyInfo(familyId));
    // A setting inside a variant needs to know which alternative the preset chose, so all are laid over it.
    Json base = Json::object();
    if (!request.preset.empty()) {
        IMAGO_ASSIGN(const Preset preset, findPreset(familyId, request.preset));
        base = preset.config;
    }
    if (!options.configFile.empty()) {
        IMAGO_ASSIGN(const Json file, readConfigFile(options.configFile));
        base = mergeJson(family->config, base, file);
    }
    for (const auto& setting : options.settings) {
        IMAGO_ASSIGN(const auto pair, splitSetting(setting));
        IMAGO_TRY(setByPath(base, pair.first, pair.second, family->config));
    }
    request.config = base;
    return {};
}

}  // namespace

namespace {

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

void showTraining(const Json& result) {
    if (result.value("preflight", false))
        printPreflight(result);
    else
        std::printf("%s\n", result.dump(2).c_str());
}

}  // namespace

void addTrain(CLI::App& app, Globals& globals) {
    auto options = std::make_shared<Options>();
    auto* verb = app.add_subcommand("train", "Train a model on pictures");
    TrainRequest& request = options->request;
    verb->add_option("--family", request.family, "Kind of model (see: imago families)");
    verb->add_option("--data", request.data, "Pictures (see: imago datasets)");
    verb->add_option("--out", request.run, "Folder of the run");
    verb->add_option("--preset", request.preset, "Named settings of the family");
    verb->add_option("--set", options->settings, "key=value, as often as needed (see: imago describe FAMILY)")->allow_extra_args(false);
    verb->add_option("--config", options->configFile, "Settings from a JSON file, or from a run's run.json");
    auto* steps = verb->add_option("--steps", options->steps, "Optimizer steps")->check(CLI::PositiveNumber);
    verb->add_option("--minutes", options->minutes, "Minutes of training")->check(CLI::PositiveNumber)->excludes(steps);
    verb->add_option("--seed", request.seed, "Seed of everything that is drawn");
    verb->add_option("--device", request.device, "auto, cpu, cuda:N");
    verb->add_option("--threads", request.threads, "auto, or a number: reproducible bit for bit");
    verb->add_flag("--resume", request.resume, "Go on with the run's newest good checkpoint");
    verb->add_option(
        "--init", request.initFrom,
        "Fine-tune: start from the weights of a run or model. Small folders start from a shipped one where it fits, unless: none");
    verb->add_flag("--preflight", request.preflight, "Only measure what the training would take, with three throw-away steps");
    verb->add_option("--branch", request.branchFrom, "Start as a checkpoint of another run: RUN or RUN@STEP");
    verb->callback([verb, options, &globals] {
        if (const auto ready = fillRequest(*options, *verb); !ready.ok()) {
            globals.exitCode = fail(ready.error(), globals);
            return;
        }
        SessionOptions session{options->request.device, options->request.threads, showTraining};
        globals.exitCode = runRequest(options->request, globals, session);
    });
}

}  // namespace imago::cli
