// WorthRequest: what a model's labelled pictures add, for a classifier, to a tenth of the real ones. Plain value, any thread.
#pragma once

#include <cstdint>
#include <string>

#include "core/config/field.h"

namespace imago {

struct WorthRequest {
    static constexpr const char* kind = "worth";
    std::string model{};  // as in SampleRequest
    std::string data{};
    int count = 10000;  // made pictures
    std::uint64_t seed = 0;
    Json settings = Json::object();  // sampling settings

    static Fields<WorthRequest> fields() {
        using R = WorthRequest;
        return {
            field(&R::model, "model", "", "Run folder or model file").required().model().flag("model"),
            field(&R::data, "data", "", "The real pictures").required().dataset(),
            field(&R::count, "count", "", "How many samples").range(16, 1'000'000),
            field(&R::seed, "seed", "", "Seed of the samples"),
            field(&R::settings, "settings", "", "key=value of the sampling settings (see: imago describe FAMILY)").flag("--set"),
        };
    }
};

}  // namespace imago
