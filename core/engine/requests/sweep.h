// SweepRequest: every solver of a diffusion model with several numbers of evaluations, side by side. Plain value, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config/field.h"

namespace imago {

struct SweepRequest {
    static constexpr const char* kind = "sweep";
    std::string model{};  // as in SampleRequest
    std::string data{};
    std::vector<std::string> metrics{};  // fd kid prdc swd; empty: all
    int count = 10000;                   // of each solver
    std::uint64_t seed = 0;
    Json settings = Json::object();  // sampling settings; solver and steps are swept

    static Fields<SweepRequest> fields() {
        using R = SweepRequest;
        return {
            field(&R::model, "model", "", "Run folder or model file").required().model().flag("model"),
            field(&R::data, "data", "", "The real pictures").required().dataset(),
            field(&R::metrics, "metrics", "", "fd,kid,prdc,swd (default: all)").items({"fd", "kid", "prdc", "swd"}),
            field(&R::count, "count", "", "How many samples").range(16, 1'000'000),
            field(&R::seed, "seed", "", "Seed of the samples"),
            field(&R::settings, "settings", "", "key=value of the sampling settings (see: imago describe FAMILY)").flag("--set"),
        };
    }
};

}  // namespace imago
