// Warm start: weights taken over from another model. From one that was asked for, or, for a small set of a person's own
// pictures, from a shipped one that already knows shapes and colours. Compute thread.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "core/base/json.h"
#include "core/base/result.h"

namespace imago {

class Dataset;
class GenerativeModel;
struct RunStart;
struct TrainRequest;

// Puts the averaged weights of `source` into the model; mismatches are named. otherPictures: tables of labels may differ and
// then stay as they are, what is fitted to the pictures always does.
Result<void> adoptWeights(GenerativeModel& model, GenerativeModel& source, const std::string& sourceName, bool otherPictures = false);
// The same from a model as people name it (models/model_reference.h).
Result<void> adoptWeights(GenerativeModel& model, const std::string& reference);

struct WarmStart {
    std::filesystem::path file;
    Json config;                             // the training's, with the networks of that model
    std::unique_ptr<GenerativeModel> model;  // of this config, with those weights
    bool otherNetwork = false;               // than the training's config had

    std::string name() const { return file.stem().string(); }
};

// Whether a training looks for one: a few pictures of a person's own, and no other start was asked for.
bool wantsWarmStart(const TrainRequest& request, const RunStart& start, const Dataset& data);
// The first shipped model that will do; nothing: none does. It brings its networks along, unless others were asked for beyond the
// preset's: then only a model with the same ones will do.
Result<std::optional<WarmStart>> findWarmStart(const RunStart& start, const Dataset& data);

}  // namespace imago
