// links: imago_ml
// What a person's own few pictures need: a start from a shipped model, variation that resumes bit for bit, a batch that fits
// in memory, figures before the start, and a report of the data in the run.
#include <torch/torch.h>

#include <QTemporaryDir>
#include <QTest>
#include <filesystem>
#include <fstream>
#include <new>

#include "core/base/durable_file.h"
#include "core/base/hash.h"
#include "core/base/random.h"
#include "core/config/presets.h"
#include "core/engine/run.h"
#include "core/image/codecs.h"
#include "core/models/augment.h"
#include "core/models/batch_tensor.h"
#include "core/models/generative_model.h"
#include "core/nn/parameters.h"
#include "core/tensor/safetensors.h"
#include "core/train/checkpoint.h"
#include "core/train/preflight.h"
#include "core/train/train_job.h"
#include "core/train/trainer.h"
#include "tests/support/fake_context.h"

using namespace imago;
namespace fs = std::filesystem;
using test::FakeContext;

namespace {

using Flat = nn::ParameterArena::Buffer;

Json tiny(const char* more = "{}") {
    Json base = Json::parse(R"({"network": {"size": "custom", "channels": 8, "multipliers": "1,2", "attention": "2", "head_channels": 8},
                                      "optimizer": {"warmup_steps": 4, "rate": 0.002, "precision": "fp32"},
                                      "data": {"resolution": 16}, "run": {"preview_seconds": 0}})");
    base.update(Json::parse(more), true);
    return base;
}

struct Ended {
    torch::Tensor masters;
    std::vector<float> losses;  // of the first column, a step each
    std::optional<Error> error;
    Json result;
    FakeContext context;
};

// Steps a training to its end. configure: before each step.
void train(const TrainRequest& request, Ended& ended, std::function<void(Trainer&)> configure = {}) {
    TrainJobOptions options;
    options.beforeStep = [&](Trainer& trainer, GenerativeModel&) {
        if (configure) configure(trainer);
    };
    options.afterFinish = [&](Trainer&, GenerativeModel& model) { ended.masters = model.parameters().flat(Flat::Master).clone(); };
    auto job = makeTrainJob(request, {"cpu", "1"}, options);
    if (!job) {
        ended.error = job.error();
        return;
    }
    FinishReason reason = FinishReason::Done;
    while (true) {
        const Result<Slice> more = (*job)->step(ended.context);
        if (!more) ended.error = more.error(), reason = FinishReason::Failed;
        if (!more || *more == Slice::Done) break;
    }
    const Result<Json> result = (*job)->finish(reason, ended.context);
    if (result) ended.result = *result;
    if (const auto reader = RunReader::open(request.run); reader)
        if (const auto update = (*reader)->poll(); update)
            for (const MetricRow& row : update->rows) ended.losses.push_back(row.values[0]);
}

}  // namespace

class SmallSetsTest : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;
    std::string path(const std::string& name) const { return (fs::path(m_folder.path().toStdString()) / name).string(); }

    std::string pictures(const std::string& name, int count) {
        for (const char* sub : {"a", "b"}) fs::create_directories(fs::path(path(name)) / sub);
        for (int i = 0; i < count; ++i) {
            Image image(20, 20, 3);
            for (std::size_t k = 0; k < image.byteCount(); ++k)
                image.data()[k] =
                    static_cast<std::uint8_t>(randomBits({1, Purpose::Test, static_cast<std::uint64_t>(i)}, k / 60 * 3 + k % 3) & 255);
            (void)writeImage(fs::path(path(name)) / (i % 2 ? "a" : "b") / (std::to_string(i) + ".png"), image);
        }
        return "folder:" + path(name);
    }

    TrainRequest request(const std::string& run, const std::string& data, const Json& config, int steps) {
        TrainRequest r;
        r.family = "diffusion";
        r.data = data;
        r.run = path(run);
        r.config = config;
        r.steps = steps;
        r.threads = "1";
        return r;
    }

  private Q_SLOTS:
    void initTestCase() {
        at::set_num_threads(1);
        ::setenv("IMAGO_RESOURCES", path("resources").c_str(), 1);
        fs::create_directories(path("resources") + "/models");
        fs::create_directory_symlink(IMAGO_SOURCE_DIR "/resources/presets", path("resources") + "/presets");
    }

    // First: later on it would find memory that a training has left.
    void preflightMeasuresAndLeavesNothing() {
        TrainRequest request;
        request.family = "diffusion";
        request.data = pictures("preflight", 40);
        request.config = tiny(R"({"optimizer": {"batch": 8}})");
        request.minutes = 2;
        auto job = makePreflightJob({request}, {"cpu", "1"});
        QVERIFY2(job.ok(), job ? "" : job.error().text().c_str());
        QVERIFY((*job)->kind() == PreflightRequest::kind);
        FakeContext context;
        context.tickOnRead = 0.25;
        while (true) {
            const auto more = (*job)->step(context);
            QVERIFY2(more.ok(), more ? "" : more.error().text().c_str());
            if (*more == Slice::Done) break;
        }
        const auto result = (*job)->finish(FinishReason::Done, context);
        QVERIFY(result.ok());
        const Json& r = *result;
        QCOMPARE(r["pictures"].get<int>(), 40);
        QVERIFY(r["parameters"].get<int>() > 1000);
        QVERIFY(r["memory_bytes"].get<double>() > 1e6 && r["memory_bytes"].get<double>() < r["memory_free_bytes"].get<double>());
        QVERIFY(r["disk_bytes"].get<double>() > 16.0 * r["parameters"].get<double>());
        QVERIFY(r["disk_free_bytes"].get<double>() > 0);
        QVERIFY(std::abs(r["seconds_per_epoch"].get<double>() - 5 * r["seconds_per_step"].get<double>()) < 1e-9);
        QVERIFY(r["seconds_per_step"].get<double>() > 0 && r["epochs_total"].get<double>() > 0);
        QVERIFY(!r["expectation"].get<std::string>().empty());
        QVERIFY(!makeTrainJob(request, {"cpu", "1"}).ok());  // a training itself needs a folder
    }

    void aBatchInPartsIsTheSameStep() {
        const Json config = tiny();  // the batch is not asked for: 64
        Ended whole, parts;
        train(request("whole", "shapes:64", config, 4), whole);
        QVERIFY2(!whole.error, whole.error ? whole.error->text().c_str() : "");
        int refused = 0;
        train(request("parts", "shapes:64", config, 4), parts, [&](Trainer& trainer) {
            if (trainer.counters.step >= 1)
                trainer.settings.beforePart = [&](std::int64_t pictures) {
                    if (pictures > 16) ++refused, throw std::bad_alloc();
                };
        });
        QVERIFY2(!parts.error, parts.error ? parts.error->text().c_str() : "");
        QCOMPARE(refused, 2);  // 64, 32; then 16 at a time, for good
        const auto notices = parts.context.notices("batch");
        QCOMPARE(notices.size(), std::size_t(1));
        QVERIFY2(notices[0].text.text().find("16 at a time") != std::string::npos, notices[0].text.text().c_str());
        QCOMPARE(parts.result["images_seen"].get<int>(), 4 * 64);
        QCOMPARE(whole.losses.size(), std::size_t(4));
        QCOMPARE(parts.losses.size(), std::size_t(4));
        for (std::size_t i = 0; i < 4; ++i)
            QVERIFY2(std::abs(whole.losses[i] - parts.losses[i]) < 1e-5 * std::abs(whole.losses[i]), qPrintable(QString::number(i)));
        const double moved = (whole.masters - parts.masters).abs().max().item<double>();
        QVERIFY2(moved < 2e-4, qPrintable(QString::number(moved)));  // Adam divides by small numbers
        const auto found = findCheckpoint(path("parts"));
        QVERIFY(found);
        QCOMPARE(found->checkpoint.state["batch_parts"].get<int>(), 4);
        QCOMPARE(found->checkpoint.state["config"]["optimizer"]["batch"].get<int>(), 64);
        // Going on takes the parts over.
        TrainRequest more = request("parts", "", Json::object(), 6);
        more.family.clear();
        more.resume = true;
        Ended resumed;
        int largest = 0;
        train(more, resumed, [&](Trainer& trainer) {
            trainer.settings.beforePart = [&](std::int64_t pictures) { largest = std::max(largest, static_cast<int>(pictures)); };
        });
        QVERIFY2(!resumed.error, resumed.error ? resumed.error->text().c_str() : "");
        QCOMPARE(largest, 16);
    }

    void aBatchThatWasAskedForNeverChanges() {
        auto job = makeTrainJob(request("asked", "shapes:64", tiny(R"({"optimizer": {"batch": 8}})"), 3), {"cpu", "1"},
                                {.beforeStep = [](Trainer& trainer, GenerativeModel&) {
                                    trainer.settings.beforePart = [](std::int64_t) { throw std::bad_alloc(); };
                                }});
        QVERIFY(job.ok());
        FakeContext context;
        bool thrown = false;
        for (int i = 0; i < 10 && !thrown; ++i) try {
                QVERIFY((*job)->step(context).ok());
            } catch (const std::bad_alloc&) {  // the worker makes the sentence of it
                thrown = true;
            }
        QVERIFY(thrown);
        QVERIFY(context.notices("batch").empty());
        (void)(*job)->finish(FinishReason::Failed, context);
    }

    void memoryThatRunsOutForASinglePictureIsAnError() {
        BatchParts parts(6, true);
        nn::ParameterArena arena;
        arena.add("w", {2, 2}, nn::Init::constant(1));
        arena.allocate(Device{}, 1);
        at::Tensor losses = torch::zeros({1});
        std::vector<std::int64_t> sizes;
        bool thrown = false;
        try {
            parts.run(arena, losses, false, [&](int, std::int64_t, std::int64_t count, at::Tensor&) {
                sizes.push_back(count);
                throw std::runtime_error("CUDA out of memory. Tried to allocate");
            });
        } catch (const std::exception&) {
            thrown = true;
        }
        QVERIFY(thrown);
        QCOMPARE(sizes, (std::vector<std::int64_t>{6, 3, 1}));
        // Other errors are not memory.
        BatchParts others(6, true);
        sizes.clear();
        try {
            others.run(arena, losses, false, [&](int, std::int64_t, std::int64_t count, at::Tensor&) {
                sizes.push_back(count);
                throw std::runtime_error("sizes do not match");
            });
        } catch (const std::exception&) {
        }
        QCOMPARE(sizes, (std::vector<std::int64_t>{6}));
        // Gradients and losses of parts are those of the whole; the order can be turned round.
        BatchParts three(6, true);
        three.setParts(4);  // does not divide
        three.setParts(3);
        std::vector<int> order;
        three.run(arena, losses, true, [&](int part, std::int64_t first, std::int64_t count, at::Tensor& into) {
            order.push_back(part);
            QCOMPARE(first, std::int64_t(2 * part));
            QCOMPARE(count, std::int64_t(2));
            arena.flat(Flat::Gradient).add_(part + 1);
            if (part != 1) into.fill_(part);  // one part measures nothing
        });
        QCOMPARE(order, (std::vector<int>{2, 1, 0}));
        QCOMPARE(arena.view(Flat::Gradient, "w").max().item<float>(), 2.0F);
        QCOMPARE(losses.item<float>(), 1.0F);
    }

    void variationMovesWholePixelsAndResumes() {
        DataSection section;
        section.shift = 0.25;
        const at::Tensor pixels = torch::randint(0, 256, {5, 16, 16, 3}, torch::kByte);
        const at::Tensor labels = torch::zeros({5}, torch::kLong);
        const Batch batch{&pixels, &labels};
        const at::Tensor plain = networkPixels(batch, {3, 7}, false), moved = variedPixels(batch, {3, 7}, section);
        QVERIFY(moved.equal(variedPixels(batch, {3, 7}, section)));
        QVERIFY(!moved.equal(variedPixels(batch, {3, 8}, section)));
        int displaced = 0;
        for (int n = 0; n < 5; ++n) {
            double best = 1e9;
            for (int dy = -4; dy <= 4; ++dy)
                for (int dx = -4; dx <= 4; ++dx) {
                    const auto a = moved[n].slice(1, std::max(0, dy), 16 + std::min(0, dy)).slice(2, std::max(0, dx), 16 + std::min(0, dx));
                    const auto b =
                        plain[n].slice(1, std::max(0, -dy), 16 + std::min(0, -dy)).slice(2, std::max(0, -dx), 16 + std::min(0, -dx));
                    const double off = (a - b).abs().max().item<double>();
                    if (off < best) best = off;
                    if (off < 1e-3 && (dx != 0 || dy != 0)) ++displaced;
                }
            QVERIFY2(best < 1e-3, qPrintable(QString::number(best)));
        }
        QVERIFY(displaced >= 3);
        DataSection colours;
        colours.colour = 0.5;
        const at::Tensor recoloured = variedPixels(batch, {3, 7}, colours);
        QVERIFY(recoloured.min().item<float>() >= -1 && recoloured.max().item<float>() <= 1);
        QVERIFY((recoloured - plain).abs().mean().item<float>() > 0.02);
        DataSection closer;
        closer.zoom = 0.5;
        QVERIFY((variedPixels(batch, {3, 7}, closer) - plain).abs().mean().item<float>() > 0.02);
        QVERIFY(!varies(DataSection()));
    }

    void labelledAugmentationSaysWhatItDid() {
        const at::Tensor x = torch::rand({64, 3, 16, 16}) * 2 - 1;
        const auto none = augmentedWithLabels(x, {1, 5}, 0);
        QVERIFY((none[0] - x).abs().max().item<float>() < 1e-4);
        QVERIFY(none[1].abs().max().item<float>() == 0);
        const auto all = augmentedWithLabels(x, {1, 5}, 1), again = augmentedWithLabels(x, {1, 5}, 1);
        QVERIFY(all[0].equal(again[0]) && all[1].equal(again[1]));
        QCOMPARE(all[1].size(1), std::int64_t(kAugmentLabels));
        QVERIFY((all[1].abs().sum(1) > 0).all().item<bool>());
        const auto some = augmentedWithLabels(x, {1, 5}, 0.12);
        const at::Tensor touched = some[1].abs().sum(1) > 0;
        const auto count = touched.sum().item<std::int64_t>();
        QVERIFY2(count > 15 && count < 50, qPrintable(QString::number(count)));  // 1 - 0.88^4 0.94^2 is about one half
        // Where nothing is said nothing was done, and where only a mirror is said it is a mirror.
        const at::Tensor off = (some[0] - x).abs().amax({1, 2, 3});
        QVERIFY(off.masked_select(touched.logical_not()).max().item<float>() < 1e-4);
        int mirrors = 0;
        for (std::uint64_t step = 0; step < 20 && mirrors == 0; ++step) {
            const auto round = augmentedWithLabels(x, {2, static_cast<std::int64_t>(step)}, 0.12);
            for (int n = 0; n < 64; ++n)
                if (round[1][n][0].item<float>() == 1 && round[1][n].abs().sum().item<float>() == 1) {
                    QVERIFY((round[0][n] - x[n].flip(2)).abs().max().item<float>() < 1e-4);
                    ++mirrors;
                }
        }
        QVERIFY(mirrors > 0);
    }

    void variedTrainingsResumeBitForBit() {
        const std::string data = pictures("varied", 30);
        // Variation, labels of augmentation, and pictures read from the disk while it learns.
        const Json config = tiny(R"({"optimizer": {"batch": 8}, "loss": {"augment": 0.5},
                                     "data": {"mirror": true, "shift": 0.2, "zoom": 0.3, "colour": 0.5}})");
        Ended straight, first, second;
        train(request("straight", data, config, 6), straight);
        QVERIFY2(!straight.error, straight.error ? straight.error->text().c_str() : "");
        TrainRequest half = request("halves", data, config, 6);
        int steps = 0;
        auto job = makeTrainJob(half, {"cpu", "1"}, {.beforeStep = [&](Trainer&, GenerativeModel&) { ++steps; }});
        while (steps < 3) QVERIFY((*job)->step(first.context).ok());
        QVERIFY((*job)->finish(FinishReason::Stopped, first.context).ok());
        half.resume = true;
        train(half, second);
        QVERIFY2(!second.error, second.error ? second.error->text().c_str() : "");
        QVERIFY(second.masters.equal(straight.masters));
    }

    void aSmallFolderStartsFromAShippedModel() {
        // The shipped one: trained with the classes of something else.
        Ended shipped;
        train(request("shipped", "shapes:20", tiny(), 2), shipped);
        QVERIFY2(!shipped.error, shipped.error ? shipped.error->text().c_str() : "");
        const auto made = findCheckpoint(path("shipped"));
        QVERIFY(made);
        fs::copy_file(made->checkpoint.folder / kWeightsFile, path("resources") + "/models/figures.safetensors");

        const std::string data = pictures("few", 24);
        const auto startOf = [&](const std::string& run) {
            const auto file = SafetensorsFile::read(checkpointsFolder(path(run)) / checkpointName(0) / kWeightsFile);
            return file ? std::string(reinterpret_cast<const char*>(file->find("conv_in.weight")->data.data()),
                                      file->find("conv_in.weight")->data.size())
                        : std::string();
        };
        const auto weights = SafetensorsFile::read(path("resources") + "/models/figures.safetensors");
        QVERIFY(weights);
        const TensorView* wanted = weights->find("conv_in.weight");
        const std::string shippedBytes(reinterpret_cast<const char*>(wanted->data.data()), wanted->data.size());
        Ended warm, cold;
        const TrainRequest own = request("warm", data, tiny(R"({"optimizer": {"batch": 8}})"), 1);
        train(own, warm);
        QVERIFY2(!warm.error, warm.error ? warm.error->text().c_str() : "");
        QVERIFY(!startOf("warm").empty());
        QVERIFY(startOf("warm") == shippedBytes);
        const auto said = warm.context.notices("small_set");
        QCOMPARE(said.size(), std::size_t(1));
        QVERIFY2(said[0].text.text().find("figures") != std::string::npos, said[0].text.text().c_str());
        QVERIFY((*RunReader::open(path("warm")))->info().json["parent"]["automatic"].get<bool>());
        const Json report = *parseJson(*readTextFile(path("warm") + "/data_report.json"), "report");
        QCOMPARE(report["used"].get<int>(), 24);

        TrainRequest without = request("cold", data, tiny(R"({"optimizer": {"batch": 8}})"), 1);
        without.initFrom = "none";
        train(without, cold);
        QVERIFY2(!cold.error, cold.error ? cold.error->text().c_str() : "");
        QVERIFY(startOf("cold") != shippedBytes);

        // Asked for by name: what does not fit is named.
        TrainRequest named = request("named", data, tiny(R"({"optimizer": {"batch": 8}})"), 1);
        named.initFrom = "figures";
        Ended mismatch;
        train(named, mismatch);
        QVERIFY(mismatch.error);
        QVERIFY2(mismatch.error->text().find("label.weight [3x32] / [7x32]") != std::string::npos, mismatch.error->text().c_str());
        QVERIFY(!fs::exists(path("named") + "/run.json"));
        // Another network: none fits, and it says so.
        Ended other;
        train(request("other", data, tiny(R"({"network": {"channels": 16}, "optimizer": {"batch": 8}})"), 1), other);
        QVERIFY(!other.error);
        QVERIFY(other.context.notices("small_set").at(0).text.text().find("scratch") != std::string::npos);
        // A recipe's network gives way to the one that knows shapes and colours, and the run says which it has.
        Ended free;
        TrainRequest recipe = request("free", data, Json::parse(R"({"optimizer": {"batch": 8, "precision": "fp32"}})"), 1);
        recipe.preset = "quick";
        train(recipe, free);
        QVERIFY2(!free.error, free.error ? free.error->text().c_str() : "");
        QVERIFY(startOf("free") == shippedBytes);
        QVERIFY((*RunReader::open(path("free")))->info().json["resolved"]["network"] ==
                (*RunReader::open(path("shipped")))->info().json["resolved"]["network"]);
        // The command line sends the preset's values too: the same start.
        Ended line;
        TrainRequest typed = recipe;
        typed.run = path("typed");
        typed.config = findPreset("diffusion", "quick")->config;
        typed.config.update(recipe.config, true);
        train(typed, line);
        QVERIFY(startOf("typed") == shippedBytes);
        // Pictures that are not a person's own start from nothing.
        Ended drawn;
        train(request("drawn", "shapes:30", tiny(R"({"optimizer": {"batch": 8}})"), 1), drawn);
        QVERIFY(startOf("drawn") != shippedBytes);
    }

    // Pictures of their own size: what comes to the folder later, and cannot be used, does not change it.
    void aResumedRunKeepsItsSide() {
        const std::string data = pictures("grows", 5);  // 20 x 20
        const fs::path folder = data.substr(data.find(':') + 1);
        for (int i = 0; i < 4; ++i) (void)writeImage(folder / ("large" + std::to_string(i) + ".png"), Image(200, 200, 3));
        Json config = tiny(R"({"optimizer": {"batch": 3}})");
        config["data"]["resolution"] = 0;
        TrainRequest own = request("growing", data, config, 2);
        own.initFrom = "none";
        std::int64_t before = 0, after = 0;
        Ended first, second;
        train(own, first, [&](Trainer& t) { before = t.batches().pixels().size(1); });
        QVERIFY2(!first.error, first.error ? first.error->text().c_str() : "");
        for (int i = 0; i < 3; ++i) {
            const fs::path cut = folder / ("cut" + std::to_string(i) + ".png");
            fs::copy_file(folder / "large0.png", cut);
            fs::resize_file(cut, 60);
        }
        own.initFrom.clear();
        own.resume = true;
        own.steps = 4;
        train(own, second, [&](Trainer& t) { after = t.batches().pixels().size(1); });
        QVERIFY2(!second.error, second.error ? second.error->text().c_str() : "");
        QVERIFY2(before < 64 && before == after, qPrintable(QString("%1, then %2").arg(before).arg(after)));
    }

    void namesThatRunJsonCannotHoldAreRefused() {
        Ended ended;
        train(request("caf\xe9", "shapes:20", tiny(), 1), ended);
        QVERIFY(ended.error && ended.error->text().find("caf\\xe9") != std::string::npos);
        QVERIFY(!fs::exists(path("caf\xe9")));
    }
};

QTEST_GUILESS_MAIN(SmallSetsTest)
#include "tst_small_sets.moc"
