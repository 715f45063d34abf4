#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "app/cli/cli.h"

namespace imago::cli {

namespace {

// A column for the subject and one for real pictures, where there are any.
void showFigures(const Json& result) {
    if (result.contains("table_text")) {
        std::printf("%s", result["table_text"].get<std::string>().c_str());
        std::printf("every series rises in every distance that counts: %s\n", result.value("monotone", false) ? "yes" : "no");
        for (const auto& [name, answer] : result["monotone_each"].items())
            if (!answer.value("ok", true)) std::printf("  %s does not: %s\n", name.c_str(), answer["broken"].dump().c_str());
        return;
    }
    if (result.contains("accuracy")) {
        std::printf("accuracy %.4f on %lld pictures\n", result.value("accuracy", 0.0), result.value("count", 0LL));
        for (const auto& [name, share] : result["class_accuracy"].items()) std::printf("  %-16s %.3f\n", name.c_str(), share.get<double>());
        return;
    }
    const Json& figures = result.at("figures");
    const Json floor = result.value("floor", Json::object());
    std::printf("%-14s %12s %14s\n", "", "this", "real pictures");
    for (const char* name : {"fd", "kid", "precision", "recall", "density", "coverage", "swd"}) {
        if (!figures.contains(name)) continue;
        std::printf("%-14s %12.4f", name, figures[name].get<double>());
        if (floor.contains(name)) std::printf(" %14.4f", floor[name].get<double>());
        std::printf("\n");
    }
    std::printf("%lld pictures; %s\n", result.value("count", 0LL), result["evaluator"].value("why", "").c_str());
}

}  // namespace

void addEvaluate(CLI::App& app, Globals& globals) {
    struct Options {
        EvaluateRequest request;
        std::vector<std::string> settings;
        std::string device = "auto", threads = "auto";
    };
    auto options = std::make_shared<Options>();
    auto* verb = app.add_subcommand("evaluate", "Measure how close a model's pictures are to real ones");
    EvaluateRequest& request = options->request;
    verb->add_option("model", request.model, "Run folder, model file, or a folder of pictures");
    verb->add_option("--data", request.data, "The real pictures")->required();
    verb->add_option("--metrics", request.metrics, "fd,kid,prdc,swd (default: all)")
        ->delimiter(',')
        ->check(CLI::IsMember({"fd", "kid", "prdc", "swd"}));
    verb->add_option("--count", request.count, "How many samples")->check(CLI::Range(16, 1000000));
    verb->add_option("--seed", request.seed, "Seed of the samples");
    verb->add_option("--set", options->settings, "key=value of the sampling settings (see: imago describe FAMILY)")
        ->allow_extra_args(false);
    verb->add_flag("--calibrate", request.calibrate, "Print how the figures answer to known damage, instead of judging a model");
    verb->add_option("--device", options->device, "auto, cpu, cuda:N");
    verb->add_option("--threads", options->threads, "auto, or a number: reproducible bit for bit");
    verb->callback([options, &globals] {
        if (options->request.model.empty() && !options->request.calibrate) {
            globals.exitCode = fail({ErrorCode::Usage, "evaluate needs a model or --calibrate."}, globals);
            return;
        }
        if (const auto set = setAll(options->settings, options->request.settings); !set.ok()) {
            globals.exitCode = fail(set.error(), globals);
            return;
        }
        globals.exitCode = runRequest(options->request, globals, {options->device, options->threads, showFigures});
    });
}

}  // namespace imago::cli
