// Naming: how often a classifier is right about pictures whose classes are known, and what it is most wrong about. Compute thread.
#pragma once

#include <string>

#include "core/evaluate/reference.h"

namespace imago {

class GenerativeModel;

namespace evaluate {

// {"accuracy", "count", "class_accuracy", "classes", "confusion": [real class][named class] counts, "mistakes": the surest first,
// "picture": its name in the data}. mistakesFile: a PNG of those mistakes; empty: none. Yields.
Result<Json> nameRealPictures(GenerativeModel& model, const Reference& reference, const std::string& mistakesFile);

}  // namespace evaluate
}  // namespace imago
