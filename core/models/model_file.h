// Model files: one safetensors file with the weights to use; everything needed to build the model again stands in its
// metadata. Nothing in it can run code. Encoding reads the model: compute thread; inspecting: any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/models/generative_model.h"
#include "core/tensor/device.h"
#include "core/tensor/safetensors.h"

namespace imago {

// Metadata: imago.family, imago.schema, imago.config (JSON), imago.shape (JSON: channels, height, width, classes), and
// what the caller adds: imago.step, imago.licence, imago.data ...
struct ModelFileInfo {
    std::string family;
    Json config = Json::object();
    DataShape shape;
    std::int64_t step = -1;  // -1: not told
    Metadata metadata;
};

Result<ModelFileInfo> inspectModel(const std::filesystem::path& path);  // the header only

// The averaged (or the present) weights as the bytes of a model file. Weights that are not numbers are refused.
Result<std::vector<std::uint8_t>> encodeModel(GenerativeModel& model, bool useAverage, const Metadata& extra = {});
// Durably. Returns the SHA-256 of the file.
Result<std::string> saveModel(GenerativeModel& model, const std::filesystem::path& path, bool useAverage = true, const Metadata& extra = {},
                              FileOps& ops = systemFileOps());
// The averaged weights in half the space: what is given away. They are computed with in full precision all the same.
Result<std::string> saveHalfModel(GenerativeModel& model, const std::filesystem::path& path, const Metadata& extra = {});

struct LoadedModel {
    std::unique_ptr<GenerativeModel> model;
    ModelFileInfo info;
    std::string sha256;  // of the file
};
Result<LoadedModel> readModel(const std::filesystem::path& path, const Device& device = {});
Result<LoadedModel> readModel(const SafetensorsFile& file, const std::string& name, const Device& device = {});
Result<std::unique_ptr<GenerativeModel>> loadModel(const std::filesystem::path& path, const Device& device = {});

Json toJson(const DataShape& shape);
Result<DataShape> dataShapeFromJson(const Json& json);

}  // namespace imago
