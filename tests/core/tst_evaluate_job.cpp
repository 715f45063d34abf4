// links: imago_ml
// The jobs that measure, from request to result, stepped by hand: a folder against shapes, a classifier's accuracy, a sweep, what
// labelled pictures are worth, refusals, and the calibration cases.
#include <QTemporaryDir>
#include <QtTest>

#include <filesystem>
#include <set>

#include "core/base/durable_file.h"
#include "core/base/hash.h"
#include "core/data/dataset.h"
#include "core/engine/worker.h"
#include "core/evaluate/calibrate_job.h"
#include "core/evaluate/calibration.h"
#include "core/evaluate/evaluate_job.h"
#include "core/evaluate/feature_nets.h"
#include "core/evaluate/sweep_job.h"
#include "core/evaluate/worth_job.h"
#include "core/image/png.h"
#include "core/models/model_file.h"
#include "core/nn/torch_pch.h"
#include "core/sample/model_cache.h"

using namespace imago;
using namespace imago::evaluate;
namespace fs = std::filesystem;

namespace {

struct Outcome {
    Json result;
    std::optional<Error> error;
    int progress = 0;
};

// As the engine does: the table first, then the job.
Result<std::unique_ptr<Job>> makeJob(const Request& request, ModelCache& models) {
    IMAGO_TRY(checkRequest(request));
    if (const auto* worth = std::get_if<WorthRequest>(&request)) return makeWorthJob(*worth, models);
    if (const auto* sweep = std::get_if<SweepRequest>(&request)) return makeSweepJob(*sweep, models);
    if (const auto* calibrate = std::get_if<CalibrateRequest>(&request)) return makeCalibrateJob(*calibrate);
    return makeEvaluateJob(std::get<EvaluateRequest>(request), models);
}

Outcome run(const Request& request) {
    Outcome outcome;
    ModelCache models("cpu");
    auto job = makeJob(request, models);
    if (!job) {
        outcome.error = job.error();
        return outcome;
    }
    Worker worker([&](Event event) {
        if (auto* finished = std::get_if<JobFinished>(&event.body)) {
            outcome.result = finished->result;
            outcome.error = finished->error;
        }
        outcome.progress += std::holds_alternative<JobProgress>(event.body);
    });
    worker.submit(std::move(*job));
    worker.waitIdle();
    return outcome;
}

EvaluateRequest requestFor(const std::string& model, const std::string& data, int count) {
    EvaluateRequest request;
    request.model = model;
    request.data = data;
    request.count = count;
    return request;
}

PictureSet ramp(std::int64_t count) {
    PictureSet set;
    set.count = count;
    set.height = set.width = 16;
    set.pixels.resize(static_cast<std::size_t>(count * set.bytesEach()));
    for (std::size_t i = 0; i < set.pixels.size(); ++i) set.pixels[i] = static_cast<std::uint8_t>((i * 37 + i / 256 * 11) % 256);
    for (std::int64_t i = 0; i < count; ++i) set.classes.push_back(static_cast<int>(i % 10));
    return set;
}

}  // namespace

class TestEvaluateJob : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    // Real pictures in a folder score like the floor; the same ones turned upside down score worse.
    void folderAgainstShapes() {
        QTemporaryDir folder;
        const fs::path good = fs::path(folder.path().toStdString()) / "good", bad = good.parent_path() / "bad";
        fs::create_directories(good);
        fs::create_directories(bad);
        const auto data = openDataset("shapes:600");
        QVERIFY2(data.ok(), data.ok() ? "" : data.error().text().c_str());
        const DataShape shape = (*data)->shape();
        for (std::size_t i = 0; i < 150; ++i) {
            Image image(shape.width, shape.height, shape.channels), inverted(shape.width, shape.height, shape.channels);
            std::copy_n((*data)->pixels(i), (*data)->itemBytes(), image.data());
            for (std::size_t k = 0; k < (*data)->itemBytes(); ++k) inverted.data()[k] = static_cast<std::uint8_t>(255 - image.data()[k]);
            const std::string name = std::to_string(1000 + i) + ".png";
            for (const auto& [path, picture] : {std::pair{good / name, &image}, std::pair{bad / name, &inverted}}) {
                const auto bytes = encodePng(*picture);
                QVERIFY(bytes.ok());
                QVERIFY(writeDurably(path, Bytes(*bytes)).ok());
            }
        }
        const Outcome a = run(requestFor(good.string(), "shapes:600", 150)), b = run(requestFor(bad.string(), "shapes:600", 150));
        QVERIFY2(!a.error, a.error ? a.error->text().c_str() : "");
        QVERIFY2(!b.error, b.error ? b.error->text().c_str() : "");
        QVERIFY(a.progress > 0);
        const Json& figures = a.result["figures"];
        for (const char* key : {"fd", "kid", "precision", "recall", "density", "coverage", "swd"}) QVERIFY2(figures.contains(key), key);
        QCOMPARE(a.result["count"].get<int>(), 150);
        QCOMPARE(a.result["evaluator"]["networks"].size(), std::size_t{3});
        QVERIFY(a.result["evaluator"]["why"].get<std::string>().find("random") != std::string::npos);
        const double floor = a.result["floor"]["fd"], good_ = figures["fd"], bad_ = b.result["figures"]["fd"];
        QVERIFY2(good_ < 2.5 * floor && bad_ > 5 * good_, qPrintable(QString("%1 %2 %3").arg(floor).arg(good_).arg(bad_)));
        QVERIFY(b.result["figures"]["swd"].get<double>() > figures["swd"].get<double>());
        // The same again gives the same figures.
        QCOMPARE(run(requestFor(good.string(), "shapes:600", 150)).result["figures"].dump(), figures.dump());
    }

    void classifierTellsItsAccuracy() {
        QTemporaryDir folder;
        const auto data = openDataset("shapes:200");
        QVERIFY(data.ok());
        auto model = (*findFamily("classifier"))->makeModel(Json{{"network", {{"channels", 8}}}}, (*data)->shape(), 3, Device{});
        QVERIFY2(model.ok(), model.ok() ? "" : model.error().text().c_str());
        const fs::path file = fs::path(folder.path().toStdString()) / "model.safetensors";
        QVERIFY(saveModel(**model, file).ok());
        const Outcome o = run(requestFor(file.string(), "shapes:200", 200));
        QVERIFY2(!o.error, o.error ? o.error->text().c_str() : "");
        // Untrained, its scores are all equal: it names everything with the first class.
        int first = 0;
        for (std::size_t i = 0; i < 200; ++i) first += (*data)->classOf(i) == 0;
        QCOMPARE(o.result["accuracy"].get<double>(), first / 200.0);
        QCOMPARE(o.result["class_accuracy"].size(), (*data)->shape().classNames.size());
        const Outcome wrong = run(requestFor(file.string(), "fashion-mnist", 100));
        QVERIFY(wrong.error && wrong.error->code == ErrorCode::BadInput);
    }

    // Data without a size of their own are read at the model's.
    void dataAreReadAsTheModelLearnedThem() {
        QTemporaryDir folder;
        DataShape shape{3, 12, 12, {}};
        const auto model = (*findFamily("gan"))
                               ->makeModel(*complete((*findFamilyInfo("gan"))->config,
                                                     Json::parse(R"({"network": {"kind": "mlp", "hidden": 8, "latent_dim": 4}})")),
                                           shape, 4, Device{});
        QVERIFY2(model.ok(), model.ok() ? "" : model.error().text().c_str());
        const std::string file = folder.filePath("small.safetensors").toStdString();
        QVERIFY(saveModel(**model, file).ok());
        const Outcome o = run(requestFor(file, "shapes:200", 64));
        QVERIFY2(!o.error, o.error ? o.error->text().c_str() : "");
        QCOMPARE(o.result["subject"]["count"].get<int>(), 64);
    }

    // Every picture is in its row of the table; what is off the diagonal is a mistake, the surest first.
    void classifierTellsItsMistakes() {
        QTemporaryDir folder;
        const auto file = shippedClassifier();
        QVERIFY(file);
        EvaluateRequest request = requestFor(file->string(), "fashion-mnist", 500);
        request.mistakes = folder.filePath("mistakes.png").toStdString();
        const Outcome o = run(request);
        QVERIFY2(!o.error, o.error ? o.error->text().c_str() : "");
        const Json& table = o.result["confusion"];
        QCOMPARE(table.size(), std::size_t{10});
        std::int64_t all = 0, right = 0;
        for (std::size_t is = 0; is < 10; ++is)
            for (std::size_t named = 0; named < 10; ++named) {
                all += table[is][named].get<std::int64_t>();
                if (is == named) right += table[is][named].get<std::int64_t>();
            }
        QCOMPARE(all, 500);
        QCOMPARE(o.result["accuracy"].get<double>(), static_cast<double>(right) / 500);
        const auto data = openDataset("fashion-mnist:test");
        const Json& mistakes = o.result["mistakes"];
        QCOMPARE(mistakes.size(), static_cast<std::size_t>(std::min<std::int64_t>(64, all - right)));
        QVERIFY(mistakes.size() > 5);
        for (std::size_t i = 0; i < mistakes.size(); ++i) {
            QVERIFY(mistakes[i]["is"] != mistakes[i]["named"]);
            const auto index = std::stoul(mistakes[i]["picture"].get<std::string>());  // into the data, not into what was looked at
            QCOMPARE((*data)->shape().classNames[std::size_t((*data)->classOf(index))], mistakes[i]["is"].get<std::string>());
            if (i > 0) QVERIFY(mistakes[i]["sure"].get<double>() <= mistakes[i - 1]["sure"].get<double>());
        }
        const auto bytes = readFile(request.mistakes);
        QVERIFY(bytes.ok());
        QCOMPARE(decodePng(*bytes, "mistakes")->width(), 8 * 112 + 7 * 4);
    }

    // Pictures of an untrained model are noise: two classifiers learn (of six classes, far from guessing), and the job says
    // what the noise did.
    void labelledPicturesHaveAWorth() {
        QTemporaryDir folder;
        const auto data = openDataset("shapes:1600");
        QVERIFY(data.ok());
        const auto makeFile = [&](const DataShape& shape, const char* name) {
            const auto model = (*findFamily("gan"))
                                   ->makeModel(*complete((*findFamilyInfo("gan"))->config,
                                                         Json::parse(R"({"network": {"kind": "mlp", "hidden": 8, "latent_dim": 4}})")),
                                               shape, 4, Device{});
            if (!model.ok()) qFatal("%s", model.error().text().c_str());
            const std::string file = folder.filePath(name).toStdString();
            if (!saveModel(**model, file, true, {}).ok()) qFatal("not saved");
            return file;
        };
        WorthRequest request{makeFile((*data)->shape(), "noise.safetensors"), "shapes:1600", 32};
        const Outcome o = run(request);
        QVERIFY2(!o.error, o.error ? o.error->text().c_str() : "");
        QCOMPARE(o.result["real"].get<int>(), 160);
        QCOMPARE(o.result["made"].get<int>(), 32);
        QCOMPARE(o.result["test"].get<int>(), 800);
        const double alone = o.result["accuracy_real"], both = o.result["accuracy_both"];
        QVERIFY2(alone > 0.25 && alone <= 1 && both >= 0 && both <= 1, qPrintable(QString::number(alone)));
        QCOMPARE(o.result["gain"].get<double>(), both - alone);
        QVERIFY(o.result["error"].get<double>() < 0.05);
        DataShape other = (*data)->shape();
        other.classNames[0] = "unheard of";
        request.model = makeFile(other, "other.safetensors");
        const Outcome refused = run(request);
        QVERIFY(refused.error && refused.error->text().find("unheard of") != std::string::npos);
    }

    // The shipped weights are the ones on their card, and are as good as it says.
    void shippedClassifierIsWhatItsCardSays() {
        const auto file = shippedClassifier();
        QVERIFY(file);
        const auto text = readFile(fs::path(*file).replace_extension(".json"));
        QVERIFY(text.ok());
        const auto card = parseJson({reinterpret_cast<const char*>(text->data()), text->size()}, "card");
        QVERIFY(card.ok());
        QCOMPARE(*sha256File(*file), (*card)["sha256"].get<std::string>());
        QVERIFY(fs::file_size(*file) <= 2'000'000);
        const Outcome o = run(requestFor(file->string(), "fashion-mnist", 10000));
        QVERIFY2(!o.error, o.error ? o.error->text().c_str() : "");
        QVERIFY(o.result["accuracy"].get<double>() >= 0.925);
        QVERIFY(std::abs(o.result["accuracy"].get<double>() - (*card)["accuracy"].get<double>()) <= 0.0005);
    }

    void refusals() {
        EvaluateRequest request = requestFor("nowhere", "shapes", 100);
        QVERIFY(run(request).error);
        request.metrics = {"fid"};
        const Outcome o = run(request);
        QVERIFY(o.error && o.error->field == "metrics" && o.error->text().find("prdc") != std::string::npos);
        QCOMPARE(run(requestFor("nowhere", "shapes", 3)).error->field, std::string("count"));
    }

    // A folder has no solver and makes no labelled pictures; a GAN makes its pictures in one go.
    void whatIsMeasuredOfAModelIsRefusedOfOthers() {
        QTemporaryDir folder;
        WorthRequest worth;
        SweepRequest sweep;
        worth.model = sweep.model = folder.path().toStdString();
        worth.data = sweep.data = "shapes:200";
        for (const Outcome& o : {run(worth), run(sweep)})
            QVERIFY(o.error && o.error->field == "model" && o.error->text().find("folder of pictures") != std::string::npos);
        sweep.model = "emoji-gan";
        const Outcome solverless = run(sweep);
        QVERIFY(solverless.error && solverless.error->text().find("without a solver") != std::string::npos);
        worth.model = "fashion-classifier";
        const Outcome makesNone = run(worth);
        QVERIFY(makesNone.error && makesNone.error->text().find("makes no pictures") != std::string::npos);
    }

    // Every solver with every number of evaluations, each from pictures of its own.
    void everySolverIsSweptThrough() {
        QTemporaryDir folder;
        const FamilyInfo& info = **findFamilyInfo("diffusion");
        const Json config =
            Json::parse(R"({"network": {"size": "custom", "channels": 8, "multipliers": "1,2", "attention": "", "head_channels": 8}})");
        const auto model = (*findFamily("diffusion"))->makeModel(*complete(info.config, config), {3, 8, 8, {}}, 4, Device{});
        QVERIFY2(model.ok(), model.ok() ? "" : model.error().text().c_str());
        SweepRequest request;
        request.model = folder.filePath("small.safetensors").toStdString();
        request.data = "shapes:64";
        request.count = 16;
        request.metrics = {"swd"};
        QVERIFY(saveModel(**model, request.model).ok());
        const Outcome o = run(request);
        QVERIFY2(!o.error, o.error ? o.error->text().c_str() : "");
        const std::size_t solvers = (*findParam(info.sampling, "solver"))->choices.size();
        QCOMPARE(o.result["sweep"].size(), 7 * solvers);
        std::set<std::string> cases;
        for (const Json& row : o.result["sweep"]) {
            QVERIFY(row["swd"].get<double>() > 0 && !row.contains("fd"));
            QVERIFY(row["evaluations"].get<int>() ==
                    row["steps"].get<int>() * (row["solver"] == "heun" ? 2 : 1) - (row["solver"] == "heun"));
            cases.insert(row["solver"].get<std::string>() + std::to_string(row["steps"].get<int>()));
        }
        QVERIFY(cases.size() >= 6 * solvers);
        QCOMPARE(o.result["count"].get<int>(), 16);
        QCOMPARE(o.result["subject"]["classes"].get<std::string>(), std::string("none asked for"));
    }

    // The figures of spoilt pictures against real ones; every case has a row.
    void aCalibrationHasARowForEveryCase() {
        CalibrateRequest request;
        request.data = "shapes:64";
        request.count = 32;
        request.metrics = {"fd"};
        const Outcome o = run(request);
        QVERIFY2(!o.error, o.error ? o.error->text().c_str() : "");
        QCOMPARE(o.result["count"].get<int>(), 32);
        const auto classes = (*openDataset("shapes:64"))->shape().classNames.size();
        QCOMPARE(o.result["table"].size(), calibrationCases(classes).size());
        QVERIFY(o.result.contains("monotone") && !o.result["table_text"].get<std::string>().empty());
        QCOMPARE(o.result["evaluator"]["networks"].size(), std::size_t{3});
    }

    void spoiltPicturesAreSpoiltAsSaid() {
        const PictureSet set = ramp(400);
        QVERIFY(spoil(set, {"floor", 0}, 1).pixels == set.pixels);
        double squares = 0;
        const PictureSet noisy = spoil(set, {"noise", 0.05}, 1);
        std::size_t counted = 0;
        for (std::size_t i = 0; i < set.pixels.size(); ++i) {
            if (set.pixels[i] < 60 || set.pixels[i] > 195) continue;  // not clipped
            const double d = noisy.pixels[i] - set.pixels[i];
            squares += d * d;
            ++counted;
        }
        QVERIFY(std::abs(std::sqrt(squares / static_cast<double>(counted)) / 255 - 0.05) < 0.001);
        const PictureSet without = spoil(set, {"class_drop", 2}, 1);
        QVERIFY(std::none_of(without.classes.begin(), without.classes.end(), [](int c) { return c < 2; }));
        QCOMPARE(without.count, set.count);
        const PictureSet dropped = spoil(set, {"mode_drop", 0.1}, 1);
        int changed = 0;
        for (std::int64_t n = 0; n < set.count; ++n) changed += !std::equal(set.picture(n), set.picture(n) + 256, dropped.picture(n));
        QVERIFY(changed > 0 && changed <= 40);
    }

    void monotoneMeansEverySeriesRises() {
        const std::vector<CalibrationCase> cases{{"floor", 0}, {"noise", 1}, {"noise", 2}, {"blur", 1}, {"blur", 2}};
        QVERIFY(checkMonotone(cases, {1, 2, 3, 2, 4}).ok);
        QCOMPARE(checkMonotone(cases, {1, 2, 3, 4, 4}).broken, std::vector<std::string>{"blur"});
        QCOMPARE(checkMonotone(cases, {1, 0.5, 3, 2, 4}).broken, std::vector<std::string>{"noise"});
    }
};

QTEST_GUILESS_MAIN(TestEvaluateJob)
#include "tst_evaluate_job.moc"
