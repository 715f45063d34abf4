// The engine with LibTorch: what it can be asked for, and on what it computes. Any thread.
#pragma once

#include <memory>
#include <vector>

#include "core/engine/engine_studio.h"
#include "core/engine/settings.h"

namespace imago {

// Everything that computes with tensors.
std::vector<JobMaker> mlJobs(const EngineSettings& settings);

// The command line links this; the studio opens it as a module (engine_module.cpp).
std::unique_ptr<Studio> makeStudio(const StudioOptions& options);

}  // namespace imago
