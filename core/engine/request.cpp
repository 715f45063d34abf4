#include "core/engine/request.h"

#include "core/engine/json_fields.h"

namespace imago {
namespace {

const char* toString(Priority priority) {
    switch (priority) {
        case Priority::Interactive:
            return "interactive";
        case Priority::Preview:
            return "preview";
        case Priority::Normal:
            return "normal";
        case Priority::Training:
            return "training";
    }
    return "normal";
}

std::optional<Priority> priorityFrom(const std::string& text) {
    for (const Priority priority : {Priority::Interactive, Priority::Preview, Priority::Normal, Priority::Training})
        if (text == toString(priority)) return priority;
    return {};
}

Json head(const char* name) {
    return Json{{"schema", kRequestSchema}, {"request", name}};
}

Json form(const TrainRequest& r) {
    Json json = head("train");
    json["family"] = r.family;
    json["data"] = r.data;
    json["run"] = r.run;
    json["preset"] = r.preset;
    json["config"] = r.config;
    if (r.steps) json["steps"] = *r.steps;
    if (r.minutes) json["minutes"] = numberToJson(*r.minutes);
    json["seed"] = r.seed;
    json["device"] = r.device;
    json["threads"] = r.threads;
    json["resume"] = r.resume;
    json["init_from"] = r.initFrom;
    json["branch_from"] = r.branchFrom;
    json["preflight"] = r.preflight;
    return json;
}

Json form(const SampleRequest& r) {
    Json json = head("sample");
    json["model"] = r.model;
    json["count"] = r.count;
    json["out"] = r.out;
    json["seed"] = r.seed;
    json["class"] = r.className;
    json["settings"] = r.settings;
    json["stages"] = r.stages;
    json["labels"] = r.labels;
    json["priority"] = toString(r.priority);
    return json;
}

Json form(const EvaluateRequest& r) {
    Json json = head("evaluate");
    json["model"] = r.model;
    json["data"] = r.data;
    json["metrics"] = r.metrics;
    json["count"] = r.count;
    json["seed"] = r.seed;
    json["settings"] = r.settings;
    json["calibrate"] = r.calibrate;
    json["worth"] = r.worth;
    json["sweep"] = r.sweep;
    json["mistakes"] = r.mistakes;
    return json;
}

Json form(const InspectDataRequest& r) {
    Json json = head("inspect_data");
    json["data"] = r.data;
    json["resolution"] = r.resolution;
    json["thumbnails"] = r.thumbnails;
    json["pad"] = r.pad;
    json["ground"] = r.ground;
    json["pack_to"] = r.packTo;
    return json;
}

Json form(const CompressRequest& r) {
    Json json = head("compress");
    json["model"] = r.model;
    json["in"] = r.in;
    json["out"] = r.out;
    json["precision"] = numberToJson(r.precision);
    json["compare"] = r.compare;
    return json;
}

FieldReader readerOf(const Json& json, const char* what) {
    FieldReader reader(json, what);
    reader.ignore("schema");
    reader.ignore("request");
    return reader;
}

Result<Request> readTrain(const Json& json) {
    TrainRequest r;
    FieldReader reader = readerOf(json, IMAGO_TR("the train request"));
    reader.require("family", r.family);
    reader.require("data", r.data);
    reader.require("run", r.run);
    reader.read("preset", r.preset);
    reader.read("config", r.config);
    reader.read("steps", r.steps);
    reader.read("minutes", r.minutes);
    reader.read("seed", r.seed);
    reader.read("device", r.device);
    reader.read("threads", r.threads);
    reader.read("resume", r.resume);
    reader.read("init_from", r.initFrom);
    reader.read("branch_from", r.branchFrom);
    reader.read("preflight", r.preflight);
    IMAGO_TRY(reader.finish(true));
    return Request(std::move(r));
}

Result<Request> readSample(const Json& json) {
    SampleRequest r;
    FieldReader reader = readerOf(json, IMAGO_TR("the sample request"));
    reader.require("model", r.model);
    reader.read("count", r.count);
    reader.read("out", r.out);
    reader.read("seed", r.seed);
    reader.read("class", r.className);
    reader.read("settings", r.settings);
    reader.read("stages", r.stages);
    reader.read("labels", r.labels);
    reader.word("priority", r.priority, priorityFrom, "interactive, preview, normal, training");
    IMAGO_TRY(reader.finish(true));
    return Request(std::move(r));
}

Result<Request> readEvaluate(const Json& json) {
    EvaluateRequest r;
    FieldReader reader = readerOf(json, IMAGO_TR("the evaluate request"));
    reader.read("model", r.model);
    reader.require("data", r.data);
    reader.read("metrics", r.metrics);
    reader.read("count", r.count);
    reader.read("seed", r.seed);
    reader.read("settings", r.settings);
    reader.read("calibrate", r.calibrate);
    reader.read("worth", r.worth);
    reader.read("sweep", r.sweep);
    reader.read("mistakes", r.mistakes);
    IMAGO_TRY(reader.finish(true));
    return Request(std::move(r));
}

Result<Request> readInspect(const Json& json) {
    InspectDataRequest r;
    FieldReader reader = readerOf(json, IMAGO_TR("the dataset request"));
    reader.require("data", r.data);
    reader.read("resolution", r.resolution);
    reader.read("thumbnails", r.thumbnails);
    reader.read("pad", r.pad);
    reader.read("ground", r.ground);
    reader.read("pack_to", r.packTo);
    IMAGO_TRY(reader.finish(true));
    return Request(std::move(r));
}

Result<Request> readCompress(const Json& json) {
    CompressRequest r;
    FieldReader reader = readerOf(json, IMAGO_TR("the compress request"));
    reader.require("model", r.model);
    reader.require("in", r.in);
    reader.require("out", r.out);
    reader.read("precision", r.precision);
    reader.read("compare", r.compare);
    IMAGO_TRY(reader.finish(true));
    return Request(std::move(r));
}

}  // namespace

Json toJson(const Request& request) {
    return std::visit([](const auto& r) { return form(r); }, request);
}

Result<Request> requestFromJson(const Json& json) {
    IMAGO_TRY(checkSchema(json, kRequestSchema, IMAGO_TR("the request")));
    std::string name;
    FieldReader reader(json, IMAGO_TR("the request"));
    reader.require("request", name);
    IMAGO_TRY(reader.finish(false));
    if (name == "train") return readTrain(json);
    if (name == "sample") return readSample(json);
    if (name == "evaluate") return readEvaluate(json);
    if (name == "inspect_data") return readInspect(json);
    if (name == "compress") return readCompress(json);
    return Error{ErrorCode::BadInput,
                 IMAGO_TR("There is no request {name}; there are train, sample, evaluate, inspect_data, compress."),
                 {{"name", name}},
                 {},
                 "request"};
}

}  // namespace imago
