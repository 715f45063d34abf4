// JSON forms of requests and events: round trips, and the sentences for what is wrong.
#include <QDir>
#include <QDirIterator>
#include <QtTest>

#include <cmath>
#include <limits>

#include "core/config/bind.h"
#include "core/engine/event.h"
#include "core/engine/request.h"
#include "core/image/image.h"

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
    void everyKindThereAndBack();
    void aNewKindTouches();
    void picturesInMemoryHaveNoText();
    void structsAreCheckedByTheirTable();
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

// A value that a field does not have by itself, different from field to field.
Json offDefault(const Param& param) {
    switch (param.kind) {
        case ParamKind::Bool:
            return !param.defaultValue.get<bool>();
        case ParamKind::Int:
            if (param.whole64) return std::numeric_limits<std::uint64_t>::max() - param.key.size();
            return std::int64_t(param.min.value_or(0)) + std::int64_t(param.key.size());
        case ParamKind::Real:
            return param.min.value_or(0) + 0.0625 * double(param.key.size());
        case ParamKind::Choice:
            return param.choices[param.choices[0].id == param.defaultValue ? 1 : 0].id;
        case ParamKind::List:
            return param.choices.empty() ? Json{"a", param.key} : Json{param.choices.back().id, param.choices.front().id};
        case ParamKind::Object:
            return Json{{param.key, {{"b", 1.5}, {"c", Json::array({1, "x"})}}}};
        default:
            return "\xc3\xa9t\xc3\xa9 " + param.key;
    }
}

template <class R>
void checkKind() {
    Json json{{"schema", kRequestSchema}, {"request", R::kind}};
    for (const Param& param : schemaOf<R>().params) {
        json[param.key] = offDefault(param);
        QVERIFY2(json[param.key] != param.defaultValue || param.required, (R::kind + std::string(" ") + param.key).c_str());
    }
    const auto back = requestFromJson(json);
    QVERIFY2(back.ok(), back.ok() ? "" : back.error().text().c_str());
    QVERIFY(std::holds_alternative<R>(*back));
    QCOMPARE(std::string(kindOf(*back)), std::string(R::kind));
    QVERIFY2(textRoundTrip(toJson(*back)) == json, toJson(*back).dump(1).c_str());
    QVERIFY(checkRequest(*back).ok());
    QVERIFY2(refusal({{"schema", kRequestSchema}, {"request", "paint"}}).contains(R::kind), R::kind);
}

void TestRequests::everyKindThereAndBack() {
    [&]<class... R>(std::type_identity<std::variant<R...>>) { (checkKind<R>(), ...); }(std::type_identity<Request>());
}

// core/README.md lists what a new kind touches; that is what names this one.
void TestRequests::aNewKindTouches() {
    const QDir root(IMAGO_SOURCE_DIR);
    QStringList touched;
    for (const char* room : {"app", "core", "ui"}) {
        QDirIterator files(root.filePath(room), {"*.cpp", "*.h"}, QDir::Files, QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QFile file(files.next());
            QVERIFY(file.open(QIODevice::ReadOnly));
            if (file.readAll().contains("CompressRequest")) touched << root.relativeFilePath(file.fileName());
        }
    }
    touched.sort();
    QCOMPARE(touched, (QStringList{"app/cli/compress.cpp", "core/engine/request.h", "core/engine/requests/compress.h", "core/ml_engine.cpp",
                                   "core/sample/compress_job.cpp", "core/sample/compress_job.h"}));
    QFile readme(root.filePath("core/README.md"));
    QVERIFY(readme.open(QIODevice::ReadOnly));
    const QString text = QString::fromUtf8(readme.readAll());
    for (const QString& file : touched) QVERIFY2(text.contains('`' + file + '`'), qPrintable(file));
    QFile verbs(root.filePath("app/cli/cli.h"));
    QVERIFY(verbs.open(QIODevice::ReadOnly) && verbs.readAll().contains("VERB(Compress)"));
}

void TestRequests::picturesInMemoryHaveNoText() {
    CompressRequest request{"run", PictureRef(std::make_shared<const Image>(4, 4, 3), "drawing"), "a.imgl"};
    QVERIFY(checkRequest(request).ok());
    const auto back = requestFromJson(toJson(Request(request)));
    QVERIFY(!back.ok());
    QVERIFY(back.error().field == "in");
    request.in = "a.png";
    QVERIFY(std::get<CompressRequest>(*requestFromJson(toJson(Request(request)))).in == request.in);
}

void TestRequests::structsAreCheckedByTheirTable() {
    SampleRequest sample;
    sample.model = "m";
    sample.count = 0;
    QCOMPARE(checkRequest(sample).error().field, std::string("count"));
    sample.count = 3;
    QVERIFY(checkRequest(sample).ok());
    TrainRequest train;
    train.minutes = -1;
    QCOMPARE(checkRequest(train).error().field, std::string("minutes"));
    EvaluateRequest evaluate;
    evaluate.metrics = {"fd", "fid"};
    const auto refused = checkRequest(evaluate);
    QVERIFY(!refused && refused.error().field == "metrics" && refused.error().text().find("prdc") != std::string::npos);
}

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
    EvaluateRequest evaluate{"run", "fashion-mnist", {"fd", "prdc"}, 500, 3, Json{{"steps", 18}}, "wrong.png"};
    InspectDataRequest inspect{"shapes:100", 32, 8, "pad", "#102030", "all.safetensors"};
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
    PreviewReady preview{8,  "samples", 4, 2, {1, std::numeric_limits<std::uint64_t>::max()}, {"Bag", "Boot"}, "previews/00000008.png",
                         {}, 3};
    const std::vector<EventBody> bodies{JobStarted{"evaluate", "t", "/run", {"loss", "rate"}, true},
                                        JobStateChanged{RunState::Stopping},
                                        JobProgress{3, 10, 12.5, 7, "stage", 1e9},
                                        MetricBatch{{1, 2}, {0.1F, -3e38F, 1e-40F, 4}},
                                        preview,
                                        TileReady{{1, 2, 3, 4}, 9, {}},
                                        LiveChanged{"optimizer.rate", 0.001, 0.0005, 40},
                                        Resumed{12},
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
