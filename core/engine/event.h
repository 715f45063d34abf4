// Events: everything the engine tells, as versioned plain values with JSON forms. Sinks: the mailbox of the UI, the run
// folder, JSON lines, the console. The engine neither knows nor waits for a listener. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/engine/request.h"
#include "core/image/pixel_rect.h"

namespace imago {

class Image;  // core/image/image.h

enum class RunState { Queued, Running, Paused, Stopping, Finished, Stopped, Failed };
enum class FinishReason { Done, Stopped, StoppedWithoutSaving, Cancelled, Failed };

struct JobStarted {
    std::string kind{};  // of its request: "train", "sample", ...
    std::string title{};
    std::string run{};                       // run folder of a training, else empty
    std::vector<std::string> metricNames{};  // columns of its MetricBatch rows, after step
    bool quiet = false;                      // a look, a session: nothing is lost when it is cut off, and nobody needs to see it listed
};

struct JobStateChanged {
    RunState state = RunState::Running;
};

struct JobProgress {
    std::int64_t done = 0, total = 0;  // steps (or samples); total 0: unknown
    double imagesPerSecond = 0;        // 0: not known yet
    double secondsLeft = -1;           // negative: not known yet
    std::string stage{};               // one short sentence, template without places
    double memoryBytes = 0;
};

// Rows of metrics.bin since the last batch: steps[i] belongs to values[i * columns .. ).
struct MetricBatch {
    std::vector<std::int64_t> steps{};
    std::vector<float> values{};  // row-major, columns as JobStarted::metricNames; NaN = not measured
};

struct PreviewReady {
    std::int64_t step = 0;
    std::string kind = "samples";          // samples | reconstructions | stage | data | result
    int columns = 0, rows = 0;             // the image is a grid of equal tiles
    std::vector<std::uint64_t> seeds{};    // one a tile, may be empty
    std::vector<std::string> labels{};     // one a tile, may be empty
    std::string file{};                    // in the run folder ("previews/000000.png") or the written file; may be empty
    std::shared_ptr<const Image> image{};  // not part of the JSON form
    std::uint64_t revision = 0;            // a session's: results of one kind replace each other, the newest counts; 0: kept
};

// Part of a large result is there. A tile of the same place replaces an older one.
struct TileReady {
    PixelRect rect{};                      // in the result's pixels
    std::uint64_t revision = 0;            // of the result that it is part of
    std::shared_ptr<const Image> image{};  // not part of the JSON form
};

// A live setting has taken effect, from the next step on.
struct LiveChanged {
    std::string key{};  // "optimizer.rate"
    Json before{}, value{};
    std::int64_t step = 0;
};

// The run goes on from its checkpoint of this step: rows and previews of later steps that came before are superseded.
struct Resumed {
    std::int64_t from = 0;
};

struct CheckpointSaved {
    std::int64_t step = 0;
    std::string folder{};
    bool snapshot = false;  // weights only
};

enum class NoticeLevel { Info, Warning, Error };
struct Notice {
    NoticeLevel level = NoticeLevel::Info;
    std::string id{};  // "health", "threads", "rollback", "live", "data"
    Error text{};      // template, arguments, remedy (code is not used)
    std::int64_t step = -1;
};

struct JobFinished {
    FinishReason reason = FinishReason::Done;
    std::optional<Error> error{};  // with Failed
    Json result = Json::object();  // the verb's result, as the command line prints it
};

using EventBody = std::variant<JobStarted, JobStateChanged, JobProgress, MetricBatch, PreviewReady, TileReady, CheckpointSaved, LiveChanged,
                               Resumed, Notice, JobFinished>;

struct Event {
    JobId job = 0;
    std::uint64_t sequence = 0;  // per engine, without gaps
    EventBody body;
};

constexpr int kEventSchema = 1;
Json toJson(const Event& event);  // {"event":"progress","job":1,"seq":7,"schema":1,...}
// Keys that it does not know are passed over (newer writers of the same version may add some).
Result<Event> eventFromJson(const Json& json);
// {"code":"bad_input","text":"<English sentence>","message":...,"args":{...},"remedy":...,"field":...}
Json toJson(const Error& error);
Result<void> errorFromJson(const Json& json, Error& error);
const char* toString(ErrorCode code);
const char* toString(RunState state);
const char* toString(FinishReason reason);

}  // namespace imago
