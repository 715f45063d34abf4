// PreflightRequest: what would this training take? A few throw-away steps are timed; no run is made, and its folder may be
// left out. Plain value, any thread.
#pragma once

#include "core/engine/requests/train.h"

namespace imago {

struct PreflightRequest {
    static constexpr const char* kind = "preflight";
    TrainRequest training{};

    static Fields<PreflightRequest> fields() { return TrainRequest::fields().of(&PreflightRequest::training); }
};

}  // namespace imago
