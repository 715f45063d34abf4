// Reference: the real pictures that a model is measured against, and a second set of real ones, never seen as reference,
// whose distance is the floor: no model can be told from real below it. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/data/dataset.h"
#include "core/evaluate/features.h"
#include "core/models/model_file.h"

namespace imago::evaluate {

struct Reference {
    PictureSet real;
    PictureSet floor;       // as many as real where the data suffice, else half of each: then floorReal is its counterpart
    PictureSet floorReal;   // empty: real
    std::string realName;   // "fashion-mnist:test"
    std::string floorName;  // "fashion-mnist (training pictures)"
    std::vector<std::string> classNames;
    std::string manifestHash;  // of the real set's data
    bool hasSplits = false;    // real and floor are the data's own test and training pictures

    const PictureSet& floorCounterpart() const { return floorReal.count > 0 ? floorReal : real; }
    Json describe() const;
};

// Data with a test split (fashion-mnist): that is the reference and training pictures are the floor. Others: the pictures
// themselves, in an order fixed by `seed`, of which as many again make the floor.
Result<Reference> openReference(const std::string& data, std::int64_t count, std::uint64_t seed, DatasetOptions options = {});

// As the model learned: pictures of its size and channels, cut or laid on a ground as its config says.
Result<DatasetOptions> optionsOf(const ModelFileInfo& model);

// Pictures in a folder at the reference's size and channels, at most `count`.
Result<PictureSet> openPictures(const std::string& folder, const PictureSet& shape, std::int64_t count);

}  // namespace imago::evaluate
