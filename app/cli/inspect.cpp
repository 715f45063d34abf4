// imago inspect FILE: what a model file, a picture of ours or a run says about itself, without running anything of it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "app/cli/cli.h"
#include "core/engine/run.h"
#include "core/image/photo.h"
#include "core/tensor/safetensors.h"

namespace imago::cli {

namespace {

namespace fs = std::filesystem;

Result<Json> inspectRun(const fs::path& folder) {
    IMAGO_ASSIGN(const auto reader, RunReader::open(folder));
    IMAGO_ASSIGN(const auto update, reader->poll());
    Json checkpoints = Json::array();
    std::error_code ignored;
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder / "checkpoints", ignored))
        if (entry.is_directory() && fs::exists(entry.path() / "manifest.json")) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    for (const auto& name : names) checkpoints.push_back(name);
    Json last = Json::object();
    const Json columns = reader->info().json.value("metric_names", Json::array());
    if (!update.rows.empty()) {
        last["step"] = update.rows.back().step;
        for (std::size_t i = 0; i < columns.size() && i < update.rows.back().values.size(); ++i)
            last[columns[i].get<std::string>()] = update.rows.back().values[i];
    }
    return Json{{"kind", "run"},
                {"training_now", reader->writerAlive()},
                {"metric_rows", update.rows.size()},
                {"last", last},
                {"previews", update.previews.size()},
                {"checkpoints", checkpoints},
                {"run", reader->info().json}};
}

Result<Json> inspectModel(const fs::path& file) {
    IMAGO_ASSIGN(const SafetensorsSummary summary, inspectSafetensors(file));
    Json tensors = Json::array();
    std::int64_t numbers = 0;
    for (const auto& tensor : summary.tensors) {
        tensors.push_back({{"name", tensor.name}, {"type", toString(tensor.dtype)}, {"shape", tensor.shape}});
        numbers += tensor.elements();
    }
    Json metadata = Json::object();
    for (const auto& [key, value] : summary.metadata) {
        const Json inner = Json::parse(value, nullptr, false);
        metadata[key] = inner.is_structured() ? inner : Json(value);
    }
    const char* kind = summary.metadata.contains("imago.packed") ? "packed dataset" : "safetensors";
    return Json{{"kind", kind}, {"bytes", summary.fileBytes}, {"numbers", numbers}, {"metadata", metadata}, {"tensors", tensors}};
}

// Datasets made by imago pack may be called anything.
bool isPackedDataset(const fs::path& file) {
    const auto summary = inspectSafetensors(file);
    return summary.ok() && summary->metadata.contains("imago.packed");
}

Result<Json> inspectPicture(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(in), {}};
    IMAGO_ASSIGN(const Photo photo, readPhoto(bytes, file.string()));
    const Image& image = photo.image;
    Json json{{"kind", "picture"}, {"width", image.width()}, {"height", image.height()}, {"channels", image.channels()}};
    if (!photo.icc.empty()) json["icc_profile_bytes"] = photo.icc.size();
    if (!photo.metadata.exif.empty()) json["exif_bytes"] = photo.metadata.exif.size();
    for (const auto& [key, value] : photo.metadata.texts) {
        const Json inner = Json::parse(value, nullptr, false);
        json["texts"][key] = inner.is_structured() ? inner : Json(value);
    }
    return json;
}

Result<Json> inspect(const fs::path& path) {
    std::error_code ignored;
    if (!fs::exists(path, ignored))
        return Error{ErrorCode::BadInput, "{path} does not exist.", {{"path", path.string()}}, "Check the path."};
    if (fs::is_directory(path, ignored)) return inspectRun(path);
    if (path.extension() == ".safetensors" || isPackedDataset(path)) return inspectModel(path);
    return inspectPicture(path);
}

}  // namespace

void addInspect(CLI::App& app, Globals& globals) {
    auto path = std::make_shared<std::string>();
    auto* verb = app.add_subcommand("inspect", "What a run, a model file or a picture says about itself");
    verb->add_option("file", *path, "Run folder, .safetensors file, packed dataset or picture")->required();
    verb->callback([path, &globals] {
        const auto result = inspect(*path);
        if (!result.ok())
            globals.exitCode = fail(result.error(), globals);
        else if (globals.json)
            printResult(*result);
        else
            std::printf("%s\n", result->dump(2, ' ', false, Json::error_handler_t::replace).c_str());
    });
}

}  // namespace imago::cli
