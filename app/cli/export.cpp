// imago export: a trained model as one small file to keep or give away.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "app/cli/cli.h"
#include "core/models/model_file.h"
#include "core/sample/model_cache.h"
#include "core/tensor/device.h"

namespace imago::cli {

namespace {

struct Options {
    std::string model, out;
    bool full = false;
};

Result<Json> exportModel(const Options& options) {
    prepareProcessForTensors();
    ModelCache models("cpu");
    IMAGO_ASSIGN(const auto model, models.get(options.model));
    const Metadata extra{{"imago.step", std::to_string(model->loaded.info.step)}};
    IMAGO_ASSIGN(const std::string hash,
                 options.full ? saveModel(model->model(), options.out, true, extra) : saveHalfModel(model->model(), options.out, extra));
    std::error_code ignored;
    return Json{{"out", options.out},
                {"sha256", hash},
                {"bytes", std::filesystem::file_size(options.out, ignored)},
                {"family", model->loaded.info.family},
                {"step", model->loaded.info.step}};
}

}  // namespace

void addExport(CLI::App& app, Globals& globals) {
    auto options = std::make_shared<Options>();
    auto* verb = app.add_subcommand("export", "Write a trained model as one file to keep or give away");
    verb->add_option("model", options->model, "Run folder, RUN@STEP, or model file")->required();
    verb->add_option("--out", options->out, "x.safetensors")->required();
    verb->add_flag("--full", options->full, "Weights in 32 bits: twice the size, to the bit what was trained");
    verb->callback([options, &globals] {
        const Result<Json> result = exportModel(*options);
        if (!result.ok()) {
            globals.exitCode = fail(result.error(), globals);
            return;
        }
        if (globals.json)
            printResult(*result);
        else
            std::printf("%s\n", options->out.c_str());
    });
}

}  // namespace imago::cli
