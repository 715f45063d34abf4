// links: imago_ml
// The classifier family: it learns, is repeatable, reads the same however pictures are batched, and makes none itself.
#include <QtTest>

#include "core/base/random.h"
#include "core/models/classifier/classifier.h"
#include "core/models/classifier/objective.h"
#include "core/models/family.h"
#include "core/models/sampling.h"
#include "core/nn/optimizer.h"
#include "core/nn/torch_pch.h"

using namespace imago;
using classifier::Classifier;

namespace {

DataShape threeClasses() {
    return {1, 16, 16, {"a", "b", "c"}};
}

// Class 0: bright top; 1: bright left; 2: a bright centre; all under noise.
void picture(std::uint64_t number, int label, std::uint8_t* out) {
    for (int y = 0; y < 16; ++y) {
        for (int x = 0; x < 16; ++x) {
            const bool bright = label == 0 ? y < 6 : label == 1 ? x < 6 : (y > 4 && y < 11 && x > 4 && x < 11);
            const float noise = uniform({7, Purpose::Test, number}, static_cast<std::uint64_t>(y * 16 + x));
            *out++ = static_cast<std::uint8_t>((bright ? 120 : 20) + 100 * noise);
        }
    }
}

struct Pictures {
    torch::Tensor pixels, labels;
};

Pictures pictures(std::uint64_t first, std::int64_t count) {
    Pictures p{torch::empty({count, 16, 16, 1}, torch::kUInt8), torch::empty({count}, torch::kInt64)};
    for (std::int64_t i = 0; i < count; ++i) {
        const int label = static_cast<int>(i % 3);
        p.labels[i] = label;
        picture(first + static_cast<std::uint64_t>(i), label, p.pixels.data_ptr<std::uint8_t>() + i * 256);
    }
    return p;
}

std::unique_ptr<GenerativeModel> make(Json config = Json::object(), DataShape shape = threeClasses(), std::uint64_t seed = 1) {
    config["network"] = {{"channels", 8}};
    auto model = (*findFamily("classifier"))->makeModel(config, shape, seed, Device{});
    return model ? std::move(*model) : nullptr;
}

// Trains for some steps; the losses of the last one.
std::pair<float, float> train(GenerativeModel& model, const Json& config, int steps, bool mirror = false) {
    Json own = config;
    own["data"] = {{"mirror", mirror}};
    own["network"] = {{"channels", 8}};
    auto objective = std::move(*(*findFamily("classifier"))->makeObjective(own, model));
    nn::FusedOptimizer optimizer(model.parameters(), {.clipNorm = 1});
    auto losses = torch::zeros({static_cast<std::int64_t>(objective->lossNames().size())});
    for (int s = 0; s < steps; ++s) {
        const Pictures p = pictures(static_cast<std::uint64_t>(s) * 48, 48);
        const Batch batch{&p.pixels, &p.labels};
        objective->accumulate(0, batch, {1, s, 48 * s, 0}, losses);
        optimizer.step(5e-3, 0.5);
    }
    return {losses[0].item<float>(), losses[1].item<float>()};
}

}  // namespace

class TestClassifier : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void learnsAndNamesUnseenPictures() {
        const auto model = make();
        const auto [loss, accuracy] = train(*model, Json::object(), 40);
        QVERIFY2(accuracy > 0.95f, qPrintable(QString::number(accuracy)));
        QVERIFY(loss < 0.7f);
        const Pictures test = pictures(1'000'000, 300);
        const auto reading = dynamic_cast<Classifier&>(*model).read(test.pixels.data_ptr<std::uint8_t>(), 300, 16, 16);
        int right = 0;
        for (int i = 0; i < 300; ++i) right += reading.classes[static_cast<std::size_t>(i)] == i % 3;
        QVERIFY2(right > 285, qPrintable(QString::number(right)));
    }

    void readingDoesNotDependOnItsCompany() {
        const auto model = make();
        auto& c = dynamic_cast<Classifier&>(*model);
        const Pictures p = pictures(5, 300);
        const auto all = c.read(p.pixels.data_ptr<std::uint8_t>(), 300, 16, 16);
        const auto one = c.read(p.pixels.data_ptr<std::uint8_t>() + 270 * 256, 1, 16, 16);
        QCOMPARE(c.featureDims(), 32);
        for (std::size_t d = 0; d < 32; ++d) QCOMPARE(one.features[d], all.features[270 * 32 + d]);
    }

    void sameSeedSameBits() {
        const auto a = make(), b = make(), other = make(Json::object(), threeClasses(), 2);
        train(*a, Json::object(), 3);
        train(*b, Json::object(), 3);
        const auto weights = [](GenerativeModel& m) { return m.parameters().flat(nn::ParameterArena::Buffer::Master); };
        QVERIFY(torch::equal(weights(*a), weights(*b)));
        QVERIFY(!torch::equal(weights(*make()), weights(*other)));
    }

    // With all labels hidden nothing may be learned: the gradient is exactly 0.
    void unlabelledPicturesCountForNothing() {
        const auto model = make();
        auto objective = std::move(*(*findFamily("classifier"))->makeObjective(Json{{"network", {{"channels", 8}}}}, *model));
        Pictures p = pictures(0, 12);
        p.labels.fill_(-1);
        auto losses = torch::zeros({2});
        const Batch batch{&p.pixels, &p.labels};
        objective->accumulate(0, batch, {1, 0, 0, 0}, losses);
        QCOMPARE(model->parameters().flat(nn::ParameterArena::Buffer::Gradient).abs().max().item<float>(), 0.f);
        QCOMPARE(losses[0].item<float>(), 0.f);
    }

    // At the start the scores are all 0: the loss is ln(classes), whatever the smoothing.
    void firstLossIsThatOfGuessing() {
        const auto model = make();
        const auto [loss, accuracy] = train(*model, Json::object(), 1);
        QVERIFY(std::abs(loss - std::log(3.f)) < 1e-5f);
        QVERIFY(accuracy < 0.5f);
    }

    void shiftsStayWithinBoundsAndMirrorTheBorder() {
        auto x =
            torch::arange(16 * 16, torch::kFloat).view({1, 1, 16, 16}).repeat({64, 1, 1, 1}).contiguous(torch::MemoryFormat::ChannelsLast);
        const auto y = classifier::shifted(x, 2, 9, 4);
        QVERIFY(y.sizes() == x.sizes());
        QVERIFY(torch::equal(y, classifier::shifted(x, 2, 9, 4)));
        QVERIFY(!torch::equal(y, classifier::shifted(x, 2, 9, 5)));
        std::set<std::pair<int, int>> seen;
        for (std::int64_t n = 0; n < 64; ++n) {
            // The pixel at (8, 8) says where it came from.
            const int value = static_cast<int>(y[n][0][8][8].item<float>());
            const int dy = value / 16 - 8, dx = value % 16 - 8;
            QVERIFY(std::abs(dy) <= 2 && std::abs(dx) <= 2);
            seen.insert({dy, dx});
            QCOMPARE(y[n][0][0][8].item<float>(), static_cast<float>(std::abs(dy) * 16 + 8 + dx));
        }
        QVERIFY(seen.size() > 15);
    }

    void refusals() {
        const auto model = make();
        const auto sampling = model->beginSampling({});
        QVERIFY(!sampling && sampling.error().code == ErrorCode::BadInput && !sampling.error().remedy.empty());
        const Family& family = **findFamily("classifier");
        const auto unlabelled = family.makeModel(Json::object(), {1, 16, 16, {}}, 1, Device{});
        QVERIFY(!unlabelled && unlabelled.error().field == "data");
        const auto tiny = family.makeModel(Json::object(), {1, 4, 4, {"a", "b"}}, 1, Device{});
        QVERIFY(!tiny && tiny.error().field == "network.levels");
        QVERIFY((*findFamilyInfo("classifier"))->sampling.params.empty());
        QVERIFY(!(*findFamilyInfo("classifier"))->abilities.generates);
    }
};

QTEST_GUILESS_MAIN(TestClassifier)
#include "tst_classifier.moc"
