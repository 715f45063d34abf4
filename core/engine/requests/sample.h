// SampleRequest: pictures from a trained model. Plain value, any thread.
#pragma once

#include <cstdint>
#include <string>

#include "core/config/field.h"
#include "core/engine/priority.h"

namespace imago {

struct SampleRequest {
    static constexpr const char* kind = "sample";
    std::string model{};  // run folder, run folder@step, model file, or the name of a shipped model
    int count = 16;
    std::string out{};               // "x.png": one grid; a folder: one PNG each; empty: only a PreviewReady event
    std::uint64_t seed = 0;          // sample i uses seed + i
    std::string className{};         // name or index; "all": in turn; empty: the model's default
    Json settings = Json::object();  // solver, steps, guidance ...: schema of the family's sampling section
    bool stages = false;             // also previews while denoising
    bool labels = false;             // into a folder for each class, as `folder:` reads them
    Priority priority = Priority::Normal;

    static Fields<SampleRequest> fields() {
        using R = SampleRequest;
        return {
            field(&R::model, "model", "", "Run folder, RUN@STEP, model file, or a model that comes with Imago")
                .required()
                .model()
                .flag("model"),
            field(&R::count, "count", "", "How many").range(1, 1'000'000),
            field(&R::out, "out", "", "x.png: one grid; a folder: one PNG each").path(),
            field(&R::seed, "seed", "", "Picture i is made from seed + i"),
            field(&R::className, "class", "", "Name or number of a class, or all"),
            field(&R::settings, "settings", "", "key=value of the sampling settings (see: imago describe FAMILY)").flag("--set"),
            field(&R::stages, "stages", "", "Also show stages while they are made").flag(""),
            field(&R::labels, "labels", "", "Into a folder for each class, ready to be learned from with folder:"),
            field(&R::priority, "priority", "", "How urgent").flag(""),
        };
    }
};

}  // namespace imago
