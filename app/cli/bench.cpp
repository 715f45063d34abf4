// imago bench: figures as ratios against a named baseline in the same run.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "app/cli/cli.h"
#include "core/models/gan/bench.h"
#include "core/models/vae/bench.h"
#include "core/nn/bench_conv.h"
#include "core/nn/bench_train.h"
#include "core/tensor/device.h"

namespace imago::cli {

namespace {

struct Options {
    std::string name = "train";
    nn::BenchOptions train;
    std::string only;
};

void print(const nn::BenchRow& row, const Globals& globals) {
    if (globals.json) {
        printJson({{"bench", row.bench},
                   {"case", row.name},
                   {"value", row.value},
                   {"unit", row.unit},
                   {"baseline", row.baseline},
                   {"baseline_value", row.baselineValue},
                   {"ratio", row.ratio}});
        return;
    }
    std::printf("%-34s %10.2f %-12s", row.name.c_str(), row.value, row.unit.c_str());
    if (row.ratio > 0) std::printf("  %.2f x %s (%.2f)", row.ratio, row.baseline.c_str(), row.baselineValue);
    std::printf("\n");
    std::fflush(stdout);
}

int run(Options& options, const Globals& globals) {
    prepareProcessForTensors();
    prepareComputeThread();
    const auto wanted = [&](const char* name) { return options.only.empty() || options.only == name; };
    options.train.small = wanted("small");
    options.train.medium = wanted("medium");
    if (!globals.json) options.train.progress = [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); };
    auto rows =
        options.name == "conv" ? nn::benchConvKernels(options.train.threads, options.train.progress) : nn::benchTrain(options.train);
    const auto add = [&](const std::vector<nn::BenchRow>& more) { rows.insert(rows.end(), more.begin(), more.end()); };
    const bool others = options.name == "train" && !options.train.besideLoad;
    if (others && wanted("gan")) add(gan::benchGan(options.train));
    if (others && wanted("vae")) add(vae::benchVae(options.train));
    for (const auto& row : rows) print(row, globals);
    if (globals.json) printResult({{"bench", options.name}, {"cases", rows.size()}});
    return 0;
}

}  // namespace

void addBench(CLI::App& app, Globals& globals) {
    auto options = std::make_shared<Options>();
    auto* verb = app.add_subcommand("bench", "Measure speed, beside a plainly written program in the same run");
    verb->add_option("name", options->name, "train: optimizer steps of the networks; conv: their convolutions, one by one")
        ->check(CLI::IsMember({"train", "conv"}));
    verb->add_option("--only", options->only, "One network")->check(CLI::IsMember({"small", "medium", "gan", "vae"}));
    verb->add_option("--threads", options->train.threads, "Threads of both sides")->check(CLI::Range(1, 1024));
    verb->add_option("--rounds", options->train.rounds, "Alternations; medians are reported")->check(CLI::Range(1, 100));
    verb->add_flag("--beside-load", options->train.besideLoad, "Our step beside other busy programs, with threads: auto");
    verb->callback([options, &globals] { globals.exitCode = run(*options, globals); });
}

}  // namespace imago::cli
