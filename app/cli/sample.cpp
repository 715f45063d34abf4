#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "app/cli/cli.h"

namespace imago::cli {

void addSample(CLI::App& app, Globals& globals) {
    struct Options {
        SampleRequest request;
        std::vector<std::string> settings;
        std::string device = "auto", threads = "auto";
    };
    auto options = std::make_shared<Options>();
    auto* verb = app.add_subcommand("sample", "Make pictures with a trained model");
    SampleRequest& request = options->request;
    verb->add_option("model", request.model, "Run folder, RUN@STEP, or model file")->required();
    verb->add_option("--count", request.count, "How many")->check(CLI::Range(1, 1000000));
    verb->add_option("--out", request.out, "x.png: one grid; a folder: one PNG each")->required();
    verb->add_option("--seed", request.seed, "Picture i is made from seed + i");
    verb->add_option("--class", request.className, "Name or number of a class, or all");
    verb->add_flag("--labels", request.labels, "Into a folder for each class, ready to be learned from with folder:");
    verb->add_option("--set", options->settings, "key=value of the sampling settings (see: imago describe FAMILY)")
        ->allow_extra_args(false);
    verb->add_option("--device", options->device, "auto, cpu, cuda:N");
    verb->add_option("--threads", options->threads, "auto, or a number: reproducible bit for bit");
    verb->callback([options, &globals] {
        if (const auto set = setAll(options->settings, options->request.settings); !set.ok()) {
            globals.exitCode = fail(set.error(), globals);
            return;
        }
        SessionOptions session{options->device, options->threads,
                               [](const Json& result) { std::printf("%s\n", result.value("out", "").c_str()); }};
        globals.exitCode = runRequest(options->request, globals, session);
    });
}

}  // namespace imago::cli
