// JSON forms of requests and events: round trips, and the sentences for what is wrong.
#include <QtTest>

#include <cmath>
#include <limits>

#include "core/engine/event.h"
#include "core/engine/request.h"

using namespace imago;

namespace {

// There and back through text gives the same JSON.
Json textRoundTrip(const Json& json) {
    return Json::parse(json.dump());
}

QString refusal(const Json& json) {
    const auto result = requestFromJson(json);
    return result ? QString() : QString::fromStdString(result.error().text());
}

Json trainForm() {
    return toJson(Request(TrainRequest{"diffusion", "shapes", "/tmp/run"}));
}

class TestRequests : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void trainRoundTrip();
    void otherRequestsRoundTrip();
    void defaultsAreWritten();
    void versionsAreNamed();
    void unknownKeyIsNamed();
    void wrongTypesAreNamed();
    void unknownNameAndMissingKey();
    void eventsRoundTrip();
    void numbersThatJsonLacks();
    void eventVersionsAreNamed();
    void eventsTolerateNewKeys();
};

void TestRequests::trainRoundTrip() {
    TrainRequest r;
    r.family = "diffusion";
    r.data = "folder:/pictures/\xc3\xa9t\xc3\xa9";
    r.run = "/runs/a";
    r.preset = "small";
    r.config = Json{{"network", {{"channels", 32}}}, {"rate", 0.001}};
    r.steps = 123456789012345;
    r.minutes = 20.5;
    r.seed = std::numeric_limits<std::uint64_t>::max();
    r.device = "cuda:1";
    r.threads = std::to_string(2);
    r.resume = true;
    r.initFrom = "model.safetensors";
    r.branchFrom = "RUN@200";
    const Json json = textRoundTrip(toJson(Request(r)));
    QVERIFY(json["schema"] == kRequestSchema);
    QVERIFY(json["request"] == "train");
    const auto back = requestFromJson(json);
    QVERIFY(back.ok());
    const auto& b = std::get<TrainRequest>(*back);
    QVERIFY(b.family == r.family && b.data == r.data && b.run == r.run && b.preset == r.preset && b.config == r.config);
    QVERIFY(b.steps == r.steps && b.minutes == r.minutes && b.seed == r.seed && b.device == r.device && b.threads == r.threads);
    QVERIFY(b.resume && b.initFrom == r.initFrom && b.branchFrom == r.branchFrom);
    QVERIFY(textRoundTrip(toJson(*back)) == json);
}

void TestRequests::otherRequestsRoundTrip() {
    SampleRequest sample{"run@100", 64, "grid.png", 7, "Bag", Json{{"solver", "heun"}}, true, true, Priority::Interactive};
    EvaluateRequest evaluate{"run", "fashion-mnist", {"fd", "prdc"}, 500, 3, Json{{"steps", 18}}, true, true, true, "wrong.png"};
    InspectDataRequest inspect{"shapes:100", 32, 8, true, "#102030", "all.safetensors"};
    CompressRequest compress{"run", "a.png", "a.imgl", 0.05, "b.png"};
    for (const Request& request : {Request(sample), Request(evaluate), Request(inspect), Request(compress)}) {
        const Json json = textRoundTrip(toJson(request));
        const auto back = requestFromJson(json);
        QVERIFY2(back.ok(), back.ok() ? "" : back.error().text().c_str());
        QCOMPARE(back->index(), request.index());
        QVERIFY(toJson(*back) == json);
    }
    const auto back = requestFromJson(toJson(Request(sample)));
    const auto& s = std::get<SampleRequest>(*back);
    QVERIFY(s.priority == Priority::Interactive && s.stages && s.className == "Bag" && s.seed == 7 && s.count == 64);
}

void TestRequests::defaultsAreWritten() {
    const auto back = requestFromJson(Json{{"schema", 1}, {"request", "sample"}, {"model", "m"}});
    QVERIFY(back.ok());
    QCOMPARE(std::get<SampleRequest>(*back).count, 16);
    QVERIFY(std::get<SampleRequest>(*back).priority == Priority::Normal);
    QVERIFY(!trainForm().contains("steps"));
    QVERIFY(trainForm().contains("init_from"));
}

void TestRequests::versionsAreNamed() {
    Json json = trainForm();
    json["schema"] = 7;
    QVERIFY2(refusal(json).contains("7") && refusal(json).contains("1"), qPrintable(refusal(json)));
    QVERIFY(refusal(json).contains("version"));
    json.erase("schema");
    QVERIFY(refusal(json).contains("(none)"));
    json["schema"] = "1";
    QVERIFY(!refusal(json).isEmpty());
}

void TestRequests::unknownKeyIsNamed() {
    Json json = trainForm();
    json["sead"] = 12;
    const auto result = requestFromJson(json);
    QVERIFY(!result.ok());
    QVERIFY(result.error().code == ErrorCode::BadInput);
    QVERIFY(result.error().field == "sead");
    QVERIFY(refusal(json).contains("sead") && refusal(json).contains("12") && refusal(json).contains("seed"));
}

void TestRequests::wrongTypesAreNamed() {
    const std::vector<std::pair<const char*, Json>> wrong{{"seed", -1},      {"seed", 1.5},   {"steps", "many"}, {"minutes", true},
                                                          {"resume", "yes"}, {"family", 3},   {"config", 1},     {"config", nullptr},
                                                          {"threads", 2},    {"steps", 1e300}};
    for (const auto& [key, value] : wrong) {
        Json json = trainForm();
        json[key] = value;
        const auto result = requestFromJson(json);
        QVERIFY2(!result.ok(), key);
        QCOMPARE(QString::fromStdString(result.error().field), QString(key));
        QVERIFY(refusal(json).contains(key) && refusal(json).contains(QString::fromStdString(value.dump())));
    }
    Json sample{{"schema", 1}, {"request", "sample"}, {"model", "m"}, {"priority", "urgent"}};
    QVERIFY(refusal(sample).contains("urgent") && refusal(sample).contains("interactive"));
    sample["priority"] = "normal";
    sample["count"] = 5000000000;
    QVERIFY(refusal(sample).contains("5000000000"));
    QVERIFY(!refusal(Json::array()).isEmpty());
    QVERIFY(!refusal(Json(3)).isEmpty());
}

void TestRequests::unknownNameAndMissingKey() {
    Json json = trainForm();
    json["request"] = "paint";
    QVERIFY(refusal(json).contains("paint") && refusal(json).contains("evaluate"));
    json = trainForm();
    json.erase("data");
    QVERIFY(refusal(json).contains("data"));
}

void TestRequests::eventsRoundTrip() {
    const Error error{ErrorCode::OutOfMemory, "no room for {what}", {{"what", "x"}}, "buy {what}", "a.b"};
    Notice notice{NoticeLevel::Warning, "health", error, 12};
    JobFinished failed{FinishReason::Failed, error, Json{{"steps", 3}}};
    PreviewReady preview{8, "samples", 4, 2, {1, std::numeric_limits<std::uint64_t>::max()}, {"Bag", "Boot"}, "previews/00000008.png", {}};
    const std::vector<EventBody> bodies{JobStarted{JobKind::Evaluate, "t", "/run", {"loss", "rate"}},
                                        JobStateChanged{RunState::Stopping},
                                        JobProgress{3, 10, 12.5, 7, "stage", 1e9},
                                        MetricBatch{{1, 2}, {0.1F, -3e38F, 1e-40F, 4}},
                                        preview,
                                        CheckpointSaved{5, "checkpoints/000005", true},
                                        notice,
                                        failed,
                                        JobFinished{}};
    for (std::size_t i = 0; i < bodies.size(); ++i) {
        const Event event{static_cast<JobId>(i + 1), 100 + i, bodies[i]};
        const Json json = textRoundTrip(toJson(event));
        const auto back = eventFromJson(json);
        QVERIFY2(back.ok(), back.ok() ? "" : back.error().text().c_str());
        QCOMPARE(back->body.index(), bodies[i].index());
        QCOMPARE(back->job, event.job);
        QCOMPARE(back->sequence, event.sequence);
        QVERIFY2(textRoundTrip(toJson(*back)) == json, json.dump().c_str());
    }
    QVERIFY(toJson(Event{1, 1, notice})["text"]["text"] == "no room for x buy x");
    const auto back = eventFromJson(toJson(Event{1, 1, MetricBatch{{1}, {0.1F}}}));
    QCOMPARE(std::get<MetricBatch>(back->body).values[0], 0.1F);
    const auto finished = eventFromJson(toJson(Event{1, 1, failed}));
    QVERIFY(std::get<JobFinished>(finished->body).error->code == ErrorCode::OutOfMemory);
    QVERIFY(!std::get<JobFinished>(eventFromJson(toJson(Event{1, 1, JobFinished{}}))->body).error);
}

void TestRequests::numbersThatJsonLacks() {
    const float inf = std::numeric_limits<float>::infinity();
    const Event event{1, 1, MetricBatch{{1}, {std::nanf(""), inf, -inf}}};
    const Json json = textRoundTrip(toJson(event));
    QVERIFY(json["values"][0].is_null());
    const auto back = eventFromJson(json);
    QVERIFY(back.ok());
    const auto& values = std::get<MetricBatch>(back->body).values;
    QVERIFY(std::isnan(values[0]) && values[1] == inf && values[2] == -inf);
}

void TestRequests::eventVersionsAreNamed() {
    Json json = toJson(Event{1, 1, JobStateChanged{}});
    json["schema"] = 9;
    const auto newer = eventFromJson(json);
    QVERIFY(!newer.ok());
    const QString text = QString::fromStdString(newer.error().text());
    QVERIFY2(text.contains("9") && text.contains("1"), qPrintable(text));
    json["schema"] = kEventSchema;
    json["event"] = "party";
    QVERIFY(!eventFromJson(json).ok());
    json["event"] = "state";
    json["state"] = "asleep";
    QVERIFY(!eventFromJson(json).ok());
    QVERIFY(!eventFromJson(Json{{"schema", 1}, {"event", "metrics"}, {"steps", {1, 2}}, {"values", {1.0, 2.0, 3.0}}}).ok());
}

void TestRequests::eventsTolerateNewKeys() {
    Json json = toJson(Event{1, 1, JobProgress{5, 10}});
    json["colour"] = "green";
    const auto back = eventFromJson(json);
    QVERIFY(back.ok());
    QCOMPARE(std::get<JobProgress>(back->body).done, 5);
}

}  // namespace

QTEST_APPLESS_MAIN(TestRequests)
#include "tst_requests.moc"
