// links: imago_ml
// The VAE family: its bound against closed forms, the mixture against a known one, the dictionary, the straight-through
// gradient, resuming, and pictures that go into latent files and come back.
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>

#include "core/base/random.h"
#include "core/image/codecs.h"
#include "core/models/family.h"
#include "core/models/latent_space.h"
#include "core/models/model_file.h"
#include "core/models/sampling.h"
#include "core/models/vae/model.h"
#include "core/models/vae/objective.h"
#include "core/nn/torch_pch.h"
#include "core/sample/compress_job.h"
#include "core/sample/latent_file.h"
#include "core/tensor/random_tensor.h"
#include "core/train/saver.h"
#include "core/train/trainer.h"
#include "tests/support/fake_context.h"

using namespace imago;
using torch::Tensor;

namespace {

Json tiny(const char* prior) {
    Json json =
        Json::parse(R"({"network": {"size": "custom", "channels": 16, "most_channels": 32}, "optimizer": {"precision": "fp32", "batch": 8},
        "latent": {"dims": 6, "components": 4, "codes": 16, "code_dims": 8, "prior_channels": 16, "prior_blocks": 1}})");
    json["latent"]["prior"] = prior;
    return *complete((*findFamilyInfo("vae"))->config, json);
}

std::unique_ptr<GenerativeModel> makeModel(const char* prior, const DataShape& shape, std::uint64_t seed = 3) {
    auto model = (*findFamily("vae"))->makeModel(tiny(prior), shape, seed, Device{});
    if (!model) qFatal("%s", model.error().text().c_str());
    return std::move(*model);
}

struct Run {
    std::unique_ptr<GenerativeModel> model;
    std::unique_ptr<Objective> objective;
    std::unique_ptr<Trainer> trainer;

    Run(const char* prior, std::shared_ptr<const Dataset> data) {
        model = makeModel(prior, data->shape());
        objective = std::move(*(*findFamily("vae"))->makeObjective(tiny(prior), *model));
        TrainerSettings settings;
        settings.batch = 8;
        settings.rate = {2e-3, 5, 0.1, true};
        settings.averageHalfLife = 500;
        settings.optimizer = {.clipNorm = 1};
        trainer = std::make_unique<Trainer>(*model, *objective, std::move(data), settings, 11, Device{});
    }
    void advance(int from, int to) {
        for (int i = from; i < to; ++i) QVERIFY(trainer->step(i / 20.0, 1, 0));
    }
};

// A mixture of three in the plane: weights, means, covariances known.
struct Known {
    double weight, x, y, xx, xy, yy;
};
constexpr Known kKnown[] = {{0.5, -2, 0, 0.3, 0.2, 0.4}, {0.3, 2, 1, 0.2, -0.1, 0.3}, {0.2, 0, 4, 0.5, 0, 0.1}};

std::pair<Tensor, Tensor> drawKnown(std::int64_t n, std::uint64_t step) {
    Tensor z = torch::empty({n, 2}), labels = torch::empty({n}, torch::kLong);
    for (std::int64_t i = 0; i < n; ++i) {
        const RandomKey key{5, Purpose::Test, step};
        const double u = uniform(key, std::uint64_t(4 * i));
        const int k = u < 0.5 ? 0 : u < 0.8 ? 1 : 2;
        const Known& c = kKnown[k];
        const double a = normal({6, Purpose::Test, step}, std::uint64_t(4 * i)), b = normal({7, Purpose::Test, step}, std::uint64_t(4 * i));
        const double l = std::sqrt(c.xx), m = c.xy / l, r = std::sqrt(c.yy - m * m);
        z[i][0] = c.x + l * a;
        z[i][1] = c.y + m * a + r * b;
        labels[i] = k == 2 ? 1 : 0;
    }
    return {z, labels};
}

Json finishJob(Job& job, test::FakeContext& context, std::string* error = nullptr) {
    for (;;) {
        const auto slice = job.step(context);
        if (!slice) {
            if (error) *error = slice.error().text();
            (void)job.finish(FinishReason::Failed, context);
            return {};
        }
        if (*slice == Slice::Done) return *job.finish(FinishReason::Done, context);
    }
}

class TestVae : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() { torch::set_num_threads(1); }
    void init() { torch::manual_seed(5); }  // every test draws the same numbers, whichever run before it

    void divergenceIsTheClosedForm() {
        for (const auto& [mean, deviation] : {std::pair{0.0, 1.0}, {0.7, 0.4}, {-1.3, 1.8}, {0.1, 0.05}}) {
            // Integral of q ln(q / p) on a fine grid.
            double sum = 0;
            const double step = deviation / 400;
            for (double x = mean - 10 * deviation; x < mean + 10 * deviation; x += step) {
                const double d = (x - mean) / deviation, logQ = -0.5 * d * d - std::log(deviation);
                sum += std::exp(logQ) / std::sqrt(2 * M_PI) * (logQ + 0.5 * x * x) * step;
            }
            const double got = vae::divergence(torch::tensor(mean), torch::tensor(2 * std::log(deviation))).item<double>();
            QVERIFY2(std::fabs(got - sum) < 1e-4, qPrintable(QString("%1 %2").arg(got).arg(sum)));
        }
    }

    void freeBitsAreFree() {
        const Tensor kl = torch::tensor({{0.1, 2.0}, {0.3, 4.0}}).requires_grad_(true);  // means 0.2 and 3
        const Tensor cost = vae::charged(kl, 0.5);
        QCOMPARE(cost.item<float>(), 3.5f);
        cost.backward();
        QVERIFY((kl.grad().select(1, 0) == 0).all().item<bool>());  // the cheap number pays nothing, so nothing pulls at it
        QVERIFY((kl.grad().select(1, 1) == 0.5).all().item<bool>());
        QCOMPARE(vae::charged(kl, 0).item<float>(), 3.2f);
    }

    void betaRisesThenStays() {
        QCOMPARE(vae::betaAt(2, 10, 0), 0.0);
        QCOMPARE(vae::betaAt(2, 10, 5000), 1.0);
        QCOMPARE(vae::betaAt(2, 10, 10000), 2.0);
        QCOMPARE(vae::betaAt(2, 10, 900000), 2.0);
        QCOMPARE(vae::betaAt(0.5, 0, 0), 0.5);
    }

    void mixtureFindsAKnownOne() {
        nn::ParameterArena arena;
        vae::Mixture mixture(arena, 3, 2, 2);
        arena.allocate(Device{}, 1);
        QVERIFY(!mixture.onHost().fitted());
        for (int step = 0; step < 400; ++step) {
            const auto [z, labels] = drawKnown(128, std::uint64_t(step));
            mixture.update(z, labels, vae::stepwiseRate(step), 1, std::uint64_t(step));
        }
        const auto host = mixture.onHost();
        QVERIFY(host.fitted());
        for (const Known& known : kKnown) {
            std::size_t best = 0;
            const auto distance = [&](std::size_t k) { return std::hypot(host.means[2 * k] - known.x, host.means[2 * k + 1] - known.y); };
            for (std::size_t k = 1; k < 3; ++k)
                if (distance(k) < distance(best)) best = k;
            QVERIFY2(distance(best) < 0.15, qPrintable(QString::number(distance(best))));
            QVERIFY(std::fabs(host.weights[best] - known.weight) < 0.05);
            const double* f = host.factors.data() + 4 * best;
            QVERIFY(std::fabs(f[0] * f[0] - known.xx) < 0.12);
            QVERIFY(std::fabs(f[0] * f[2] - known.xy) < 0.12);
            QVERIFY(std::fabs(f[2] * f[2] + f[3] * f[3] - known.yy) < 0.12);
            QVERIFY(std::fabs(host.shares[2 * best + 1] - (known.weight == 0.2 ? 1 : 0)) < 0.05);
        }
        // As likely as under the truth, to a few hundredths of a nat.
        const Tensor z = drawKnown(4000, 999).first;
        double truth = 0;
        for (std::int64_t i = 0; i < 4000; ++i) {
            const double x = z[i][0].item<double>(), y = z[i][1].item<double>();
            double p = 0;
            for (const Known& c : kKnown) {
                const double det = c.xx * c.yy - c.xy * c.xy, dx = x - c.x, dy = y - c.y;
                p += c.weight / (2 * M_PI * std::sqrt(det)) * std::exp(-0.5 * (c.yy * dx * dx - 2 * c.xy * dx * dy + c.xx * dy * dy) / det);
            }
            truth += std::log(p) / 4000;
        }
        const double got = mixture.logDensity(z).mean().item<double>();
        qInfo("log density %.4f, of the truth %.4f", got, truth);
        QVERIFY(std::fabs(got - truth) < 0.05);
        // Draws have the mixture's own mean; draws of a class come from its components alone.
        double sum = 0;
        for (int i = 0; i < 4000; ++i) {
            const float normals[2] = {normal({1, Purpose::Test, 3}, std::uint64_t(2 * i)),
                                      normal({2, Purpose::Test, 3}, std::uint64_t(2 * i))};
            float out[2];
            int label = -1, asked = 1;
            host.draw(uniform({3, Purpose::Test, 3}, std::uint64_t(i)), normals, 1, label, out);
            QVERIFY(label == 0 || label == 1);
            sum += out[1];
            host.draw(uniform({4, Purpose::Test, 3}, std::uint64_t(i)), normals, 1, asked, out);
            QCOMPARE(asked, 1);
            QVERIFY(out[1] > 2);
        }
        QVERIFY(std::fabs(sum / 4000 - host.mean[1]) < 0.12);
        // Rows that are not numbers change nothing.
        const auto before = arena.flat(nn::ParameterArena::Buffer::Master).clone();
        mixture.update(torch::full({128, 2}, NAN), {}, 0.1, 1, 1000);
        QVERIFY(torch::equal(before, arena.flat(nn::ParameterArena::Buffer::Master)));
    }

    void mixtureOfMoreComponentsThanRows() {
        nn::ParameterArena arena;
        vae::Mixture mixture(arena, 4, 2, 0);
        arena.allocate(Device{}, 1);
        for (int step = 0; step < 300; ++step)
            mixture.update(drawKnown(1, std::uint64_t(step)).first, {}, vae::stepwiseRate(step), 1, std::uint64_t(step));
        const auto host = mixture.onHost();
        for (std::size_t a = 0; a < 4; ++a)
            for (std::size_t b = 0; b < a; ++b)
                QVERIFY(std::hypot(host.means[2 * a] - host.means[2 * b], host.means[2 * a + 1] - host.means[2 * b + 1]) > 1e-3);
    }

    void mixtureRecoversFromACovarianceThatIsNone() {
        nn::ParameterArena arena;
        vae::Mixture mixture(arena, 3, 2, 0);
        arena.allocate(Device{}, 1);
        const auto learn = [&](int from, int to) {
            for (int step = from; step < to; ++step)
                mixture.update(drawKnown(128, std::uint64_t(step)).first, {}, vae::stepwiseRate(step), 1, std::uint64_t(step));
        };
        learn(0, 20);
        arena.view(nn::ParameterArena::Buffer::Master, arena.find("mixture.covariances"))
            .narrow(0, 0, 4)
            .copy_(torch::tensor({1.F, 2.F, 2.F, 1.F}));
        learn(20, 300);
        const Tensor z = drawKnown(2000, 999).first;
        QVERIFY2(mixture.logDensity(z).mean().item<double>() > -4,
                 qPrintable(QString::number(mixture.logDensity(z).mean().item<double>())));
    }

    void codesInPartsAreThoseOfTheWhole() {
        const Tensor rows = torch::randn({64, 2}, torch::kFloat);
        const auto after = [&](int parts) {
            nn::ParameterArena arena;
            vae::Codebook book(arena, 4, 2);
            arena.allocate(Device{}, 1);
            for (int step = 0; step < 30; ++step) {
                const Tensor chosen = book.nearest(rows);
                for (int p = 0; p < parts; ++p)
                    book.update(rows.narrow(0, p * 64 / parts, 64 / parts), chosen.narrow(0, p * 64 / parts, 64 / parts), 1.0 / parts);
            }
            return arena.flat(nn::ParameterArena::Buffer::Master).clone();
        };
        const Tensor whole = after(1), parted = after(8);
        QVERIFY2((whole - parted).abs().max().item<double>() < 0.01 * whole.abs().max().item<double>(),
                 qPrintable(QString::number((whole - parted).abs().max().item<double>())));
    }

    void straightThroughPassesTheGradientOn() {
        const Tensor rows = torch::randn({5, 3}).requires_grad_(true), chosen = torch::randn({5, 3}), weight = torch::randn({5, 3});
        const Tensor y = vae::straightThrough(rows, chosen);
        QVERIFY(torch::allclose(y, chosen, 0, 1e-6));
        (y * weight).sum().backward();
        QVERIFY(torch::equal(rows.grad(), weight));
    }

    void dictionaryFollowsItsRowsAndWastesNoCode() {
        nn::ParameterArena arena;
        vae::Codebook book(arena, 64, 2);
        arena.allocate(Device{}, 1);
        // Eight tight clusters on a circle.
        const auto rowsAt = [](std::uint64_t step) {
            Tensor rows = normalTensor({2, Purpose::Test, step}, 0, {256, 2}, Device{}) * 0.05;
            for (int i = 0; i < 256; ++i) {
                rows[i][0] += 3 * std::cos(i % 8 * M_PI / 4);
                rows[i][1] += 3 * std::sin(i % 8 * M_PI / 4);
            }
            return rows;
        };
        for (std::uint64_t step = 0; step < 300; ++step) {
            const Tensor rows = rowsAt(step);
            book.update(rows, book.nearest(rows));
            book.revive(rows, 9, step);
        }
        const Tensor rows = rowsAt(5000), chosen = book.nearest(rows);
        const double off = (rows - book.vectors(chosen)).square().sum(1).sqrt().mean().item<double>();
        QVERIFY2(off < 0.06, qPrintable(QString::number(off)));
        for (const double f : book.frequencies()) QVERIFY2(f > 0.0002, qPrintable(QString::number(f)));
        // nearest() is what a plain search finds.
        const Tensor vectors = book.vectors(torch::arange(64));
        QVERIFY(torch::equal(chosen, torch::cdist(rows, vectors).argmin(1)));
    }

    void resumedIsUninterrupted_data() {
        QTest::addColumn<QString>("prior");
        for (const char* prior : {"mixture", "normal", "codes"}) QTest::newRow(prior) << prior;
    }
    void resumedIsUninterrupted() {
        using Buffer = nn::ParameterArena::Buffer;
        QFETCH(QString, prior);
        const QByteArray name = prior.toUtf8();
        const auto data = *openDataset("shapes:64");
        Run whole(name, data), first(name, data), second(name, data);
        whole.advance(0, 20);
        first.advance(0, 10);
        Checkpoint checkpoint;
        checkpoint.step = 10;
        checkpoint.files = *packCheckpoint(*first.model, 10);
        QVERIFY(restoreCheckpoint(*second.model, checkpoint).ok());
        second.trainer->counters = first.trainer->counters;
        second.trainer->optimizer().setStepCount(first.trainer->optimizer().stepCount());
        second.advance(10, 20);
        for (const auto buffer : {Buffer::Master, Buffer::Average, Buffer::Moment1, Buffer::Moment2})
            QVERIFY(torch::equal(whole.model->parameters().flat(buffer), second.model->parameters().flat(buffer)));
        const auto rows = whole.trainer->takeRows();
        for (const float value : rows.back().values) QVERIFY(std::isfinite(value));
    }

    void sizesThatDoNotDivide() {
        for (const char* prior : {"mixture", "codes"}) {
            const auto model = makeModel(prior, {3, 30, 21, {}});
            const auto space = model->latentSpace();
            const Tensor pixels = torch::rand({3, 3, 30, 21}) * 2 - 1;
            const auto z = space->encode(pixels);
            QVERIFY2(z.ok(), z.ok() ? "" : z.error().text().c_str());
            QCOMPARE(z->size(1), space->dimension());
            const auto back = space->decode(*z);
            QVERIFY(back.ok());
            QCOMPARE(back->sizes().vec(), pixels.sizes().vec());
            QVERIFY(torch::equal((*space->encode(pixels.narrow(0, 2, 1)))[0], (*z)[2]));  // the same wherever it stands
            QVERIFY(!space->encode(pixels.narrow(2, 0, 20)).ok());
            QVERIFY(!space->decode(z->narrow(1, 1, 3)).ok());
        }
    }

    void thereAndBack_data() {
        QTest::addColumn<QString>("prior");
        for (const char* prior : {"mixture", "codes"}) QTest::newRow(prior) << prior;
    }
    void thereAndBack() {
        QFETCH(QString, prior);
        QTemporaryDir folder;
        const auto path = [&](const char* name) { return folder.filePath(name).toStdString(); };
        const auto data = *openDataset("shapes:64");
        Run run(prior.toUtf8(), data);
        run.advance(0, 20);
        QVERIFY(saveModel(*run.model, path("model.safetensors")).ok());
        // Not a multiple of the model's size: tiles that reach beyond the border.
        const DataShape shape = data->shape();
        Image picture(shape.width * 2 + 5, shape.height + 3, 3);
        for (int y = 0; y < picture.height(); ++y)
            for (int x = 0; x < picture.width() * 3; ++x) picture.row<std::uint8_t>(y)[x] = std::uint8_t(x * 3 + y * 5);
        QVERIFY(writeImage(path("picture.png"), picture).ok());

        ModelCache cache("cpu");
        test::FakeContext context;
        CompressRequest request{path("model.safetensors"), path("picture.png"), path("picture.imgl")};
        Json there = finishJob(**makeCompressJob(request, cache), context);
        QCOMPARE(there.value("direction", ""), std::string("encode"));
        const auto bytes = *readFile(path("picture.imgl"));
        QCOMPARE(there.value("bytes", 0), int(bytes.size()));
        QCOMPARE(there.value("bits_per_pixel", 0.0), 8.0 * double(bytes.size()) / (picture.width() * picture.height()));
        const std::size_t raw = picture.byteCount();
        QVERIFY2(bytes.size() < raw / 10, qPrintable(QString("%1 of %2").arg(bytes.size()).arg(raw)));

        request.in = path("picture.imgl");
        request.out = path("back.png");
        request.compare = path("picture.png");
        const Json back = finishJob(**makeCompressJob(request, cache), context);
        QCOMPARE(back.value("direction", ""), std::string("decode"));
        QCOMPARE(back.value("psnr", 0.0), there.value("psnr", 1.0));  // what was promised is what comes back
        const Image decoded = *readImage(std::filesystem::path(path("back.png")));
        QCOMPARE(decoded.width(), picture.width());
        QCOMPARE(decoded.height(), picture.height());

        // Nobody's picture is written over, and what cannot be compared is said before anything is written.
        request.out = path("picture.png");
        std::string taken;
        finishJob(**makeCompressJob(request, cache), context, &taken);
        QVERIFY(taken.find("would be written over") != std::string::npos &&
                *readImage(std::filesystem::path(path("picture.png"))) == picture);
        request.out = path("never.png");
        QVERIFY(writeImage(path("small.png"), Image(8, 8, 3)).ok());
        request.compare = path("small.png");
        std::string mismatch;
        finishJob(**makeCompressJob(request, cache), context, &mismatch);
        QVERIFY(mismatch.find("size") != std::string::npos && !std::filesystem::exists(path("never.png")));
        // Finer is never worse: what would be cut off is rounded less finely instead.
        CompressRequest fine{path("model.safetensors"), path("picture.png"), path("fine.imgl")};
        fine.precision = 0.001;
        QVERIFY(finishJob(**makeCompressJob(fine, cache), context).value("psnr", 0.0) >= there.value("psnr", 0.0) - 0.05);

        // Damage anywhere is found; another model is refused.
        request.compare = {};
        for (const std::size_t at : {std::size_t{0}, std::size_t{4}, std::size_t{9}, std::size_t{20}, bytes.size() / 2, bytes.size() - 1}) {
            auto damaged = bytes;
            damaged[at] ^= 0x10;
            QVERIFY(writeDurably(path("damaged.imgl"), Bytes(damaged)).ok());
            request.in = path("damaged.imgl");
            std::string error;
            finishJob(**makeCompressJob(request, cache), context, &error);
            QVERIFY2(!error.empty(), qPrintable(QString::number(at)));
        }
        auto other = makeModel(prior.toUtf8(), shape, 77);
        QVERIFY(saveModel(*other, path("other.safetensors")).ok());
        request.in = path("picture.imgl");
        request.model = path("other.safetensors");
        std::string error;
        finishJob(**makeCompressJob(request, cache), context, &error);
        QVERIFY2(error.find("another model") != std::string::npos, error.c_str());
    }
};

}  // namespace

QTEST_GUILESS_MAIN(TestVae)
#include "tst_vae.moc"
