#include "core/models/model_file.h"

#include <charconv>
#include <cstring>

#include "core/base/log.h"
#include "core/nn/parameters.h"
#include "core/nn/torch_pch.h"

namespace imago {

namespace {

constexpr const char* kModelSchema = "1";
using Buffer = nn::ParameterArena::Buffer;

Error notAModel(const std::string& name, const std::string& why) {
    return Error{ErrorCode::BadInput, IMAGO_TR("{file} is not a model that Imago can use: {why}."), {{"file", name}, {"why", why}}};
}

Metadata metadataOf(const GenerativeModel& model, const Metadata& extra) {
    Metadata metadata = extra;
    metadata["imago.schema"] = kModelSchema;
    metadata["imago.family"] = model.familyId();
    metadata["imago.config"] = model.config().dump();
    metadata["imago.shape"] = toJson(model.shape()).dump();
    return metadata;
}

Result<ModelFileInfo> infoOf(const Metadata& metadata, const std::string& name) {
    const auto value = [&](const char* key) {
        const auto at = metadata.find(key);
        return at == metadata.end() ? std::string() : at->second;
    };
    ModelFileInfo info;
    info.metadata = metadata;
    info.family = value("imago.family");
    if (info.family.empty()) return notAModel(name, "it does not say what kind of model it is");
    if (value("imago.schema") != kModelSchema) return notAModel(name, "it was written by another version");
    IMAGO_TRY(findFamilyInfo(info.family));
    IMAGO_ASSIGN(info.config, parseJson(value("imago.config"), name));
    IMAGO_ASSIGN(const Json shape, parseJson(value("imago.shape"), name));
    IMAGO_ASSIGN(info.shape, dataShapeFromJson(shape));
    const std::string step = value("imago.step");
    if (std::from_chars(step.data(), step.data() + step.size(), info.step).ec != std::errc()) info.step = -1;
    return info;
}

// Copies of the weights, contiguous on the CPU, which the views point into.
struct Weights {
    std::vector<at::Tensor> kept;
    std::vector<TensorView> views;
};

// half: matrices and convolutions as 16-bit floats; biases, statistics and fitted numbers have one extent and stay as they are.
Weights weightsOf(GenerativeModel& model, bool useAverage, bool half = false) {
    const torch::NoGradGuard noGradients;
    Weights out;
    nn::ParameterArena& arena = model.parameters();
    for (std::size_t i = 0; i < arena.entries().size(); ++i) {
        const auto& entry = arena.entries()[i];
        const bool small = half && entry.shape.size() > 1;
        const at::Tensor values = arena.view(useAverage ? Buffer::Average : Buffer::Master, nn::ParameterId(i))
                                      .to(at::kCPU)
                                      .to(small ? at::kHalf : at::kFloat)
                                      .contiguous();
        out.kept.push_back(values);
        out.views.push_back({entry.name, small ? DType::F16 : DType::F32, entry.shape,
                             Bytes(static_cast<const std::uint8_t*>(values.data_ptr()), values.nbytes())});
    }
    return out;
}

Result<void> checkFinite(const Weights& weights) {
    for (const auto& view : weights.views)
        if (countNonFinite(view) > 0)
            return Error{ErrorCode::Numerical,
                         IMAGO_TR("The model was not saved: its weight {name} holds values that are not numbers."),
                         {{"name", view.name}}};
    return {};
}

Result<void> fillWeights(GenerativeModel& model, const SafetensorsFile& file, const std::string& name) {
    const torch::NoGradGuard noGradients;
    nn::ParameterArena& arena = model.parameters();
    if (file.tensors().size() != arena.entries().size())
        return notAModel(name, "it has " + std::to_string(file.tensors().size()) + " weights where its settings call for " +
                                   std::to_string(arena.entries().size()));
    std::size_t strange = 0;
    for (std::size_t i = 0; i < arena.entries().size(); ++i) {
        const auto& entry = arena.entries()[i];
        const TensorView* stored = file.find(entry.name);
        if (!stored) return notAModel(name, "the weight " + entry.name + " is missing");
        const bool half = stored->dtype == DType::F16;
        if ((!half && stored->dtype != DType::F32) || stored->shape != entry.shape)
            return notAModel(name, "the weight " + entry.name + " has another shape than its settings call for");
        strange += countNonFinite(*stored);
        const at::Tensor values = at::empty(entry.shape, half ? at::kHalf : at::kFloat);
        if (!stored->data.empty()) std::memcpy(values.data_ptr(), stored->data.data(), stored->data.size());
        arena.view(Buffer::Master, nn::ParameterId(i)).copy_(values);
    }
    if (strange > 0) logWarning("a model file holds " + std::to_string(strange) + " weights that are not numbers");
    arena.copyMasterToAverage();
    arena.markChanged();
    return {};
}

}  // namespace

Json toJson(const DataShape& shape) {
    return {{"channels", shape.channels}, {"height", shape.height}, {"width", shape.width}, {"classes", shape.classNames}};
}

Result<DataShape> dataShapeFromJson(const Json& json) {
    constexpr int kLargest = 4096;
    DataShape shape;
    const auto read = [&json](const char* key, int most, int& out) {
        const auto at = json.find(key);
        if (at == json.end() || !at->is_number_integer() || at->get<std::int64_t>() < 1 || at->get<std::int64_t>() > most) return false;
        out = at->get<int>();
        return true;
    };
    bool good = json.is_object() && read("channels", 4, shape.channels) && read("height", kLargest, shape.height) &&
                read("width", kLargest, shape.width);
    if (good && json.contains("classes")) {
        good = json["classes"].is_array() && json["classes"].size() <= 100000;
        for (const auto& name : json["classes"]) {
            good = good && name.is_string();
            if (good) shape.classNames.push_back(name.get<std::string>());
        }
    }
    if (!good) return Error{ErrorCode::BadInput, IMAGO_TR("A model file describes its pictures in a way that makes no sense.")};
    return shape;
}

Result<ModelFileInfo> inspectModel(const std::filesystem::path& path) {
    IMAGO_ASSIGN(const SafetensorsSummary summary, inspectSafetensors(path));
    return infoOf(summary.metadata, path.filename().string());
}

Result<std::vector<std::uint8_t>> encodeModel(GenerativeModel& model, bool useAverage, const Metadata& extra) {
    const Weights weights = weightsOf(model, useAverage);
    IMAGO_TRY(checkFinite(weights));
    return encodeSafetensors(weights.views, metadataOf(model, extra));
}

Result<std::string> saveModel(GenerativeModel& model, const std::filesystem::path& path, bool useAverage, const Metadata& extra,
                              FileOps& ops) {
    const Weights weights = weightsOf(model, useAverage);
    IMAGO_TRY(checkFinite(weights));
    return writeSafetensors(path, weights.views, metadataOf(model, extra), ops);
}

Result<std::string> saveHalfModel(GenerativeModel& model, const std::filesystem::path& path, const Metadata& extra) {
    const Weights weights = weightsOf(model, true, true);
    IMAGO_TRY(checkFinite(weights));  // also: one that does not fit in 16 bits
    return writeSafetensors(path, weights.views, metadataOf(model, extra));
}

Result<LoadedModel> readModel(const SafetensorsFile& file, const std::string& name, const Device& device) {
    LoadedModel loaded;
    IMAGO_ASSIGN(loaded.info, infoOf(file.metadata(), name));
    IMAGO_ASSIGN(const Family* family, findFamily(loaded.info.family));
    std::int64_t brought = 0;
    for (const TensorView& tensor : file.tensors()) brought += static_cast<std::int64_t>(tensor.elements());
    try {  // a file border: its settings may call for anything
        const nn::ParameterArena::Limit limit(brought);
        IMAGO_ASSIGN(loaded.model, family->makeModel(loaded.info.config, loaded.info.shape, 0, device));
    } catch (const std::length_error&) {
        return notAModel(name, "its settings call for more weights than it has");
    }
    IMAGO_TRY(fillWeights(*loaded.model, file, name));
    loaded.sha256 = file.sha256();
    return loaded;
}

Result<LoadedModel> readModel(const std::filesystem::path& path, const Device& device) {
    IMAGO_ASSIGN(const SafetensorsFile file, SafetensorsFile::read(path));
    return readModel(file, path.filename().string(), device);
}

Result<std::unique_ptr<GenerativeModel>> loadModel(const std::filesystem::path& path, const Device& device) {
    IMAGO_ASSIGN(LoadedModel loaded, readModel(path, device));
    return std::move(loaded.model);
}

}  // namespace imago
