// imago compress IN --model M --out FILE: a picture into a latent file, a latent file back into a picture.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "app/cli/cli.h"

namespace imago::cli {

static void showCompressed(const Json& result) {
    const bool encoded = result.value("direction", "") == "encode";
    std::printf("%s\n", result.value("out", "").c_str());
    std::printf("%-16s %d x %d, %d channel%s\n", "picture", result.value("width", 0), result.value("height", 0),
                result.value("channels", 0), result.value("channels", 0) == 1 ? "" : "s");
    std::printf("%-16s %lld\n", "bytes", static_cast<long long>(result.value("bytes", std::int64_t{0})));
    std::printf("%-16s %.3f\n", "bits per pixel", result.value("bits_per_pixel", 0.0));
    if (encoded) std::printf("%-16s %.3f (without the file's head)\n", "", result.value("payload_bits_per_pixel", 0.0));
    if (result.contains("psnr")) std::printf("%-16s %.2f dB\n", "PSNR", result.value("psnr", 0.0));
}

void addCompress(CLI::App& app, Globals& globals) {
    struct Options {
        CompressRequest request;
        std::string device = "auto", threads = "auto";
    };
    auto options = std::make_shared<Options>();
    auto* verb = app.add_subcommand("compress", "Turn a picture into a latent file with a VAE, or a latent file back into a picture");
    CompressRequest& request = options->request;
    verb->add_option("in", request.in, "A picture, or a latent file made by this verb")->required();
    verb->add_option("--model", request.model, "Run folder, RUN@STEP, or model file (family vae)")->required();
    verb->add_option("--out", request.out, "The latent file, or the picture (.png, .jpg)")->required();
    verb->add_option("--precision", request.precision, "How finely latent numbers are rounded; models with codes need none")
        ->check(CLI::Range(0.001, 10.0));
    verb->add_option("--compare", request.compare, "Going back: the original, to print the PSNR against it");
    verb->add_option("--device", options->device, "auto, cpu, cuda:N");
    verb->add_option("--threads", options->threads, "auto, or a number: reproducible bit for bit");
    verb->callback([options, &globals] {
        globals.exitCode = runRequest(options->request, globals, {options->device, options->threads, showCompressed});
    });
}

}  // namespace imago::cli
