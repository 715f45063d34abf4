// TrainRequest: teach a model of a family on pictures; a run folder is made, or continued. Plain value, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/config/field.h"

namespace imago {

struct TrainRequest {
    static constexpr const char* kind = "train";
    std::string family{};          // "diffusion"
    std::string data{};            // "fashion-mnist", "folder:/pictures", "idx:...", "shapes"
    std::string run{};             // run folder: created, or continued with resume
    std::string preset{};          // name of a preset of the family; empty: the defaults
    Json config = Json::object();  // requested values, nested, only what differs from preset and defaults
    std::optional<std::int64_t> steps{};
    std::optional<double> minutes{};  // the learning-rate schedule follows whichever bound is given
    std::uint64_t seed = 0;
    std::string device = "auto";   // auto | cpu | cuda:N
    std::string threads = "auto";  // auto | a number: reproducible bit for bit
    bool resume = false;           // continue the run's newest good checkpoint (steps/minutes extend it)
    // Fine-tune: weights only, from a run or model file. Empty: small sets of a person's own pictures start from a shipped
    // model where one fits; "none": never.
    std::string initFrom{};
    std::string branchFrom{};  // "RUN" or "RUN@STEP": a new run that starts as that checkpoint, with recorded parent

    static Fields<TrainRequest> fields() {
        using R = TrainRequest;
        return {
            field(&R::family, "family", "", "Kind of model (see: imago families)").required(),
            field(&R::data, "data", "", "Pictures (see: imago datasets)").required().dataset(),
            field(&R::run, "run", "", "Folder of the run").path().flag("--out"),
            field(&R::preset, "preset", "", "Named settings of the family"),
            field(&R::config, "config", "", "key=value, as often as needed (see: imago describe FAMILY)").flag("--set"),
            field(&R::steps, "steps", "", "Optimizer steps").range(1, 1e15),
            field(&R::minutes, "minutes", "", "Minutes of training").range(0.001, 1e7),
            field(&R::seed, "seed", "", "Seed of everything that is drawn"),
            field(&R::device, "device", "", "auto, cpu, cuda:N"),
            field(&R::threads, "threads", "", "auto, or a number: reproducible bit for bit"),
            field(&R::resume, "resume", "", "Go on with the run's newest good checkpoint"),
            field(&R::initFrom, "init_from", "",
                  "Fine-tune: start from the weights of a run or model. Small folders start from a shipped one where it fits, unless: none")
                .flag("--init"),
            field(&R::branchFrom, "branch_from", "", "Start as a checkpoint of another run: RUN or RUN@STEP").flag("--branch"),
        };
    }
};

}  // namespace imago
