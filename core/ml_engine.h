// The engine: turns requests into jobs on the worker's lanes and hands their events to one listener. Any thread.
#pragma once

#include <memory>

#include "core/studio.h"

namespace imago {

// The command line links this; the studio opens it as a module (engine_module.cpp).
std::unique_ptr<Studio> makeStudio(const StudioOptions& options);

}  // namespace imago
