#include "core/train/warm_start.h"

#include <algorithm>

#include "core/data/dataset.h"
#include "core/models/family.h"
#include "core/models/generative_model.h"
#include "core/models/model_file.h"
#include "core/models/model_reference.h"
#include "core/models/shipped.h"
#include "core/nn/parameters.h"
#include "core/nn/torch_pch.h"
#include "core/train/mismatch.h"
#include "core/train/run_setup.h"

namespace imago {
namespace {

using Buffer = nn::ParameterArena::Buffer;

// Whether the model in a file has these networks, whatever labels it knows and pictures it was fitted to.
bool hasSameNetwork(const std::filesystem::path& file, const nn::ParameterArena& arena) {
    const Result<SafetensorsSummary> summary = inspectSafetensors(file);
    if (!summary) return false;
    return std::all_of(arena.entries().begin(), arena.entries().end(), [&](const nn::ParameterEntry& entry) {
        return entry.role != nn::Role::Weight || std::any_of(summary->tensors.begin(), summary->tensors.end(), [&](const TensorView& t) {
                   return t.name == entry.name && t.shape == entry.shape;
               });
    });
}

// Whether a training with this config can start from a model of that one.
bool isOfTheSameKind(const FamilyInfo& family, const Json& config, const Json& model) {
    return std::all_of(family.kindKeys.begin(), family.kindKeys.end(), [&](const std::string& key) {
        const Json *wanted = valueAt(config, key), *has = valueAt(model, key);
        return wanted && has ? *wanted == *has : wanted == has;
    });
}

}  // namespace

Result<void> adoptWeights(GenerativeModel& model, GenerativeModel& source, const std::string& sourceName, bool otherPictures) {
    const torch::NoGradGuard noGradients;
    nn::ParameterArena& to = model.parameters();
    const nn::ParameterArena& from = source.parameters();
    std::vector<const nn::ParameterEntry*> taken;
    Mismatch mismatch;
    for (const nn::ParameterEntry& entry : to.entries()) {
        if (otherPictures && entry.role == nn::Role::Fitted) continue;
        const nn::ParameterId id = from.find(entry.name);
        const auto* found = id < 0 ? nullptr : &from.entries()[static_cast<std::size_t>(id)].shape;
        if (found && *found == entry.shape)
            taken.push_back(&entry);
        else if (!otherPictures || entry.role != nn::Role::LabelTable)
            mismatch.add(entry, found);
    }
    IMAGO_TRY(mismatch.check(sourceName));
    for (const nn::ParameterEntry* entry : taken) to.view(Buffer::Master, entry->name).copy_(from.view(Buffer::Average, entry->name));
    to.copyMasterToAverage();
    to.zeroGrad();
    to.markChanged();
    return {};
}

Result<void> adoptWeights(GenerativeModel& model, const std::string& reference) {
    std::unique_ptr<GenerativeModel> source;
    IMAGO_TRY(readBestModel(reference, [&](const std::filesystem::path& file) -> Result<void> {
        IMAGO_ASSIGN(source, loadModel(file));
        return {};
    }));
    return adoptWeights(model, *source, reference);
}

bool wantsWarmStart(const TrainRequest& request, const RunStart& start, const Dataset& data) {
    const bool own = start.data.starts_with("folder:") || start.data.starts_with("packed:");
    return own && data.size() <= kSmallSet && !start.checkpoint && !request.resume && request.initFrom.empty();
}

Result<std::optional<WarmStart>> findWarmStart(const RunStart& start, const Dataset& data) {
    IMAGO_ASSIGN(const Family* family, findFamily(start.family));
    IMAGO_ASSIGN(const FamilyInfo* info, findFamilyInfo(start.family));
    for (const std::filesystem::path& file : shippedModels()) {
        const auto shipped = inspectModel(file);
        if (!shipped || shipped->family != start.family || shipped->shape.channels != data.shape().channels) continue;
        if (!isOfTheSameKind(*info, start.config, shipped->config)) continue;
        WarmStart warm{file, start.config, nullptr};
        for (const std::string& section : info->networkSections)
            if (!start.explicitNetwork && shipped->config.contains(section)) warm.config[section].update(shipped->config[section]);
        auto model = family->makeModel(warm.config, data.shape(), start.seed, start.device);
        if (!model || !hasSameNetwork(file, (*model)->parameters())) continue;
        warm.model = std::move(*model);
        warm.otherNetwork = warm.config != start.config;
        IMAGO_ASSIGN(const std::unique_ptr<GenerativeModel> source, loadModel(file));
        IMAGO_TRY(adoptWeights(*warm.model, *source, warm.name(), /*otherPictures=*/true));
        return std::optional(std::move(warm));
    }
    return std::optional<WarmStart>();
}

}  // namespace imago
