// CalibrateRequest: how the figures of an evaluation answer to known damage of real pictures; no model is judged. Plain
// value, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config/field.h"

namespace imago {

struct CalibrateRequest {
    static constexpr const char* kind = "calibrate";
    std::string data{};
    std::vector<std::string> metrics{};  // fd kid prdc swd; empty: all
    int count = 10000;
    std::uint64_t seed = 0;

    static Fields<CalibrateRequest> fields() {
        using R = CalibrateRequest;
        return {
            field(&R::data, "data", "", "The real pictures").required().dataset(),
            field(&R::metrics, "metrics", "", "fd,kid,prdc,swd (default: all)").items({"fd", "kid", "prdc", "swd"}),
            field(&R::count, "count", "", "How many pictures").range(16, 1'000'000),
            field(&R::seed, "seed", "", "Seed of the damage"),
        };
    }
};

}  // namespace imago
