// Requests: everything that can be asked of the engine, as versioned plain values with JSON forms.
// The studio and the command line send the same requests and get the same bytes. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/json.h"

namespace imago {

using JobId = std::uint64_t;  // 0 is no job

// Priority classes of the compute lane, most urgent first.
enum class Priority { Interactive, Preview, Normal, Training };

struct TrainRequest {
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
    bool preflight = false;    // only measures: a few throw-away steps, no run is made, `run` may be empty
    std::string branchFrom{};  // "RUN" or "RUN@STEP": a new run that starts as that checkpoint, with recorded parent
};

struct SampleRequest {
    std::string model{};  // run folder, run folder@step, or model file
    int count = 16;
    std::string out{};               // "x.png": one grid; a folder: one PNG each; empty: only a PreviewReady event
    std::uint64_t seed = 0;          // sample i uses seed + i
    std::string className{};         // name or index; "all": in turn; empty: the model's default
    Json settings = Json::object();  // solver, steps, guidance ...: schema of the family's sampling section
    bool stages = false;             // also previews while denoising
    bool labels = false;             // into a folder for each class, as `folder:` reads them
    Priority priority = Priority::Normal;
};

struct EvaluateRequest {
    std::string model{};  // run, model file or folder of pictures
    std::string data{};
    std::vector<std::string> metrics{};  // fd kid prdc swd; empty: all
    int count = 10000;
    std::uint64_t seed = 0;
    Json settings = Json::object();  // sampling settings
    bool calibrate = false;          // print the calibration table instead of scoring a model
    bool worth = false;              // instead: what the model's labelled pictures are worth to a classifier
    bool sweep = false;              // instead: every solver with several numbers of evaluations
    std::string mistakes{};          // of a classifier: a PNG that shows what it is most wrong about; empty: none
};

// Looks at a dataset without training: counts, classes, size, what was found wrong with it, a grid of the pictures as the
// model would see them.
struct InspectDataRequest {
    std::string data{};
    int resolution = 0;  // 0: the data's own
    int thumbnails = 32;
    bool pad = false;              // pictures that are not square: cut (false), or filled up with ground
    std::string ground = "white";  // under transparent pictures: white, black, grey, #rrggbb
    std::string packTo{};          // also writes them as one packed file
};

// A picture into a latent file, or (when `in` is one) a latent file back into a picture.
struct CompressRequest {
    std::string model{};  // as in SampleRequest; its family must be able to look into pictures
    std::string in{};
    std::string out{};
    double precision = 0.1;  // spaces of numbers: how finely they are rounded, in latent units
    std::string compare{};   // decoding: the original, to say how far the result is off; may be empty
};

using Request = std::variant<TrainRequest, SampleRequest, EvaluateRequest, InspectDataRequest, CompressRequest>;

constexpr int kRequestSchema = 1;
Json toJson(const Request& request);  // {"schema":1,"request":"train",...}
Result<Request> requestFromJson(const Json& json);

}  // namespace imago
