#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "app/cli/cli.h"

namespace imago::cli {

static void showFigures(const Json& result) {
    for (const auto& [key, value] : result.items()) {
        if (value.is_structured())
            std::printf("%s\n%s\n", key.c_str(), value.dump(1).c_str());
        else
            std::printf("%-24s %s\n", key.c_str(), value.is_string() ? value.get<std::string>().c_str() : value.dump().c_str());
    }
}

void addEvaluate(CLI::App& app, Globals& globals) {
    struct Options {
        EvaluateRequest request;
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
    verb->add_flag("--calibrate", request.calibrate, "Print how the figures answer to known damage, instead of judging a model");
    verb->add_option("--device", options->device, "auto, cpu, cuda:N");
    verb->add_option("--threads", options->threads, "auto, or a number: reproducible bit for bit");
    verb->callback([options, &globals] {
        if (options->request.model.empty() && !options->request.calibrate) {
            globals.exitCode = fail({ErrorCode::Usage, "evaluate needs a model or --calibrate."}, globals);
            return;
        }
        globals.exitCode = runRequest(options->request, globals, {options->device, options->threads, showFigures});
    });
}

}  // namespace imago::cli
