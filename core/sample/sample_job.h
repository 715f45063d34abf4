// SampleJob: makes pictures with a trained model, one network evaluation a slice, and writes them as one grid or as a folder
// of PNGs that carry their recipe. Compute lane. Sample i has seed (seed + i) and depends on nothing else of the request
// but its class and the settings.
#pragma once

#include <memory>

#include "core/engine/job.h"
#include "core/sample/model_cache.h"

namespace imago {

// Errors at once: no model there, count, unknown or bad setting (Error::field), unknown class. The cache must outlive the job.
Result<std::unique_ptr<Job>> makeSampleJob(const SampleRequest& request, ModelCache& models);

// Classes of `count` samples: a name or number of the shape's; "all", or empty, takes them in turn; "none" asks for pictures
// without a class (empty result), and so does empty where there are none.
Result<std::vector<int>> sampleClasses(const std::string& className, const DataShape& shape, int count);

// The text chunk "imago:generation" of a picture: JSON that says how it was made.
constexpr const char* kRecipeKey = "imago:generation";

}  // namespace imago
