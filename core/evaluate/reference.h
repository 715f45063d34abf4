// Reference: the real pictures that a model is measured against, and a second set of real ones, never seen as reference,
// whose distance is the floor: no model can be told from real below it. Any thread.
#pragma once

#include <cstdint>
#include <functional>
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
    PictureSet floor;       // others, as many
    std::string realName;   // "fashion-mnist:test"
    std::string floorName;  // "fashion-mnist (training pictures)"
    std::vector<std::string> classNames;
    std::string manifestHash;        // of the real set's data
    std::vector<std::string> names;  // of the real pictures
    std::int64_t learnable = 0;      // pictures that a model may learn from: all, or the training split
    bool hasSplits = false;          // real and floor are the data's own test and training pictures

    Json describe() const;
};

// Data with a test split (fashion-mnist): that is the reference and training pictures are the floor. Others: the pictures
// themselves, in an order fixed by `seed`, of which as many again make the floor: at most half of them are real. Without
// floor all may be. Decodes: io lane.
Result<Reference> openReference(const std::string& data, std::int64_t count, std::uint64_t seed, DatasetOptions options = {},
                                bool floor = true);

// As the model learned: pictures of its size and channels, cut or laid on a ground as its config says.
Result<DatasetOptions> optionsOf(const ModelFileInfo& model);

// A folder that is no run.
bool isPictureFolder(const std::string& path);
// For what is measured of a model alone: an error where a folder of pictures was given.
Result<void> refusePictureFolder(const std::string& path);
// Pictures in a folder at the reference's size and channels, at most `count`. progress: as in DatasetOptions.
Result<PictureSet> openPictures(const std::string& folder, const PictureSet& shape, std::int64_t count,
                                std::function<bool(std::size_t, std::size_t)> progress = {});

}  // namespace imago::evaluate
