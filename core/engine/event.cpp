#include "core/engine/event.h"

#include <initializer_list>

#include "core/engine/json_fields.h"

namespace imago {
namespace {

template <class T>
std::optional<T> wordOf(const std::string& text, std::initializer_list<T> all) {
    for (const T value : all)
        if (text == toString(value)) return value;
    return {};
}

const char* toString(NoticeLevel level) {
    switch (level) {
        case NoticeLevel::Info:
            return "info";
        case NoticeLevel::Warning:
            return "warning";
        case NoticeLevel::Error:
            return "error";
    }
    return "info";
}

std::optional<NoticeLevel> levelFrom(const std::string& text) {
    for (const NoticeLevel level : {NoticeLevel::Info, NoticeLevel::Warning, NoticeLevel::Error})
        if (text == toString(level)) return level;
    return {};
}

// Writing: the name of the event, and its keys appended to the head.
const char* nameOf(const EventBody& body) {
    static constexpr const char* names[] = {"started",    "state",        "progress", "metrics", "preview", "tile",
                                            "checkpoint", "live_changed", "resumed",  "notice",  "finished"};
    static_assert(std::size(names) == std::variant_size_v<EventBody>);
    return names[body.index()];
}

void write(Json& json, const JobStarted& e) {
    json["kind"] = e.kind;
    json["title"] = e.title;
    json["run"] = e.run;
    json["metric_names"] = e.metricNames;
    json["quiet"] = e.quiet;
}

void write(Json& json, const JobStateChanged& e) {
    json["state"] = imago::toString(e.state);
}

void write(Json& json, const JobProgress& e) {
    json["done"] = e.done;
    json["total"] = e.total;
    json["images_per_second"] = numberToJson(e.imagesPerSecond);
    json["seconds_left"] = numberToJson(e.secondsLeft);
    json["stage"] = e.stage;
    json["memory_bytes"] = numberToJson(e.memoryBytes);
}

void write(Json& json, const MetricBatch& e) {
    json["steps"] = e.steps;
    Json values = Json::array();
    for (const float value : e.values) values.push_back(numberToJson(value));
    json["values"] = std::move(values);
}

void write(Json& json, const PreviewReady& e) {
    json["step"] = e.step;
    json["kind"] = e.kind;
    json["columns"] = e.columns;
    json["rows"] = e.rows;
    json["seeds"] = e.seeds;
    json["labels"] = e.labels;
    json["file"] = e.file;
    json["revision"] = e.revision;
}

void write(Json& json, const TileReady& e) {
    json["rect"] = {e.rect.x, e.rect.y, e.rect.width, e.rect.height};
    json["revision"] = e.revision;
}

void write(Json& json, const LiveChanged& e) {
    json["key"] = e.key;
    json["before"] = e.before;
    json["value"] = e.value;
    json["step"] = e.step;
}

void write(Json& json, const Resumed& e) {
    json["from"] = e.from;
}

void write(Json& json, const CheckpointSaved& e) {
    json["step"] = e.step;
    json["folder"] = e.folder;
    json["snapshot"] = e.snapshot;
}

void write(Json& json, const Notice& e) {
    json["level"] = toString(e.level);
    json["id"] = e.id;
    json["text"] = toJson(e.text);
    json["step"] = e.step;
}

void write(Json& json, const JobFinished& e) {
    json["reason"] = imago::toString(e.reason);
    if (e.error) json["error"] = toJson(*e.error);
    json["result"] = e.result;
}

// Reading.
void read(FieldReader& reader, JobStarted& e) {
    reader.read("kind", e.kind);
    reader.read("title", e.title);
    reader.read("run", e.run);
    reader.read("metric_names", e.metricNames);
    reader.read("quiet", e.quiet);
}

void read(FieldReader& reader, JobStateChanged& e) {
    reader.word(
        "state", e.state,
        [](const std::string& text) {
            return wordOf(text, {RunState::Queued, RunState::Running, RunState::Paused, RunState::Stopping, RunState::Finished,
                                 RunState::Stopped, RunState::Failed});
        },
        "queued, running, paused, stopping, finished, stopped, failed");
}

void read(FieldReader& reader, JobProgress& e) {
    reader.read("done", e.done);
    reader.read("total", e.total);
    reader.read("images_per_second", e.imagesPerSecond);
    reader.read("seconds_left", e.secondsLeft);
    reader.read("stage", e.stage);
    reader.read("memory_bytes", e.memoryBytes);
}

void read(FieldReader& reader, MetricBatch& e) {
    reader.require("steps", e.steps);
    reader.require("values", e.values);
    const bool fits = e.steps.empty() ? e.values.empty() : e.values.size() % e.steps.size() == 0;
    if (!fits)
        reader.fail({ErrorCode::BadInput,
                     IMAGO_TR("The metrics hold {values} values for {steps} steps."),
                     {{"values", std::to_string(e.values.size())}, {"steps", std::to_string(e.steps.size())}},
                     {},
                     "values"});
}

void read(FieldReader& reader, PreviewReady& e) {
    reader.read("step", e.step);
    reader.read("kind", e.kind);
    reader.read("columns", e.columns);
    reader.read("rows", e.rows);
    reader.read("seeds", e.seeds);
    reader.read("labels", e.labels);
    reader.read("file", e.file);
    reader.read("revision", e.revision);
}

void read(FieldReader& reader, TileReady& e) {
    std::vector<int> rect;
    reader.require("rect", rect);
    reader.read("revision", e.revision);
    if (rect.size() == 4)
        e.rect = {rect[0], rect[1], rect[2], rect[3]};
    else
        reader.fail({ErrorCode::BadInput, IMAGO_TR("A rectangle has four numbers."), {}, {}, "rect"});
}

void read(FieldReader& reader, LiveChanged& e) {
    reader.require("key", e.key);
    if (const Json* before = reader.find("before")) e.before = *before;
    if (const Json* value = reader.find("value")) e.value = *value;
    reader.read("step", e.step);
}

void read(FieldReader& reader, Resumed& e) {
    reader.require("from", e.from);
}

void read(FieldReader& reader, CheckpointSaved& e) {
    reader.read("step", e.step);
    reader.read("folder", e.folder);
    reader.read("snapshot", e.snapshot);
}

void readError(FieldReader& reader, const char* key, Error& error) {
    const Json* json = reader.find(key);
    if (!json) return;
    if (const Result<void> result = errorFromJson(*json, error); !result) reader.fail(result.error());
}

void read(FieldReader& reader, Notice& e) {
    reader.word("level", e.level, levelFrom, "info, warning, error");
    reader.read("id", e.id);
    readError(reader, "text", e.text);
    reader.read("step", e.step);
}

void read(FieldReader& reader, JobFinished& e) {
    reader.word(
        "reason", e.reason,
        [](const std::string& text) {
            return wordOf(text, {FinishReason::Done, FinishReason::Stopped, FinishReason::StoppedWithoutSaving, FinishReason::Cancelled,
                                 FinishReason::Failed});
        },
        "done, stopped, stopped_without_saving, cancelled, failed");
    if (reader.find("error")) readError(reader, "error", e.error.emplace());
    reader.read("result", e.result);
}

template <std::size_t I = 0>
bool readBody(FieldReader& reader, const std::string& name, EventBody& body) {
    if constexpr (I == std::variant_size_v<EventBody>) {
        return false;
    } else {
        EventBody candidate(std::in_place_index<I>);
        if (name != nameOf(candidate)) return readBody<I + 1>(reader, name, body);
        read(reader, std::get<I>(candidate));
        body = std::move(candidate);
        return true;
    }
}

}  // namespace

Json toJson(const Event& event) {
    Json json{{"event", nameOf(event.body)}, {"job", event.job}, {"seq", event.sequence}, {"schema", kEventSchema}};
    std::visit([&json](const auto& body) { write(json, body); }, event.body);
    return json;
}

Result<Event> eventFromJson(const Json& json) {
    IMAGO_TRY(checkSchema(json, kEventSchema, IMAGO_TR("the event")));
    Event event;
    std::string name;
    FieldReader reader(json, IMAGO_TR("the event"));
    reader.require("event", name);
    reader.read("job", event.job);
    reader.read("seq", event.sequence);
    if (reader.ok() && !readBody(reader, name, event.body))
        return Error{ErrorCode::BadInput, IMAGO_TR("There is no event {name}."), {{"name", name}}, {}, "event"};
    IMAGO_TRY(reader.finish());
    return event;
}

Json toJson(const Error& error) {
    Json json{{"code", toString(error.code)}, {"text", error.text()}, {"message", error.message}};
    Json args = Json::object();
    for (const auto& [key, value] : error.args) args[key] = value;
    json["args"] = std::move(args);
    json["remedy"] = error.remedy;
    json["field"] = error.field;
    return json;
}

Result<void> errorFromJson(const Json& json, Error& error) {
    error = Error{};
    Json args = Json::object();
    FieldReader reader(json, IMAGO_TR("the error"));
    reader.word(
        "code", error.code,
        [](const std::string& text) {
            return wordOf(text, {ErrorCode::Usage, ErrorCode::BadInput, ErrorCode::OutOfMemory, ErrorCode::Disk, ErrorCode::Cancelled,
                                 ErrorCode::Numerical, ErrorCode::Busy, ErrorCode::Internal});
        },
        "usage, bad_input, out_of_memory, disk, cancelled, numerical, busy, internal");
    reader.read("message", error.message);
    reader.read("args", args);
    reader.read("remedy", error.remedy);
    reader.read("field", error.field);
    IMAGO_TRY(reader.finish());
    for (const auto& item : args.items())
        error.args.emplace_back(item.key(), item.value().is_string() ? item.value().get<std::string>() : item.value().dump());
    return {};
}

const char* toString(RunState state) {
    switch (state) {
        case RunState::Queued:
            return "queued";
        case RunState::Running:
            return "running";
        case RunState::Paused:
            return "paused";
        case RunState::Stopping:
            return "stopping";
        case RunState::Finished:
            return "finished";
        case RunState::Stopped:
            return "stopped";
        case RunState::Failed:
            return "failed";
    }
    return "running";
}

const char* toString(FinishReason reason) {
    switch (reason) {
        case FinishReason::Done:
            return "done";
        case FinishReason::Stopped:
            return "stopped";
        case FinishReason::StoppedWithoutSaving:
            return "stopped_without_saving";
        case FinishReason::Cancelled:
            return "cancelled";
        case FinishReason::Failed:
            return "failed";
    }
    return "done";
}

const char* toString(ErrorCode code) {
    switch (code) {
        case ErrorCode::Usage:
            return "usage";
        case ErrorCode::BadInput:
            return "bad_input";
        case ErrorCode::OutOfMemory:
            return "out_of_memory";
        case ErrorCode::Disk:
            return "disk";
        case ErrorCode::Cancelled:
            return "cancelled";
        case ErrorCode::Numerical:
            return "numerical";
        case ErrorCode::Busy:
            return "busy";
        case ErrorCode::Internal:
            return "internal";
    }
    return "internal";
}

}  // namespace imago
