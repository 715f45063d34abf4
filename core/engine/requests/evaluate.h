// EvaluateRequest: how close a model's pictures (or a folder of pictures) are to real ones; of a classifier, what it
// mistakes. Plain value, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config/field.h"

namespace imago {

struct EvaluateRequest {
    static constexpr const char* kind = "evaluate";
    std::string model{};  // as in SampleRequest, or a folder of pictures
    std::string data{};
    std::vector<std::string> metrics{};  // fd kid prdc swd; empty: all
    int count = 10000;
    std::uint64_t seed = 0;
    Json settings = Json::object();  // sampling settings
    std::string mistakes{};          // of a classifier: a PNG that shows what it is most wrong about; empty: none

    static Fields<EvaluateRequest> fields() {
        using R = EvaluateRequest;
        return {
            field(&R::model, "model", "", "Run folder, model file, or a folder of pictures").required().model().flag("model"),
            field(&R::data, "data", "", "The real pictures").required().dataset(),
            field(&R::metrics, "metrics", "", "fd,kid,prdc,swd (default: all)").items({"fd", "kid", "prdc", "swd"}),
            field(&R::count, "count", "", "How many samples").range(16, 1'000'000),
            field(&R::seed, "seed", "", "Seed of the samples"),
            field(&R::settings, "settings", "", "key=value of the sampling settings (see: imago describe FAMILY)").flag("--set"),
            field(&R::mistakes, "mistakes", "", "x.png: of a classifier, the pictures it is most wrong about").path(),
        };
    }
};

}  // namespace imago
