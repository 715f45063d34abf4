// imago selfcheck: does this installation work on this machine? The whole way from drawing pictures to a sample, in a
// temporary folder; also the check for machines without Qt Test (GPU servers).
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "app/cli/cli.h"
#include "core/base/random.h"
#include "core/config/presets.h"
#include "core/ml_engine.h"
#include "core/tensor/device.h"

namespace imago::cli {

namespace {

namespace fs = std::filesystem;

class Report {
  public:
    explicit Report(const Globals& globals) : m_globals(globals) {}
    void add(const std::string& name, const Result<std::string>& outcome) {
        const std::string text = outcome.ok() ? *outcome : outcome.error().text();
        if (!outcome.ok()) ++m_failed;
        if (m_globals.json)
            printJson({{"check", name}, {"ok", outcome.ok()}, {"text", text}});
        else
            std::printf("%-6s %-12s %s\n", outcome.ok() ? "ok" : "FAILED", name.c_str(), text.c_str());
        std::fflush(stdout);
    }
    int failed() const { return m_failed; }

  private:
    const Globals& m_globals;
    int m_failed = 0;
};

Result<std::string> checkProcessor(const std::string& device) {
    IMAGO_ASSIGN(const Device chosen, parseDevice(device));
    const CpuFeatures& cpu = cpuFeatures();
    std::string units = cpu.avx512 ? "AVX-512" : cpu.avx2 ? "AVX2" : "portable code";
    if (cpu.avx512Bf16) units += ", bf16";
    if (cpu.amxBf16) units += ", AMX";
    return deviceText(chosen) + " (" + deviceName(chosen) + "), " + units;
}

// Philox4x32-10 on the zero counter and key: Salmon et al. 2011, the published test vector.
Result<std::string> checkRandom() {
    const std::array<std::uint32_t, 4> published{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    if (philox4x32({0, 0, 0, 0}, {0, 0}) != published) return Error{ErrorCode::Internal, "Random numbers differ from the published ones."};
    return std::string("random numbers as published");
}

Result<std::string> checkResources() {
    const auto presets = presetsOf("diffusion");
    if (presets.empty())
        return Error{ErrorCode::BadInput,
                     "No presets found in {folder}.",
                     {{"folder", resourcesFolder().string()}},
                     "Set IMAGO_RESOURCES to Imago's resources folder."};
    return std::to_string(presets.size()) + " presets";
}

Result<Json> finishJob(Studio& studio, const Request& request) {
    IMAGO_ASSIGN(const JobId job, studio.submit(request));
    studio.waitIdle();
    std::vector<Event> events;
    studio.drain(events);
    for (auto& event : events)
        if (auto* end = std::get_if<JobFinished>(&event.body); end && event.job == job) {
            if (end->error) return *end->error;
            return end->result;
        }
    return Error{ErrorCode::Internal, "The job ended without a word."};
}

Result<std::string> checkTraining(Studio& studio, const fs::path& folder, const std::string& device) {
    TrainRequest train;
    train.family = "diffusion";
    train.data = "shapes:64";
    train.run = (folder / "run").string();
    train.config = {{"network", {{"size", "custom"}, {"channels", 16}}}, {"optimizer", {{"batch", 8}}}};
    train.steps = 4;
    train.device = device;
    IMAGO_TRY(finishJob(studio, train));
    SampleRequest sample;
    sample.model = train.run;
    sample.count = 4;
    sample.out = (folder / "grid.png").string();
    IMAGO_TRY(finishJob(studio, sample));
    if (!fs::exists(sample.out)) return Error{ErrorCode::Internal, "No picture was written."};
    return std::string("trained 4 steps, saved, sampled 4 pictures");
}

int run(const std::string& device, const Globals& globals) {
    Report report(globals);
    report.add("processor", checkProcessor(device));
    report.add("random", checkRandom());
    report.add("resources", checkResources());
    const fs::path folder = fs::temp_directory_path() / ("imago-selfcheck-" + std::to_string(getpid()));
    std::error_code ignored;
    fs::create_directories(folder, ignored);
    {
        auto studio = makeStudio({device, "auto", true});
        report.add("training", checkTraining(*studio, folder, device));
    }
    fs::remove_all(folder, ignored);
    if (report.failed() > 0) return fail({ErrorCode::Internal, "{n} checks failed.", {{"n", std::to_string(report.failed())}}}, globals);
    if (globals.json) printResult({{"failed", 0}});
    return 0;
}

}  // namespace

void addSelfcheck(CLI::App& app, Globals& globals) {
    auto device = std::make_shared<std::string>("auto");
    auto* verb = app.add_subcommand("selfcheck", "Check that Imago works on this machine, from data to sample");
    verb->add_option("--device", *device, "auto, cpu, cuda:N");
    verb->callback([device, &globals] { globals.exitCode = run(*device, globals); });
}

}  // namespace imago::cli
