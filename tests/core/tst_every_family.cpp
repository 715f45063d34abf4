// links: imago_ml
// What every family must do, whoever wrote it: bind its defaults, learn eight pictures by heart, make pictures of the
// promised shape that depend on their seed alone, survive saving, and leave the weights alone when it is looked at.
// (That a resumed run equals an uninterrupted one is tested with the trainer.)
#include <QTemporaryDir>
#include <QtTest>
#include <map>

#include "core/config/presets.h"
#include "core/data/dataset.h"
#include "core/image/image.h"
#include "core/models/classifier/classifier.h"
#include "core/models/family.h"
#include "core/models/generative_model.h"
#include "core/models/latent_space.h"
#include "core/models/model_file.h"
#include "core/models/objective.h"
#include "core/models/sampling.h"
#include "core/nn/optimizer.h"
#include "core/nn/yield_point.h"
#include "core/tensor/tensor_image.h"

using namespace imago;
using at::Tensor;

namespace {

constexpr int kSide = 8;

// Eight pictures in two classes: stripes across and stripes down, four phases each.
Tensor eightPictures() {
    Tensor pixels = at::zeros({8, kSide, kSide, 1}, at::kByte);
    for (int i = 0; i < 8; ++i)
        for (int y = 0; y < kSide; ++y)
            for (int x = 0; x < kSide; ++x)
                if ((((i < 4 ? y : x) + i % 4) / 2) % 2 == 0) pixels[i][y][x][0] = 255;
    return pixels;
}

const DataShape kShape{1, kSide, kSide, {"across", "down"}};

// Small versions, so that the whole test takes seconds.
Json tinyConfig(const std::string& family) {
    Json json = Json::object();
    if (family == "diffusion")
        json = Json::parse(R"({"network": {"size": "custom", "channels": 16, "multipliers": "1,2", "attention": "2", "head_channels": 16},
                               "optimizer": {"precision": "fp32", "batch": 8, "clip_norm": 1.0}, "loss": {"data_deviation": 1.0}})");
    if (family == "classifier")
        json = Json::parse(R"({"network": {"channels": 8}, "optimizer": {"precision": "fp32"}, "data": {"mirror": false},
                               "loss": {"label_smoothing": 0, "shift": 0}})");
    if (family == "gan")
        json = Json::parse(R"({"network": {"latent_dim": 16, "channels": 16, "max_channels": 32},
                               "optimizer": {"precision": "fp32", "batch": 8}, "loss": {"gamma": 0.1, "interval": 1}})");
    if (family == "vae")
        json = Json::parse(
            R"({"network": {"size": "custom", "channels": 16, "most_channels": 32}, "optimizer": {"precision": "fp32", "batch": 8},
                               "latent": {"dims": 8, "components": 12}, "loss": {"warmup_kimg": 0, "variance": "fixed", "deviation": 0.3}})");
    return *complete((*findFamilyInfo(family))->config, json);
}

struct Learner {
    std::unique_ptr<GenerativeModel> model;
    std::unique_ptr<Objective> objective;
    std::vector<std::unique_ptr<nn::FusedOptimizer>> optimizers;  // one a phase
    Tensor pixels = eightPictures();
    Tensor labels = at::tensor(std::vector<std::int64_t>{0, 0, 0, 0, 1, 1, 1, 1});
    Tensor losses;
    int step = 0;

    explicit Learner(const std::string& family) {
        const Family* entry = *findFamily(family);
        const Json config = tinyConfig(family);
        model = *entry->makeModel(config, kShape, 7, Device{});
        objective = *entry->makeObjective(config, *model);
        nn::OptimizerConfig settings{.clipNorm = 1};
        if (objective->phases() > 1) settings = {.beta1 = 0, .beta2 = 0.99};
        for (int phase = 0; phase < objective->phases(); ++phase)
            optimizers.push_back(std::make_unique<nn::FusedOptimizer>(model->parameters(), settings, objective->parameterPrefix(phase)));
        losses = at::zeros({std::int64_t(objective->lossNames().size())});
    }

    void advance(double rate = 3e-3) {
        for (int phase = 0; phase < objective->phases(); ++phase) {
            objective->accumulate(phase, {&pixels, &labels}, {11, step, step * 8, 0}, losses);
            optimizers[std::size_t(phase)]->step(rate, 0.9);
        }
        ++step;
    }
    double loss() const { return losses[0].item<double>(); }
};

// Families that make pictures in several steps are asked for few.
void takeSteps(SamplingJobSpec& spec, const std::string& family, int steps) {
    if (findParam((*findFamilyInfo(family))->sampling, "steps")) spec.settings["steps"] = steps;
}

Tensor sampleWith(GenerativeModel& model, std::vector<std::uint64_t> seeds, std::vector<int> classes = {}) {
    SamplingJobSpec spec{std::move(seeds), std::move(classes)};
    takeSteps(spec, model.familyId(), 6);
    auto process = model.beginSampling(spec);
    if (!process) qFatal("%s", process.error().text().c_str());
    while (*(*process)->advance()) {
    }
    return (*process)->result();
}

bool samples(const std::string& family) {
    return (*findFamilyInfo(family))->abilities.generates;
}

class TestEveryFamily : public QObject {
    Q_OBJECT
    std::map<std::string, std::unique_ptr<Learner>> m_learned;

    void rows() {
        QTest::addColumn<QString>("family");
        for (const auto& family : families()) QTest::newRow(family.id.c_str()) << QString::fromStdString(family.id);
    }
    std::string current() {
        const QString* const family = static_cast<QString*>(QTest::qData("family", qMetaTypeId<QString>()));
        return family->toStdString();
    }
    GenerativeModel& learned() { return *m_learned.at(current())->model; }

  private Q_SLOTS:
    void initTestCase() {
        at::set_num_threads(1);
        QCOMPARE(families().size(), familyInfos().size());
        QVERIFY(!findFamily("nothing").ok());
        QVERIFY(findFamilyInfo("nothing").error().text().find("diffusion") != std::string::npos);
    }

    void defaultsAndPresetsBind_data() { rows(); }
    void defaultsAndPresetsBind() {
        const FamilyInfo& info = **findFamilyInfo(current());
        const auto defaults = complete(info.config, Json::object());
        QVERIFY2(defaults.ok(), defaults.ok() ? "" : defaults.error().text().c_str());
        QVERIFY(*complete(info.config, *defaults) == *defaults);  // the schema round-trips its own JSON
        QVERIFY(complete(info.sampling, Json::object()).ok());
        QVERIFY(!complete(info.config, Json{{"no_such_key", 1}}).ok());
        const auto model = (*findFamily(info.id))->makeModel(*defaults, {1, 28, 28, {"a", "b"}}, 1, Device{});
        QVERIFY2(model.ok(), model.ok() ? "" : model.error().text().c_str());
        QVERIFY((*model)->config() == *defaults);
        for (const auto& preset : presetsOf(info.id)) {
            const auto config = complete(info.config, preset.config);
            QVERIFY2(config.ok(), config.ok() ? "" : (preset.id + ": " + config.error().text()).c_str());
            QVERIFY2((*findFamily(info.id))->makeModel(*config, {1, 28, 28, {"a", "b"}}, 1, Device{}).ok(), preset.id.c_str());
        }
        if (info.id == "diffusion") QVERIFY(presetsOf(info.id).size() >= 4);
    }

    void overfitsEightPictures_data() { rows(); }
    void overfitsEightPictures() {
        auto learner = std::make_unique<Learner>(current());
        std::vector<double> losses;
        for (int i = 0; i < 500; ++i) {
            learner->advance(i < 400 ? 3e-3 : 1e-3);
            losses.push_back(learner->loss());
            QVERIFY(std::isfinite(losses.back()));
        }
        const auto mean = [&](int from, int to) {
            double sum = 0;
            for (int i = from; i < to; ++i) sum += losses[std::size_t(i)];
            return sum / (to - from);
        };
        qInfo("loss %.4f at first, %.4f at last", mean(0, 10), mean(450, 500));
        // Two networks that learn from each other end in balance, not at a low loss: there the pictures alone say.
        if (learner->objective->phases() == 1) QVERIFY(mean(450, 500) < 0.25 * mean(0, 10));
        if (samples(current())) {
            // What it makes is one of the eight: the median distance to the nearest is small (a random pair differs by 1).
            std::vector<std::uint64_t> seeds(16);
            std::iota(seeds.begin(), seeds.end(), 100);
            std::vector<int> classes;
            for (int i = 0; i < 16; ++i) classes.push_back(i % 2);
            const Tensor made = sampleWith(*learner->model, seeds, classes).flatten(1);
            const Tensor real = floatPixels(eightPictures()).flatten(1);
            const Tensor nearest = std::get<0>(at::cdist(made, real).min(1)) / std::sqrt(2.0 * kSide * kSide);
            qInfo("median distance to the nearest picture: %.3f", nearest.median().item<double>());
            QVERIFY(nearest.median().item<double>() < 0.3);
        }
        m_learned[current()] = std::move(learner);
    }

    // What a family says of itself is what its models do.
    void abilitiesAreWhatItDoes_data() { rows(); }
    void abilitiesAreWhatItDoes() {
        const FamilyInfo& info = **findFamilyInfo(current());
        const Abilities& does = info.abilities;
        QVERIFY(does.generates || does.encodes || does.names);
        QCOMPARE(learned().beginSampling({{1}, {}}).ok(), does.generates);
        QCOMPARE(!info.sampling.params.empty(), does.generates);
        const auto space = learned().latentSpace();
        QCOMPARE(space && space->encodes(), does.encodes);
        if (does.encodes) {
            const auto latent = space->encode(at::zeros({2, 1, kSide, kSide}));
            QVERIFY(latent.ok());
            QCOMPARE(latent->sizes().vec(), (std::vector<std::int64_t>{2, space->dimension()}));
        }
        auto* classifier = dynamic_cast<classifier::Classifier*>(&learned());
        QCOMPARE(classifier != nullptr, does.names);
        if (does.names) {
            const Tensor pixels = eightPictures();
            const auto reading = classifier->read(pixels.data_ptr<std::uint8_t>(), 8, kSide, kSide);
            QCOMPARE(std::vector<int>(reading.classes.begin(), reading.classes.end()), (std::vector<int>{0, 0, 0, 0, 1, 1, 1, 1}));
        }
        for (const auto& section : info.networkSections) QVERIFY2(findParam(info.config, section).ok(), section.c_str());
        for (const auto& key : info.kindKeys) QVERIFY2(findParam(info.config, key).ok(), key.c_str());
    }

    // What a training shows: samples of what makes pictures, copies of what looks into them, the same ones every time.
    void previewsAreTheFamilys_data() { rows(); }
    void previewsAreTheFamilys() {
        const Abilities& does = (*findFamilyInfo(current()))->abilities;
        const Family& family = **findFamily(current());
        QCOMPARE(family.makePreviews != nullptr, does.generates || does.encodes);
        if (!family.makePreviews) return;
        DatasetContents contents;
        contents.shape = kShape;
        const Tensor pixels = eightPictures();
        contents.pixels.assign(pixels.data_ptr<std::uint8_t>(), pixels.data_ptr<std::uint8_t>() + pixels.numel());
        contents.classes = {0, 0, 0, 0, 1, 1, 1, 1};
        contents.hashes.resize(8);
        const Dataset data(std::move(contents));
        const auto look = [&] {
            std::vector<PreviewReady> shown;
            for (const auto& preview : family.makePreviews(learned(), data, {12, 5, 4})) {
                while (*preview->advance()) continue;
                shown.push_back(preview->take().value());
            }
            return shown;
        };
        const auto first = look(), again = look();
        std::vector<std::string> kinds;
        for (std::size_t i = 0; i < first.size(); ++i) {
            kinds.push_back(first[i].kind);
            QCOMPARE(first[i].step, std::int64_t(12));
            QVERIFY(*first[i].image == *again[i].image);
        }
        QCOMPARE(kinds, does.encodes ? (std::vector<std::string>{"samples", "reconstructions"}) : std::vector<std::string>{"samples"});
        QCOMPARE(first[0].seeds, (std::vector<std::uint64_t>{5, 6, 7, 8}));
        QCOMPARE(first[0].labels, (std::vector<std::string>{"across", "down", "across", "down"}));
        QCOMPARE(first[0].image->width(), 2 * kSide);
        if (does.encodes) QCOMPARE(first[1].image->height(), 2 * kSide);  // a row of pictures over one of copies
    }

    // Data with other classes change nothing but what says so of itself.
    void rolesSayWhatMayDiffer_data() { rows(); }
    void rolesSayWhatMayDiffer() {
        const Family& family = **findFamily(current());
        const auto make = [&](std::vector<std::string> classes, const Json& more = Json::object()) {
            const FamilyInfo& info = **findFamilyInfo(current());
            return *family.makeModel(mergeJson(info.config, tinyConfig(current()), more), {1, kSide, kSide, std::move(classes)}, 1,
                                     Device{});
        };
        const auto two = make({"a", "b"}), three = make({"a", "b", "c"});
        const auto& others = three->parameters().entries();
        int tables = 0;
        for (const auto& entry : two->parameters().entries()) {
            const nn::ParameterId id = three->parameters().find(entry.name);
            QVERIFY2(id >= 0, entry.name.c_str());
            tables += entry.role == nn::Role::LabelTable;
            QVERIFY2(others[std::size_t(id)].role == entry.role, entry.name.c_str());
            if ((*findFamilyInfo(current()))->abilities.names) continue;  // its classes are all that it knows
            if (entry.role == nn::Role::Weight) QVERIFY2(others[std::size_t(id)].shape == entry.shape, entry.name.c_str());
            if (entry.role == nn::Role::LabelTable) QVERIFY2(others[std::size_t(id)].shape != entry.shape, entry.name.c_str());
        }
        QCOMPARE(tables > 0, samples(current()));
        if (current() == "diffusion") {
            const auto told = make({"a", "b"}, {{"loss", {{"augment", 0.5}}}});
            QCOMPARE(told->parameters().entries().size(), two->parameters().entries().size() + 1);
            QVERIFY(told->parameters().entries()[std::size_t(told->parameters().find("augment.weight"))].role == nn::Role::LabelTable);
        }
        if (current() == "vae") {
            for (const char* part : {"weights", "means", "covariances", "shares"})
                QVERIFY(two->parameters().entries()[std::size_t(two->parameters().find(std::string("mixture.") + part))].role ==
                        nn::Role::Fitted);
            const auto codes = make({"a", "b"}, {{"latent", {{"prior", "codes"}}}});
            for (const auto& entry : codes->parameters().entries())
                if (entry.name.starts_with("codebook.")) QVERIFY(entry.role == nn::Role::Weight);  // the decoder's words: taken along
        }
    }

    void samplesHaveThePromisedShape_data() { rows(); }
    void samplesHaveThePromisedShape() {
        if (!samples(current())) QSKIP("makes no pictures");
        const Tensor made = sampleWith(learned(), {1, 2, 3}, {0, 1, -1});
        QCOMPARE(made.sizes().vec(), (std::vector<std::int64_t>{3, 1, kSide, kSide}));
        QVERIFY(at::isfinite(made).all().item<bool>());
        QVERIFY((made.abs() <= 1).all().item<bool>());
        QVERIFY(!learned().beginSampling({{1}, {2}}).ok());  // there is no class 2
        SamplingJobSpec bad{{1}, {}};
        bad.settings["no_such_key"] = 1;
        QVERIFY(!learned().beginSampling(bad).ok());
    }

    void sameSeedSameSample_data() { rows(); }
    void sameSeedSameSample() {
        if (!samples(current())) QSKIP("makes no pictures");
        const Tensor first = sampleWith(learned(), {5, 6}), again = sampleWith(learned(), {5, 6});
        QVERIFY(at::equal(first, again));
        QVERIFY(!at::equal(first[0], first[1]));
    }

    void tileAgainIsByteEqual_data() { rows(); }
    void tileAgainIsByteEqual() {
        if (!samples(current())) QSKIP("makes no pictures");
        std::vector<std::uint64_t> seeds(21);
        std::iota(seeds.begin(), seeds.end(), 40);
        const Tensor many = sampleWith(learned(), seeds);
        for (const std::size_t i : {std::size_t{0}, std::size_t{13}, std::size_t{20}})
            QVERIFY(at::equal(sampleWith(learned(), {seeds[i]})[0], many[std::int64_t(i)]));
        QVERIFY(at::equal(sampleWith(learned(), {1, 2, seeds[13]})[2], many[13]));
    }

    // The same with every family's own defaults: full size, the number format that this processor prefers.
    void tileAgainIsByteEqualAtFullSize_data() { rows(); }
    void tileAgainIsByteEqualAtFullSize() {
        if (!samples(current())) QSKIP("makes no pictures");
        const Json defaults = *complete((*findFamilyInfo(current()))->config, Json::object());
        const auto model = *(*findFamily(current()))->makeModel(defaults, {1, 28, 28, {"a", "b"}}, 3, Device{});
        // The last layer starts at zero: give every weight a say.
        const torch::NoGradGuard noGradients;
        for (const auto& entry : model->parameters().entries()) {
            const Tensor master = model->parameters().view(nn::ParameterArena::Buffer::Master, entry.name);
            if (master.abs().max().item<double>() == 0) master.copy_(at::linspace(-0.05, 0.05, master.numel()).view(master.sizes()));
        }
        model->parameters().copyMasterToAverage();
        model->parameters().markChanged();
        std::vector<std::uint64_t> seeds(18);
        std::iota(seeds.begin(), seeds.end(), 900);
        const Tensor many = sampleWith(*model, seeds);
        QCOMPARE(many.sizes().vec(), (std::vector<std::int64_t>{18, 1, 28, 28}));
        QVERIFY(at::equal(sampleWith(*model, {seeds[11]})[0], many[11]));
        QVERIFY(at::equal(sampleWith(*model, {4, 4, seeds[17]})[2], many[17]));
    }

    void saveLoadSampleIsBitEqual_data() { rows(); }
    void saveLoadSampleIsBitEqual() {
        QTemporaryDir folder;
        const std::filesystem::path file = folder.filePath("model.safetensors").toStdString();
        const auto hash = saveModel(learned(), file, true, {{"imago.step", "500"}});
        QVERIFY2(hash.ok(), hash.ok() ? "" : hash.error().text().c_str());
        const auto info = inspectModel(file);
        QVERIFY(info.ok());
        QCOMPARE(info->family, current());
        QCOMPARE(info->step, 500);
        QVERIFY(info->shape.classNames == kShape.classNames);
        auto loaded = readModel(file);
        QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.error().text().c_str());
        QCOMPARE(loaded->sha256, *hash);
        QVERIFY(loaded->model->config() == learned().config());
        using Buffer = nn::ParameterArena::Buffer;
        QVERIFY(at::equal(loaded->model->parameters().flat(Buffer::Average), learned().parameters().flat(Buffer::Average)));
        if (samples(current())) QVERIFY(at::equal(sampleWith(*loaded->model, {3, 4}, {1, 0}), sampleWith(learned(), {3, 4}, {1, 0})));
        const std::filesystem::path second = folder.filePath("again.safetensors").toStdString();
        QCOMPARE(*saveModel(*loaded->model, second, true, {{"imago.step", "500"}}), *hash);

        // Any flipped byte is found.
        auto bytes = *readFile(file);
        bytes[bytes.size() / 2] ^= 0x40;
        QVERIFY(!SafetensorsFile::parse(bytes, "damaged").ok());
    }

    void lookingInMidStepChangesNoWeight_data() { rows(); }
    void lookingInMidStepChangesNoWeight() {
        using Buffer = nn::ParameterArena::Buffer;
        Learner alone(current()), watched(current());
        int served = 0;
        for (int i = 0; i < 5; ++i) {
            alone.advance();  // without a scope, as programs other than ours would train it
            const nn::YieldScope scope([&] {
                ++served;
                if (samples(current()) && served % 5 == 0) {
                    SamplingJobSpec spec{{9}, {}};
                    takeSteps(spec, current(), 1);
                    const auto process = watched.model->beginSampling(spec);
                    while (*(*process)->advance()) {
                    }
                }
            });
            watched.advance();
        }
        QVERIFY(served > 20);
        for (const auto buffer : {Buffer::Master, Buffer::Average, Buffer::Moment1, Buffer::Moment2})
            QVERIFY(at::equal(alone.model->parameters().flat(buffer), watched.model->parameters().flat(buffer)));
        QVERIFY(at::equal(alone.losses, watched.losses) || alone.losses.isnan().any().item<bool>());
    }

    // Half the space, read back as what it was rounded to: pictures are the same to the eye.
    void exportedInHalfTheSpace_data() { rows(); }
    void exportedInHalfTheSpace() {
        QTemporaryDir folder;
        const std::string full = folder.filePath("full.safetensors").toStdString(),
                          half = folder.filePath("half.safetensors").toStdString();
        QVERIFY(saveModel(learned(), full).ok());
        QVERIFY(saveHalfModel(learned(), half).ok());
        QVERIFY(std::filesystem::file_size(half) < 0.8 * double(std::filesystem::file_size(full)));
        const auto loaded = readModel(half);
        QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.error().text().c_str());
        using Buffer = nn::ParameterArena::Buffer;
        const Tensor was = learned().parameters().flat(Buffer::Average), is = loaded->model->parameters().flat(Buffer::Average);
        QVERIFY((was - is).abs().max().item<double>() <= 1e-3 * was.abs().max().item<double>());
        if (!samples(current())) return;
        const Tensor difference = sampleWith(learned(), {3}) - sampleWith(*loaded->model, {3});
        QVERIFY2(difference.abs().mean().item<double>() < 0.02, qPrintable(QString::number(difference.abs().mean().item<double>())));
    }

    // What a card would record and replay, over fixed tensors that every step's drawings are copied into.
    void recordableStepIsTheWholeStep_data() { rows(); }
    void recordableStepIsTheWholeStep() {
        Learner whole(current()), split(current());
        RecordableStep* recordable = split.objective->recordable();
        if (!recordable) QSKIP("has no step that can be recorded");
        std::vector<Tensor> fixed;
        for (int i = 0; i < 3; ++i) {
            whole.advance();
            const auto drawn = recordable->draw({&split.pixels, &split.labels}, {11, i, i * 8, 0});
            if (fixed.empty())
                for (const auto& t : drawn) fixed.push_back(at::empty_like(t));
            QCOMPARE(drawn.size(), fixed.size());
            for (std::size_t k = 0; k < drawn.size(); ++k) fixed[k].copy_(drawn[k]);
            recordable->learn(fixed, split.losses);
            split.optimizers.front()->prepare(3e-3, 0.9);
            split.optimizers.front()->enqueue();
        }
        QVERIFY(at::equal(whole.losses.nan_to_num(-1), split.losses.nan_to_num(-1)));
        using Buffer = nn::ParameterArena::Buffer;
        QVERIFY(at::equal(whole.model->parameters().flat(Buffer::Master), split.model->parameters().flat(Buffer::Master)));
    }

    void cancelMidSamplingLeavesAUsableModel_data() { rows(); }
    void cancelMidSamplingLeavesAUsableModel() {
        if (!samples(current())) QSKIP("makes no pictures");
        const Tensor before = sampleWith(learned(), {8});
        {
            SamplingJobSpec spec{{8}, {}};
            takeSteps(spec, current(), 6);
            const auto process = *learned().beginSampling(spec);
            for (int i = 0; i < process->stepsTotal() / 2; ++i) QVERIFY(*process->advance());
            QCOMPARE(process->preview().size(0), 1);
        }
        QVERIFY(at::equal(sampleWith(learned(), {8}), before));
        Learner& learner = *m_learned.at(current());
        learner.advance(1e-4);
        QVERIFY(std::isfinite(learner.loss()));
    }
};

}  // namespace

QTEST_GUILESS_MAIN(TestEveryFamily)
#include "tst_every_family.moc"
