// Requests: everything that can be asked of the engine, as versioned plain values with JSON forms. The studio and the
// command line send the same requests and get the same bytes. A kind is a struct in requests/ with `kind` and fields(), and
// a name in this list; what else a new one touches: core/README.md. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "core/engine/requests/calibrate.h"
#include "core/engine/requests/compress.h"
#include "core/engine/requests/evaluate.h"
#include "core/engine/requests/inspect_data.h"
#include "core/engine/requests/preflight.h"
#include "core/engine/requests/sample.h"
#include "core/engine/requests/sweep.h"
#include "core/engine/requests/train.h"
#include "core/engine/requests/worth.h"

namespace imago {

using JobId = std::uint64_t;  // 0 is no job

using Request = std::variant<TrainRequest, PreflightRequest, SampleRequest, EvaluateRequest, CalibrateRequest, WorthRequest, SweepRequest,
                             InspectDataRequest, CompressRequest>;

constexpr int kRequestSchema = 1;
const char* kindOf(const Request& request);
Json toJson(const Request& request);  // {"schema":1,"request":"train",...}
Result<Request> requestFromJson(const Json& json);
// What its table says of ranges and words, for a request that was made as a struct.
Result<void> checkRequest(const Request& request);

}  // namespace imago
