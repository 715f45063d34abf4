// links: imago_ml
// The sample job stepped by hand: grid and folder with their recipes, equal bytes for equal requests, classes, and no trace
// of a cancelled one.
#include <QDir>
#include <QTemporaryDir>
#include <QtTest>

#include "core/base/durable_file.h"
#include "core/base/hash.h"
#include "core/data/dataset.h"
#include "core/image/png.h"
#include "core/models/family.h"
#include "core/models/model_reference.h"
#include "core/models/shipped.h"
#include "core/sample/sample_job.h"

using namespace imago;

namespace {

struct Context : JobContext {
    std::vector<EventBody> events;
    double clock = 0;
    JobId id() const override { return 3; }
    void emit(EventBody body) override { events.push_back(std::move(body)); }
    double nowSeconds() const override { return const_cast<Context*>(this)->clock += 0.1; }
    bool stopRequested() const override { return false; }
    bool discardRequested() const override { return false; }
    bool cancelRequested() const override { return false; }
    void yield() override {}
    void runOnIo(std::function<void()> work) override { work(); }
    void drainIo() override {}
};

std::vector<std::uint8_t> bytesAt(const QString& path) {
    return *readFile(path.toStdString());
}

class TestSampleJob : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;
    ModelCache m_cache{"cpu"};

    QString path(const QString& name) const { return m_folder.filePath(name); }
    SampleRequest request(int count, const QString& out) const {
        SampleRequest r;
        r.model = path("model.safetensors").toStdString();
        r.count = count;
        r.out = out.isEmpty() ? std::string() : path(out).toStdString();
        r.settings["steps"] = 2;
        return r;
    }
    Json run(const SampleRequest& r, Context& context) {
        auto job = makeSampleJob(r, m_cache);
        if (!job) qFatal("%s", job.error().text().c_str());
        while (true) {
            const auto slice = (*job)->step(context);
            if (!slice) qFatal("%s", slice.error().text().c_str());
            if (*slice == Slice::Done) break;
        }
        return *(*job)->finish(FinishReason::Done, context);
    }
    // As the engine asks: the table, the job, its slices.
    Error refusal(const SampleRequest& r) {
        if (const auto checked = checkRequest(r); !checked) return checked.error();
        auto job = makeSampleJob(r, m_cache);
        if (!job) return job.error();
        Context context;
        Result<Slice> slice = Slice::More;
        while (slice && *slice != Slice::Done) slice = (*job)->step(context);
        if (slice) qFatal("it was not refused");
        return slice.error();
    }
    static const PreviewReady* lastPreview(const Context& context) {
        const PreviewReady* last = nullptr;
        for (const auto& event : context.events)
            if (const auto* preview = std::get_if<PreviewReady>(&event)) last = preview;
        return last;
    }

  private Q_SLOTS:
    void initTestCase() {
        const Json tiny =
            Json::parse(R"({"network": {"size": "custom", "channels": 8, "multipliers": "1,2", "attention": "", "head_channels": 8},
                                          "optimizer": {"precision": "fp32"}})");
        const auto model =
            (*findFamily("diffusion"))
                ->makeModel(*complete((*findFamilyInfo("diffusion"))->config, tiny), {1, 8, 8, {"hat", "shoe"}}, 4, Device{});
        QVERIFY(model.ok());
        QVERIFY(saveModel(**model, path("model.safetensors").toStdString(), true, {{"imago.step", "12"}}).ok());
    }

    void gridCarriesItsRecipe() {
        Context context;
        const Json result = run(request(5, "grid.png"), context);
        QCOMPARE(result["count"].get<int>(), 5);
        QVERIFY(result["seconds"].get<double>() > 0);
        const auto bytes = bytesAt(path("grid.png"));
        const Image grid = *decodePng(bytes, "grid");
        QCOMPARE(grid.width(), 3 * 112 + 2 * 4);
        QCOMPARE(grid.height(), 2 * 112 + 4);
        const TextChunks texts = *pngTexts(bytes, "grid");
        QCOMPARE(texts.size(), 1u);
        QCOMPARE(texts[0].first, std::string(kRecipeKey));
        const Json recipe = *parseJson(texts[0].second, "recipe");
        QCOMPARE(recipe["model_sha256"], result["model_sha256"]);
        QCOMPARE(recipe["seed"].get<int>(), 0);
        QCOMPARE(recipe["step"].get<int>(), 12);
        QCOMPARE(recipe["settings"]["steps"].get<int>(), 2);
        QVERIFY(recipe["command"].get<std::string>().find(m_folder.path().toStdString()) == std::string::npos);
        const PreviewReady* preview = lastPreview(context);
        QVERIFY(preview && preview->kind == "result" && preview->image);
        QCOMPARE(preview->seeds.size(), 5u);
        QCOMPARE(preview->labels, (std::vector<std::string>{"hat", "shoe", "hat", "shoe", "hat"}));

        Context again;
        run(request(5, "again.png"), again);
        QVERIFY(bytes == bytesAt(path("again.png")));
    }

    void folderHoldsOnePictureEach() {
        Context context;
        run(request(70, "pictures"), context);  // more than one chunk
        QCOMPARE(QDir(path("pictures")).entryList(QDir::Files).size(), 70);
        const Image picture = *decodePng(bytesAt(path("pictures/000069.png")), "picture");
        QCOMPARE(picture.width(), 8);
        // Sample 69 alone is the same picture: only its seed and class count.
        SampleRequest alone = request(1, "alone");
        alone.seed = 69;
        alone.className = "shoe";
        Context second;
        run(alone, second);
        QVERIFY(*decodePng(bytesAt(path("alone/000000.png")), "alone") == picture);
        // Into a folder that is there.
        run(alone, second);
        QCOMPARE(QDir(path("alone")).entryList(QDir::Files).size(), 1);
        // But never over a picture of somebody else's.
        const auto own = *encodePng(picture);
        QVERIFY(writeDurably(path("alone/000000.png").toStdString(), Bytes(own)).ok());
        auto refused = *makeSampleJob(alone, m_cache);
        Result<Slice> last = Slice::More;
        while (last && *last == Slice::More) last = refused->step(second);
        QVERIFY(!last && last.error().field == "out");
        QVERIFY(refused->finish(FinishReason::Failed, second).ok());
        QVERIFY(bytesAt(path("alone/000000.png")) == own);
        QVERIFY(QDir(m_folder.path()).entryList({".*tmp"}, QDir::AllEntries | QDir::Hidden).isEmpty());
    }

    // A folder for each class, its names whole even where a file system has none like them, read again as it was written.
    void labelledSetsAreReadByTheirNames() {
        const auto named = (*findFamily("diffusion"))
                               ->makeModel(*complete((*findFamilyInfo("diffusion"))->config,
                                                     Json::parse(R"({"network": {"size": "custom", "channels": 8, "multipliers": "1,2",
                                                                     "attention": "", "head_channels": 8}, "optimizer": {"precision": "fp32"}})")),
                                           {1, 8, 8, {"in/out", ".9%", "50%2F"}}, 4, Device{});
        QVERIFY(named.ok());
        QVERIFY(saveModel(**named, path("named.safetensors").toStdString(), true, {}).ok());
        SampleRequest r = request(9, "labelled");
        r.model = path("named.safetensors").toStdString();
        r.className = "all";
        r.labels = true;
        for (int again = 0; again < 2; ++again) {  // into a new folder, then into one that is there
            Context context;
            run(r, context);
            const auto data = openDataset("folder:" + r.out);
            QVERIFY2(data.ok(), data ? "" : data.error().text().c_str());
            QCOMPARE((*data)->size(), 9u);
            auto names = (*data)->shape().classNames;
            std::sort(names.begin(), names.end());
            QCOMPARE(names, (std::vector<std::string>{".9%", "50%2F", "in/out"}));
            std::vector<int> counts(3, 0);
            for (std::size_t i = 0; i < 9; ++i) ++counts[std::size_t((*data)->classOf(i))];
            QCOMPARE(counts, (std::vector<int>{3, 3, 3}));
            QCOMPARE((*data)->skipped().size(), 0u);
        }
        r.className = "none";
        QCOMPARE(refusal(r).field, std::string("class"));
        r.className = "all";
        r.out = path("labelled.png").toStdString();
        QCOMPARE(refusal(r).field, std::string("out"));
    }

    // The command in the recipe can be given to a shell as it is.
    void recipesAreCommands() {
        SampleRequest r = request(1, "it's a set");
        r.className = "1";
        Context context;
        run(r, context);
        const auto command = [&](const QString& picture) {
            const TextChunks texts = *pngTexts(bytesAt(path(picture)), "picture");
            return (*parseJson(texts.at(0).second, "recipe"))["command"].get<std::string>();
        };
        QCOMPARE(command("it's a set/000000.png"),
                 "imago sample model.safetensors --count 1 --seed 0 --class 1 --set steps=2 --out pictures");
        QVERIFY(QFile::copy(path("model.safetensors"), path("my model's.safetensors")));
        r.model = path("my model's.safetensors").toStdString();
        r.className = "shoe";
        run(r, context);
        QCOMPARE(command("it's a set/000000.png"),
                 "imago sample 'my model'\\''s.safetensors' --count 1 --seed 0 --class shoe --set steps=2 --out pictures");
    }

    void cancelLeavesNothing() {
        for (const QString& out : {QString("never.png"), QString("never")}) {
            Context context;
            auto job = *makeSampleJob(request(100, out), m_cache);
            for (int i = 0; i < 12; ++i) QVERIFY(*job->step(context) == Slice::More);
            QVERIFY(job->finish(FinishReason::Cancelled, context).ok());
            QVERIFY(!QFile::exists(path(out)));
        }
        QVERIFY(QDir(m_folder.path()).entryList({".*"}, QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot).isEmpty());
    }

    void stagesAreShown() {
        SampleRequest r = request(4, "");
        r.stages = true;
        r.settings["steps"] = 5;
        Context context;
        run(r, context);
        int stages = 0;
        for (const auto& event : context.events)
            if (const auto* preview = std::get_if<PreviewReady>(&event)) stages += preview->kind == "stage";
        QVERIFY(stages >= 4);
    }

    void badRequestsAreRefused() {
        SampleRequest r = request(0, "x.png");
        QCOMPARE(refusal(r).field, std::string("count"));
        r = request(2, "x.png");
        r.className = "coat";
        QCOMPARE(refusal(r).field, std::string("class"));
        r = request(2, "x.png");
        r.settings["steps"] = 0;
        QCOMPARE(refusal(r).field, std::string("steps"));
        r = request(2, "x.png");
        r.model = path("nothing").toStdString();
        QCOMPARE(refusal(r).field, std::string("model"));
    }

    // Everything in the box is what its card says, small, and makes pictures when it is asked for by name.
    void modelsInTheBox() {
        const auto files = shippedModels();
        QVERIFY(!files.empty());
        for (const auto& file : files) {
            const std::string name = file.stem().string();
            const auto text = readFile(std::filesystem::path(file).replace_extension(".json"));
            QVERIFY2(text.ok(), name.c_str());
            const auto card = parseJson({reinterpret_cast<const char*>(text->data()), text->size()}, "card");
            QVERIFY2(card.ok(), name.c_str());
            QCOMPARE((*card)["file"].get<std::string>(), file.filename().string());
            QCOMPARE(*sha256File(file), (*card)["sha256"].get<std::string>());
            for (const char* key : {"name", "family", "data", "data_licence", "licence", "command", "time"})
                QVERIFY2((*card).contains(key) && !(*card)[key].get<std::string>().empty(), (name + " " + key).c_str());
            QVERIFY2(std::filesystem::file_size(file) <= 8'000'000, name.c_str());
            const auto info = inspectModel(file);
            QVERIFY(info.ok());
            QCOMPARE(info->family, (*card)["family"].get<std::string>());
            if (info->family == "classifier") continue;
            SampleRequest request;
            request.model = name;
            request.count = 2;
            Context context;
            const Json result = run(request, context);
            QCOMPARE(result["count"].get<int>(), 2);
            const PreviewReady* preview = lastPreview(context);
            QVERIFY(preview && preview->image);
            QCOMPARE(preview->image->height(), info->shape.height);
        }
    }

    void runsAreSearchedNewestFirst() {
        const auto add = [&](const QString& file, bool manifest) {
            QDir().mkpath(QFileInfo(path(file)).path());
            QVERIFY(QFile::copy(path("model.safetensors"), path(file)));
            QFile list(QFileInfo(path(file)).path() + "/manifest.json");
            if (manifest) QVERIFY(list.open(QIODevice::WriteOnly));
        };
        add("run/checkpoints/00000010/weights.safetensors", true);
        add("run/checkpoints/00000030/weights.safetensors", true);
        add("run/checkpoints/00000040/weights.safetensors", false);  // no manifest: does not count
        add("run/snapshots/00000020.safetensors", false);
        const auto files = *modelFiles(path("run").toStdString());
        QCOMPARE(files.size(), 3u);
        QVERIFY(files[0].string().find("00000030") != std::string::npos);
        QVERIFY(files[1].string().find("snapshots") != std::string::npos);
        QCOMPARE(modelFiles(path("run@20").toStdString())->size(), 1u);
        QVERIFY(!modelFiles(path("run@21").toStdString()).ok());

        // A damaged one is passed over.
        QFile damaged(path("run/checkpoints/00000030/weights.safetensors"));
        QVERIFY(damaged.open(QIODevice::ReadWrite) && damaged.seek(damaged.size() / 2) && damaged.write("x") == 1);
        damaged.close();
        const auto model = m_cache.get(path("run").toStdString());
        QVERIFY(model.ok());
        QVERIFY((*model)->file == files[1]);
        QVERIFY(*m_cache.get(path("run@20").toStdString()) == *model);  // kept
        QVERIFY(!m_cache.get(path("run@30").toStdString()).ok());
    }
};

}  // namespace

QTEST_GUILESS_MAIN(TestSampleJob)
#include "tst_sample_job.moc"
