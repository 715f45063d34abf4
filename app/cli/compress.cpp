// imago compress IN --model M --out FILE: a picture into a latent file, a latent file back into a picture.
#include <cstdio>

#include "app/cli/request_flags.h"

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
    addRequestVerb(app, globals,
                   {"compress",
                    "Turn a picture into a latent file with a VAE, or a latent file back into a picture",
                    CompressRequest::kind,
                    schemaOf<CompressRequest>(),
                    {},
                    showCompressed});
}

}  // namespace imago::cli
