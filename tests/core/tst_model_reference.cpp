// links: imago_ml
// One rule for every model that is asked for by name: training, sampling, measuring and compressing find the same file.
#include <QTemporaryDir>
#include <QTest>
#include <filesystem>
#include <fstream>

#include "core/engine/run_saves.h"
#include "core/models/family.h"
#include "core/models/generative_model.h"
#include "core/models/model_file.h"
#include "core/models/model_reference.h"
#include "core/models/shipped.h"
#include "core/nn/parameters.h"
#include "core/nn/torch_pch.h"
#include "core/sample/model_cache.h"
#include "core/train/warm_start.h"

using namespace imago;
namespace fs = std::filesystem;

namespace {

using Buffer = nn::ParameterArena::Buffer;

std::unique_ptr<GenerativeModel> makeModel(std::uint64_t seed) {
    const Json config =
        *complete((*findFamilyInfo("gan"))->config, Json::parse(R"({"network": {"kind": "mlp", "hidden": 8, "latent_dim": 4}})"));
    auto model = (*findFamily("gan"))->makeModel(config, {1, 8, 8, {}}, seed, Device{});
    if (!model) qFatal("%s", model.error().text().c_str());
    return std::move(*model);
}

void damage(const fs::path& file) {
    std::fstream bytes(file, std::ios::binary | std::ios::in | std::ios::out);
    bytes.seekp(static_cast<std::streamoff>(fs::file_size(file) / 2));
    bytes.put('\x5a').put('\x5b');
}

}  // namespace

class ModelReferenceTest : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;
    fs::path m_root, m_run, m_before;

    // Each with weights of its own: the step is the seed.
    void saveCheckpoint(const fs::path& run, std::int64_t step, bool whole = true) {
        const fs::path folder = checkpointsFolder(run) / checkpointName(step);
        fs::create_directories(folder);
        QVERIFY(saveModel(*makeModel(static_cast<std::uint64_t>(step)), folder / kWeightsFile).ok());
        if (whole) std::ofstream(folder / kManifestFile) << "{}";
    }
    void saveSnapshot(const fs::path& run, std::int64_t step) {
        fs::create_directories(snapshotFile(run, step).parent_path());
        QVERIFY(saveModel(*makeModel(static_cast<std::uint64_t>(step)), snapshotFile(run, step)).ok());
    }

    // What sampling, measuring and compressing load, and what a training starts from.
    static std::vector<at::Tensor> weightsFor(const std::string& reference) {
        std::vector<at::Tensor> weights;
        ModelCache models("cpu");
        if (const auto cached = models.get(reference)) weights.push_back((*cached)->model().parameters().flat(Buffer::Average).clone());
        const auto trained = makeModel(777);
        if (adoptWeights(*trained, reference)) weights.push_back(trained->parameters().flat(Buffer::Master).clone());
        return weights;
    }
    static bool allFrom(const std::string& reference, std::uint64_t seed) {
        const auto weights = weightsFor(reference);
        const at::Tensor wanted = makeModel(seed)->parameters().flat(Buffer::Master);
        return weights.size() == 2 && weights[0].equal(wanted) && weights[1].equal(wanted);
    }

  private Q_SLOTS:
    void initTestCase() {
        at::set_num_threads(1);
        m_root = m_folder.path().toStdString();
        m_run = m_root / "run";
        ::setenv("IMAGO_RESOURCES", (m_root / "resources").c_str(), 1);
        fs::create_directories(m_root / "resources/models");
        QVERIFY(saveModel(*makeModel(1000), m_root / "resources/models/figures.safetensors").ok());
        m_before = fs::current_path();
        fs::current_path(m_root);
        saveCheckpoint(m_run, 10);
        saveCheckpoint(m_run, 30);
        saveSnapshot(m_run, 20);
        saveSnapshot(m_run, 30);
    }
    void cleanupTestCase() { fs::current_path(m_before); }

    void theNewestWeightsOfARunWhateverHoldsThem() {
        const auto files = modelFiles(m_run.string());
        QVERIFY(files.ok());
        const std::vector<fs::path> wanted{checkpointsFolder(m_run) / checkpointName(30) / kWeightsFile, snapshotFile(m_run, 30),
                                           snapshotFile(m_run, 20), checkpointsFolder(m_run) / checkpointName(10) / kWeightsFile};
        QVERIFY(*files == wanted);  // of one step the checkpoint comes first
        QVERIFY(allFrom("run", 30));
        saveSnapshot(m_run, 45);  // newer than every checkpoint
        saveCheckpoint(m_run, 50, /*whole=*/false);
        QVERIFY(modelFiles("run")->front() == fs::path("run") / "snapshots" / (checkpointName(45) + ".safetensors"));
        QVERIFY(allFrom("run", 45));
    }

    void aStepIsThatStep() {
        for (const std::uint64_t step : {10, 20, 30, 45}) QVERIFY(allFrom("run@" + std::to_string(step), step));
        QCOMPARE(modelFiles("run@20")->size(), std::size_t(1));
        for (const char* none : {"run@21", "run@50"}) {
            const auto files = modelFiles(none);
            QVERIFY(!files.ok() && files.error().field == "model");
            QVERIFY2(files.error().text().find(std::string(none).substr(4)) != std::string::npos, files.error().text().c_str());
            QVERIFY(weightsFor(none).empty());
        }
        // A folder that is called so itself.
        saveCheckpoint(m_root / "odd@30", 7);
        QVERIFY(allFrom("odd@30", 7));
        QVERIFY(allFrom("odd@30@7", 7));
        QVERIFY(!parseRunReference("odd@30").step);
        QCOMPARE(parseRunReference("run@30").step.value(), std::int64_t(30));
        QVERIFY(!parseRunReference("run@soon").step && !parseRunReference("run@-1").step);
    }

    void aFileAndANameFromTheBox() {
        QVERIFY(allFrom((m_root / "resources/models/figures.safetensors").string(), 1000));
        QVERIFY(allFrom(snapshotFile(m_run, 20).string(), 20));
        QVERIFY(allFrom("figures", 1000));
        // What lies here under that name comes first, also where there is nothing in it.
        fs::create_directories(m_root / "figures");
        QVERIFY(!modelFiles("figures").ok());
        saveCheckpoint(m_root / "figures", 3);
        QVERIFY(allFrom("figures", 3));
        fs::remove_all(m_root / "figures");
        QVERIFY(allFrom("figures", 1000));
    }

    void whatThereIsNotIsSaid() {
        for (const char* name : {"nowhere", "nowhere@5", ""}) {
            const auto files = modelFiles(name);
            QVERIFY(!files.ok() && files.error().field == "model");
            QVERIFY2(files.error().text().find("figures") != std::string::npos, files.error().text().c_str());  // what there is
            QVERIFY(weightsFor(name).empty());
        }
        fs::create_directories(m_root / "empty");
        QVERIFY2(modelFiles("empty").error().text().find("first checkpoint") != std::string::npos, "");
    }

    void aDamagedOneIsPassedOver() {
        const fs::path run = m_root / "damaged";
        saveCheckpoint(run, 1);
        saveSnapshot(run, 2);
        saveCheckpoint(run, 3);
        damage(checkpointsFolder(run) / checkpointName(3) / kWeightsFile);
        QVERIFY(allFrom("damaged", 2));
        QVERIFY(weightsFor("damaged@3").empty());  // asked for by its step it has no stand-in
        damage(snapshotFile(run, 2));
        damage(checkpointsFolder(run) / checkpointName(1) / kWeightsFile);
        QVERIFY(weightsFor("damaged").empty());
    }
};

QTEST_GUILESS_MAIN(ModelReferenceTest)
#include "tst_model_reference.moc"
