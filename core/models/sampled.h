// What everything asks that makes pictures with a model: may classes be asked for, are these ones known, are the pictures
// finite. Compute thread.
#pragma once

#include <torch/types.h>

#include "core/models/generative_model.h"
#include "core/models/model_file.h"
#include "core/models/sampling.h"

namespace imago {

// Whether the model learned the classes of its data: its config says so; the shape only says that the data had them.
bool learnedClasses(const ModelFileInfo& info);
// One class a sample, or none at all, each below `classes`.
Result<void> checkClasses(const SamplingJobSpec& spec, int classes);
// The pictures of a process that has ended; an error if they are not numbers.
Result<at::Tensor> finitePictures(const SamplingProcess& process);

}  // namespace imago
