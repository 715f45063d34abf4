// The engine as a module: one C function, found by name after the studio's first paint.
#include "core/ml_engine.h"

extern "C" __attribute__((visibility("default"))) imago::Studio* imago_create_studio(const imago::StudioOptions* options) {
    return imago::makeStudio(*options).release();
}
