// links: imago_ml
// The GAN family: games and penalties against their formulas, augmentation against finite differences, each phase moving its
// own network only, stopping and resuming with two phases, and what is said when the balance is lost.
#include <torch/torch.h>

#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <set>

#include "core/base/hash.h"
#include "core/models/family.h"
#include "core/models/gan/diffaugment.h"
#include "core/models/gan/losses.h"
#include "core/models/gan/model.h"
#include "core/models/gan/objective.h"
#include "core/models/gan/rivalry.h"
#include "core/models/model_file.h"
#include "core/nn/optimizer.h"
#include "core/tensor/random_tensor.h"
#include "core/tensor/safetensors.h"
#include "core/train/checkpoint.h"
#include "core/train/train_job.h"
#include "core/train/trainer.h"
#include "tests/support/fake_context.h"
#include "tests/support/gradcheck.h"

using namespace imago;
using torch::Tensor;
using Flat = nn::ParameterArena::Buffer;
using test::FakeContext;

namespace {

Tensor doubles(std::vector<double> values) {
    return torch::tensor(values, torch::kDouble);
}

double softplus(double x) {
    return std::log1p(std::exp(x));
}

bool near(double a, double b, double tolerance = 1e-9) {
    if (std::fabs(a - b) <= tolerance * std::max(1.0, std::fabs(b))) return true;
    qWarning("%.9g instead of %.9g", a, b);
    return false;
}

Json tinyConfig(const std::string& kind = "residual") {
    Json json = Json::parse(R"({"network": {"latent_dim": 8, "channels": 8, "max_channels": 16, "hidden": 32},
                                "optimizer": {"batch": 5, "rate": 0.002, "warmup_steps": 3, "precision": "fp32"},
                                "loss": {"interval": 3, "critic_rate": 0.5},
                                "augment": {"chance": 0.5},
                                "data": {"resolution": 16, "mirror": true},
                                "run": {"preview_count": 3, "preview_seconds": 10}})");
    json["network"]["kind"] = kind;
    return json;
}

std::unique_ptr<GenerativeModel> makeModel(const Json& config, const DataShape& shape) {
    auto model = gan::GanModel::make(*complete((*findFamilyInfo("gan"))->config, config), shape, 5, Device{});
    if (!model) qFatal("%s", model.error().text().c_str());
    return std::move(*model);
}

std::string hashOf(nn::ParameterArena& arena) {
    Sha256 hash;
    for (const Flat buffer : {Flat::Master, Flat::Moment1, Flat::Moment2, Flat::Average}) {
        const Tensor flat = arena.flat(buffer).contiguous();
        hash.update({reinterpret_cast<const std::uint8_t*>(flat.data_ptr<float>()), static_cast<std::size_t>(flat.numel()) * 4});
    }
    return toHex(hash.finish());
}

struct Ended {
    std::string weights, health;
    std::int64_t step = -1;
    FakeContext context;
};

// Trains a run to its end, or until `stopAt` steps are done.
void train(const TrainRequest& request, Ended& ended, std::int64_t stopAt = -1,
           std::function<void(Trainer&, GenerativeModel&)> beforeStep = {}) {
    TrainJobOptions options;
    options.tickSeconds = 0;
    std::int64_t begun = 0;
    options.beforeStep = [&](Trainer& trainer, GenerativeModel& model) {
        begun = trainer.counters.step + 1;
        if (beforeStep) beforeStep(trainer, model);
    };
    options.afterFinish = [&](Trainer& trainer, GenerativeModel& model) {
        ended.weights = hashOf(model.parameters());
        ended.step = trainer.counters.step;
    };
    auto job = makeTrainJob(request, {"cpu", "1"}, options);
    if (!job) qFatal("%s", job.error().text().c_str());
    FinishReason reason = FinishReason::Done;
    while (true) {
        if (stopAt >= 0 && begun >= stopAt) {
            reason = FinishReason::Stopped;
            break;
        }
        const Result<Slice> more = (*job)->step(ended.context);
        if (!more) qFatal("%s", more.error().text().c_str());
        if (*more == Slice::Done) break;
    }
    const Result<Json> result = (*job)->finish(reason, ended.context);
    if (!result) qFatal("%s", result.error().text().c_str());
    ended.health = result->value("health", std::string());
}

TrainRequest request(const std::string& run, const Json& config, std::int64_t steps, std::uint64_t seed = 11) {
    TrainRequest r;
    r.family = "gan";
    r.data = "shapes:64";
    r.run = run;
    r.config = config;
    r.steps = steps;
    r.seed = seed;
    r.threads = "1";
    return r;
}

}  // namespace

class GanTest : public QObject {
    Q_OBJECT
    QTemporaryDir m_temporary;
    int m_runs = 0;
    std::string newRun() { return m_temporary.path().toStdString() + "/run" + std::to_string(m_runs++); }

  private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void gamesAreTheirFormulas() {
        const std::vector<double> r{0.3, -1.2, 2.5}, f{-0.7, 0.4, 1.9};
        const Tensor real = doubles(r), fake = doubles(f);
        double pairs = 0, mirrored = 0, entropy = 0, generator = 0, squares = 0, towardsOne = 0, hinge = 0, meanFake = 0, meanReal = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            pairs += softplus(f[i] - r[i]) / 3;
            mirrored += softplus(r[i] - f[i]) / 3;
            entropy += (softplus(-r[i]) + softplus(f[i])) / 3;
            generator += softplus(-f[i]) / 3;
            squares += ((r[i] - 1) * (r[i] - 1) + f[i] * f[i]) / 6;
            towardsOne += (f[i] - 1) * (f[i] - 1) / 6;
            hinge += (std::max(0.0, 1 - r[i]) + std::max(0.0, 1 + f[i])) / 3;
            meanFake += f[i] / 3;
            meanReal += r[i] / 3;
        }
        using gan::Game;
        const auto critic = [&](Game game) { return gan::criticLoss(game, real, fake).item<double>(); };
        const auto other = [&](Game game) { return gan::generatorLoss(game, real, fake).item<double>(); };
        QVERIFY(near(critic(Game::Relativistic), pairs) && near(other(Game::Relativistic), mirrored));
        QVERIFY(near(critic(Game::CrossEntropy), entropy) && near(other(Game::CrossEntropy), generator));
        QVERIFY(near(critic(Game::LeastSquares), squares) && near(other(Game::LeastSquares), towardsOne));
        QVERIFY(near(critic(Game::Hinge), hinge) && near(other(Game::Hinge), -meanFake));
        QVERIFY(near(critic(Game::Wasserstein), meanFake - meanReal) && near(other(Game::Wasserstein), -meanFake));
        QVERIFY(near(gan::toldApart(real, fake).item<double>(), 4.0 / 9));  // 0.3 > -0.7; -1.2 > none; 2.5 > all
        for (const char* name : {"relativistic", "cross_entropy", "least_squares", "hinge", "wasserstein"})
            QVERIFY(gan::parseGame(name).ok());
        QVERIFY(!gan::parseGame("poker").ok());
    }

    // D(x) = x' A x / 2 with symmetric A has the slope A x; all penalties follow by hand.
    void penaltiesOfAQuadratic() {
        torch::manual_seed(3);
        Tensor a = torch::randn({6, 6}, torch::kDouble);
        a = a + a.t();
        const gan::Scores critic = [&](const Tensor& x) { return (x.flatten(1).matmul(a) * x.flatten(1)).sum(1) / 2; };
        const Tensor real = torch::randn({4, 1, 2, 3}, torch::kDouble), fake = torch::randn({4, 1, 2, 3}, torch::kDouble);
        const Tensor slopes = real.flatten(1).matmul(a);
        QVERIFY(near(gan::slopeSquared(critic, real).item<double>(), slopes.square().sum(1).mean().item<double>()));
        const Tensor share = torch::rand({4, 1, 1, 1}, torch::kDouble);
        const Tensor between = (real + share * (fake - real)).flatten(1).matmul(a).norm(2, 1);
        QVERIFY(near(gan::slopeFromOne(critic, real, fake, share).item<double>(), (between - 1).square().mean().item<double>(), 1e-8));

        // Their derivatives by the critic's weights (second derivatives of its scores), against finite differences.
        const auto byWeights = [&](const auto& penalty) {
            return test::gradcheck(
                [&](const test::Tensors& in) {
                    torch::AutoGradMode on(true);
                    const Tensor w = in[0];
                    const gan::Scores d = [&](const Tensor& x) { return torch::tanh(x.flatten(1).matmul(w)).square().sum(1); };
                    return penalty(d).view({1});
                },
                {torch::randn({6, 5}, torch::kDouble).set_requires_grad(true)});
        };
        QVERIFY(byWeights([&](const gan::Scores& d) { return gan::slopeSquared(d, real); }) < 1e-6);
        QVERIFY(byWeights([&](const gan::Scores& d) { return gan::slopeFromOne(d, real, fake, share); }) < 1e-6);
    }

    // The noise stands for the slope: on our own critic, averaged over many draws, to a few in a hundred.
    void approximatePenaltyIsTheExactOne() {
        const auto model = makeModel(tinyConfig(), {1, 16, 16, {}});
        auto& ganModel = dynamic_cast<gan::GanModel&>(*model);
        const nn::Compute compute{model->parameters(), nn::Precision::Fp32};
        const gan::Scores critic = [&](const Tensor& x) { return ganModel.critic().forward(compute, x, {}); };
        torch::manual_seed(5);
        const Tensor x = torch::tanh(torch::randn({6, 1, 16, 16}));
        const double exact = gan::slopeSquared(critic, x).item<double>();
        torch::NoGradGuard guard;
        double sum = 0;
        constexpr int kDraws = 300;
        for (int i = 0; i < kDraws; ++i)
            sum += gan::slopeSquaredFromNoise(critic(x), critic(x + 0.02 * torch::randn_like(x)), 0.02).item<double>();
        qInfo("exact %.5f, from noise %.5f", exact, sum / kDraws);
        QVERIFY(exact > 0);
        QVERIFY(std::fabs(sum / kDraws / exact - 1) < 0.1);
    }

    // The exact penalty through our own layers: its gradient along a direction against a central difference.
    void exactPenaltyThroughOurLayers() {
        for (const char* kind : {"residual", "dcgan", "mlp"}) {
            const auto model = makeModel(tinyConfig(kind), {1, 8, 8, {"a", "b"}});
            auto& ganModel = dynamic_cast<gan::GanModel&>(*model);
            auto& arena = model->parameters();
            // conv2 of a residual block starts at zero: give it a say.
            {
                torch::NoGradGuard guard;
                for (const auto& entry : arena.entries()) {
                    const Tensor w = arena.view(Flat::Master, entry.name);
                    if (entry.name.find("conv2.weight") != std::string::npos)
                        w.copy_(0.1 * torch::cos(torch::arange(w.numel())).view(w.sizes()));
                }
                arena.markChanged();
            }
            const nn::Compute compute{arena, nn::Precision::Fp32};
            torch::manual_seed(6);
            // Leaky ReLUs have kinks, where the penalty jumps: small pictures and small steps cross few, and the middle of
            // several answers is free of them.
            std::vector<double> ratios;
            for (int draw = 0; draw < 9; ++draw) {
                const Tensor labels = torch::full({1}, draw % 3, torch::kLong);
                const Tensor x = torch::tanh(torch::randn({1, 1, 8, 8}));
                const auto penalty = [&] {
                    return gan::slopeSquared([&](const Tensor& at) { return ganModel.critic().forward(compute, at, labels); }, x);
                };
                arena.zeroGrad();
                penalty().backward();
                const Tensor gradient = arena.flat(Flat::Gradient).clone();
                const auto part = arena.range("g.");
                QCOMPARE(gradient.narrow(0, part.offset, part.size).abs().max().item<double>(), 0.0);
                const double step = 2e-4 / gradient.norm().item<double>();
                const auto at = [&](double h) {
                    const auto move = [&](double by) {
                        const torch::NoGradGuard guard;
                        arena.flat(Flat::Master).add_(gradient, by);
                        arena.markChanged();
                    };
                    move(h);
                    const double value = penalty().item<double>();
                    move(-h);
                    return value;
                };
                const double numeric = (at(step) - at(-step)) / (2 * step);
                ratios.push_back(numeric / gradient.square().sum().item<double>());
            }
            std::sort(ratios.begin(), ratios.end());
            qInfo("%s: by differences over analytic %.4f (%.4f to %.4f)", kind, ratios[4], ratios.front(), ratios.back());
            QVERIFY(std::fabs(ratios[4] - 1) < 0.03);
        }
    }

    // The critic may rest in some steps: its penalty comes every so many of its own.
    void penaltyComesWhenTheCriticRests() {
        for (const int generatorSteps : {1, 2, 3}) {
            Json config = tinyConfig();
            config["loss"] = {{"generator_steps", generatorSteps}, {"interval", 4}, {"gamma", 0.5}};
            const auto model = makeModel(config, {1, 16, 16, {}});
            const auto objective = std::move(*gan::GanObjective::make(model->config(), *model));
            const Tensor pixels = torch::randint(0, 256, {4, 16, 16, 1}, torch::kByte);
            int penalties = 0;
            for (std::int64_t step = 0; step < 24; ++step) {
                Tensor losses = torch::full({std::int64_t(objective->lossNames().size())}, NAN);
                if ((step + 1) % objective->period(0) != 0) continue;
                objective->accumulate(0, {&pixels, nullptr}, {1, step, 0, 0}, losses);
                penalties += std::isfinite(losses[7].item<float>());
            }
            QCOMPARE(penalties, 24 / generatorSteps / 4);
        }
    }

    // Memory runs out in the generator's turn: what was kept from the critic's is of another size now.
    void generatorInPartsMakesItsOwn() {
        const auto model = makeModel(tinyConfig(), {1, 16, 16, {"a", "b"}});
        const auto objective = std::move(*gan::GanObjective::make(model->config(), *model));
        const Tensor pixels = torch::randint(0, 256, {8, 16, 16, 1}, torch::kByte), labels = torch::arange(8) % 2;
        Tensor losses = torch::zeros({std::int64_t(objective->lossNames().size())});
        const StepInfo info{1, 0, 0, 0};
        objective->accumulate(0, {&pixels, &labels}, info, losses);
        const Tensor half = pixels.narrow(0, 4, 4), some = labels.narrow(0, 4, 4);
        objective->accumulate(1, {&half, &some}, info, losses);
        QVERIFY(std::isfinite(losses[1].item<float>()));
    }

    // A file whose settings call for a giant is refused before anything of it is made.
    void aFileCannotAskForMoreThanItBrings() {
        const auto model = makeModel(tinyConfig("mlp"), {1, 8, 8, {}});
        const std::string small = newRun() + ".safetensors", giant = newRun() + ".safetensors";
        QVERIFY(saveModel(*model, small).ok());
        const auto file = SafetensorsFile::read(small);
        QVERIFY(file.ok());
        Metadata metadata = file->metadata();
        Json config = model->config();
        config["network"]["hidden"] = 2048;
        metadata["imago.config"] = config.dump();
        QVERIFY(writeSafetensors(giant, file->tensors(), metadata).ok());
        const auto read = readModel(giant);
        QVERIFY(!read.ok());
        QVERIFY2(read.error().text().find("more weights than it has") != std::string::npos, read.error().text().c_str());
        QVERIFY(readModel(small).ok());
    }

    void augmentationIsDifferentiable() {
        gan::AugmentSection config;
        config.chance = 0.7;
        StepInfo info{9, 4, 0, 0};
        torch::manual_seed(8);
        for (const int channels : {1, 3}) {
            const test::Tensors in{torch::randn({3, channels, 8, 6}, torch::kDouble).set_requires_grad(true)};
            const auto f = [&](const test::Tensors& xs) { return gan::diffAugment(xs[0], config, info, 1); };
            QVERIFY(test::gradcheck(f, in) < 1e-7);
            QVERIFY(test::gradgradcheck([&](const test::Tensors& xs) { return f({xs[0]}).tanh(); }, in) < 1e-6);
        }
        const Tensor x = torch::rand({16, 3, 16, 16}) * 2 - 1;
        const Tensor y = gan::diffAugment(x, config, info, 0);
        QVERIFY(torch::equal(y, gan::diffAugment(x, config, info, 0)));
        QVERIFY(!torch::equal(y, gan::diffAugment(x, config, info, 1)));
        info.step = 5;
        QVERIFY(!torch::equal(y, gan::diffAugment(x, config, info, 0)));
        config.chance = 0;
        QVERIFY(torch::equal(x, gan::diffAugment(x, config, info, 0)));
    }

    // Each part alone: a shift moves pixels by whole places and brings in grey; a hole is a grey square of the given side.
    void augmentationDoesWhatItSays() {
        gan::AugmentSection only;
        only.chance = 1;
        only.colour = false, only.cutout = 0, only.shift = 0.125;
        const Tensor ones = torch::ones({64, 1, 16, 16});
        const Tensor moved = gan::diffAugment(ones, only, {1, 2, 0, 0}, 0);
        std::set<std::int64_t> counts;
        for (int i = 0; i < 64; ++i) {
            const auto kept = moved[i].sum().item<std::int64_t>();
            bool found = false;
            for (int a = 14; a <= 16; ++a)
                for (int b = 14; b <= 16; ++b) found = found || kept == a * b;
            QVERIFY(found);
            counts.insert(kept);
        }
        QVERIFY(counts.size() >= 4);
        only.shift = 0, only.cutout = 0.5;
        const Tensor holed = gan::diffAugment(ones, only, {1, 2, 0, 0}, 0);
        for (int i = 0; i < 64; ++i) {
            const auto hole = (1 - holed[i][0]);
            QVERIFY(hole.sum().item<double>() <= 64 && hole.sum().item<double>() >= 16);
            // A rectangle: rows times columns.
            QCOMPARE(hole.sum().item<double>(), (hole.sum(0).gt(0).sum() * hole.sum(1).gt(0).sum()).item<double>());
        }
        only.cutout = 0, only.colour = true;
        const Tensor grey = torch::zeros({64, 1, 16, 16});
        const Tensor bright = gan::diffAugment(grey, only, {1, 2, 0, 0}, 0).flatten(1);
        QVERIFY((bright.std(1) < 1e-6).all().item<bool>());
        QVERIFY(bright.min().item<double>() >= -0.5 && bright.max().item<double>() <= 0.5 && bright.std().item<double>() > 0.2);
    }

    void eachPhaseMovesItsOwnNetwork() {
        for (const char* kind : {"residual", "dcgan", "mlp"}) {
            Json config = tinyConfig(kind);
            config["augment"]["chance"] = 1;
            config["network"]["dropout"] = 0.2;
            const auto model = makeModel(config, {3, 16, 16, {"a", "b"}});
            auto& arena = model->parameters();
            const auto objective = std::move(*gan::GanObjective::make(model->config(), *model));
            Tensor pixels = torch::randint(0, 256, {6, 16, 16, 3}, torch::kByte),
                   labels = torch::tensor(std::vector<std::int64_t>{0, 1, 0, 1, -1, 0});
            Tensor losses = torch::full({std::int64_t(objective->lossNames().size())}, NAN);
            nn::FusedOptimizer critic(arena, {}, "d."), generator(arena, {}, "g.");
            const auto changed = [&](const Tensor& before, const char* prefix) {
                const auto part = arena.range(prefix);
                return (arena.flat(Flat::Master) - before).narrow(0, part.offset, part.size).abs().max().item<double>() > 0;
            };
            Tensor before = arena.flat(Flat::Master).clone();
            objective->accumulate(0, {&pixels, &labels}, {3, 0, 0, 0}, losses);
            const auto g = arena.range("g."), d = arena.range("d.");
            QCOMPARE(arena.flat(Flat::Gradient).narrow(0, g.offset, g.size).abs().max().item<double>(), 0.0);
            critic.step(1e-3, 0);
            QVERIFY(changed(before, "d.") && !changed(before, "g."));
            before = arena.flat(Flat::Master).clone();
            objective->accumulate(1, {&pixels, &labels}, {3, 0, 0, 0}, losses);
            QCOMPARE(arena.flat(Flat::Gradient).narrow(0, d.offset, d.size).abs().max().item<double>(), 0.0);
            generator.step(1e-3, 0.5);
            QVERIFY(!changed(before, "d.") && changed(before, "g."));
            QVERIFY(torch::isfinite(losses).all().item<bool>());
            QCOMPARE(arena.flat(Flat::Gradient).abs().max().item<double>(), 0.0);
        }
    }

    // With the same features left out of a picture and of its noisy copy, the noise measures the slope and nothing else.
    void noisyPenaltyBesideDropout() {
        const auto penaltyBy = [&](const char* method) {
            Json config = tinyConfig("dcgan");
            config["network"]["dropout"] = 0.4;
            config["loss"]["method"] = method;
            config["loss"]["noise"] = 0.01;
            config["loss"]["interval"] = 1;
            config["optimizer"]["precision"] = "fp32";
            const auto model = makeModel(config, {1, 16, 16, {}});
            const auto objective = std::move(*gan::GanObjective::make(model->config(), *model));
            torch::manual_seed(3);
            Tensor pixels = torch::randint(0, 256, {64, 16, 16, 1}, torch::kByte);
            Tensor losses = torch::full({std::int64_t(objective->lossNames().size())}, NAN);
            objective->accumulate(0, {&pixels, nullptr}, {3, 0, 0, 0}, losses);
            return losses[std::int64_t(objective->lossNames().size()) - 1].item<double>();
        };
        const double exact = penaltyBy("exact"), noisy = penaltyBy("approximate");
        QVERIFY2(noisy > 0.3 * exact && noisy < 3 * exact, qPrintable(QString("%1 beside %2").arg(noisy).arg(exact)));
    }

    void twoPhasesResumeBitForBit_data() {
        QTest::addColumn<int>("criticSteps");
        QTest::addColumn<QString>("kind");
        QTest::newRow("one each, approximate") << 1 << "residual";
        QTest::newRow("two of the critic") << 2 << "residual";
        QTest::newRow("exact penalty, dropout") << 1 << "dcgan";
    }
    void twoPhasesResumeBitForBit() {
        QFETCH(int, criticSteps);
        QFETCH(QString, kind);
        Json config = tinyConfig(kind.toStdString());
        config["loss"]["critic_steps"] = criticSteps;
        if (kind == "dcgan") config["loss"]["method"] = "exact", config["network"]["dropout"] = 0.3;
        Ended whole;
        train(request(newRun(), config, 20), whole);
        QCOMPARE(whole.step, 20);
        QVERIFY(whole.context.all<PreviewReady>().size() >= 6);  // from step 0 on
        QCOMPARE(whole.context.all<PreviewReady>().front().step, 0);
        for (const int at : {3, 10}) {
            const std::string run = newRun();
            Ended first, rest;
            train(request(run, config, 20), first, at);
            QCOMPARE(first.step, at);
            TrainRequest resumed = request(run, Json::object(), 20);
            resumed.family = resumed.data = "";
            resumed.resume = true;
            train(resumed, rest);
            QCOMPARE(rest.step, 20);
            QCOMPARE(rest.weights, whole.weights);
        }
        const auto checkpoint = findCheckpoint(m_temporary.path().toStdString() + "/run" + std::to_string(m_runs - 1));
        QVERIFY(checkpoint.ok());
        const Json steps = checkpoint->checkpoint.state["optimizer_steps"];
        QVERIFY2(steps == Json({20, 20 / criticSteps}), steps.dump().c_str());
    }

    // Separate rates: with the critic's at a hundredth it moves a hundredth as far in the first step.
    void sidesHaveTheirOwnRates() {
        const auto moved = [&](double criticRate) {
            Json config = tinyConfig();
            config["loss"]["critic_rate"] = criticRate;
            config["optimizer"]["warmup_steps"] = 0;
            Tensor start, end;
            std::pair<double, double> result;
            Ended ended;
            train(request(newRun(), config, 2), ended, 2, [&](Trainer& trainer, GenerativeModel& model) {
                auto& arena = model.parameters();
                if (trainer.counters.step == 0) {
                    start = arena.flat(Flat::Master).clone();
                    return;
                }
                const Tensor far = (arena.flat(Flat::Master) - start).abs();
                const auto g = arena.range("g."), d = arena.range("d.");
                result = {far.narrow(0, g.offset, g.size).max().item<double>(), far.narrow(0, d.offset, d.size).max().item<double>()};
            });
            return result;
        };
        const auto [g1, d1] = moved(1);
        const auto [g2, d2] = moved(0.01);
        QVERIFY(near(d2 / d1, 0.01, 1e-3));
        QVERIFY(near(g2, g1, 0.2));
    }

    void alarmsOfRivalry() {
        const std::vector<std::string> columns{"loss_critic", "told_apart", "variety", "twins"};
        const auto verdictOf = [&](double told, double variety, double twins, int steps) {
            gan::RivalryMonitor monitor(columns);
            for (int i = 0; i < steps; ++i) monitor.add(i, {0.F, float(told), float(variety), float(twins)}, true);
            return monitor.verdict();
        };
        QVERIFY(verdictOf(0.7, 1, 0, 150) == Health::Unknown);
        QVERIFY(verdictOf(0.7, 1, 0, 250) == Health::Balanced);
        QVERIFY(verdictOf(0.7, 0.01, 1, 200) == Health::Collapsed);
        QVERIFY(verdictOf(1, 1, 0, 200) == Health::CriticWins);
        for (const Health h : {Health::Balanced, Health::Collapsed, Health::CriticWins}) QVERIFY(!healthText(h).text().empty());
        QVERIFY(isAlarm(Health::Collapsed) && isAlarm(Health::CriticWins) && !isAlarm(Health::Balanced));
    }

    // The real thing: a generator forced constant, a critic far ahead, and healthy trainings from five seeds.
    void alarmsOfRealTrainings() {
        Json config = tinyConfig();
        config["run"]["preview_seconds"] = 0;
        config["augment"]["chance"] = 0;
        config["optimizer"]["batch"] = 16;
        const auto alarm = [](const Ended& ended) {
            std::int64_t first = -1;
            for (const Notice& n : ended.context.notices("health"))
                if (n.level == NoticeLevel::Warning && first < 0) first = n.step;
            return first;
        };
        Ended constant;
        train(request(newRun(), config, 220), constant, -1, [](Trainer&, GenerativeModel& model) {
            torch::NoGradGuard guard;
            for (const char* name : {"g.first.weight", "g.class.in.weight"}) model.parameters().view(Flat::Master, name).zero_();
            model.parameters().markChanged();
        });
        QCOMPARE(constant.health, std::string("collapsed"));
        QVERIFY(alarm(constant) >= 0 && alarm(constant) <= 200);

        Ended ahead;
        Tensor generator;
        train(request(newRun(), config, 220), ahead, -1, [&](Trainer&, GenerativeModel& model) {
            torch::NoGradGuard guard;
            const auto part = model.parameters().range("g.");
            const Tensor now = model.parameters().flat(Flat::Master).narrow(0, part.offset, part.size);
            if (!generator.defined()) generator = now.clone();
            now.copy_(generator);
            model.parameters().markChanged();
        });
        QCOMPARE(ahead.health, std::string("critic-wins"));
        QVERIFY(alarm(ahead) >= 0 && alarm(ahead) <= 200);

        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
            Ended healthy;
            train(request(newRun(), config, 500, seed), healthy);
            QCOMPARE(healthy.health, std::string("balanced"));
            QCOMPARE(alarm(healthy), -1);
        }
    }
};

QTEST_GUILESS_MAIN(GanTest)
#include "tst_gan.moc"
