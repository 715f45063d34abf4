// links: imago_ml
// The denoiser network: shapes, precisions, gradients against plain operators, labels, dropout, learning.
#include <QtTest>

#include "core/nn/optimizer.h"
#include "core/nn/unet.h"
#include "tests/support/gradcheck.h"

using namespace imago;
using namespace imago::nn;
using imago::test::relativeDifference;
using torch::Tensor;
using Buffer = ParameterArena::Buffer;

class TstUnet : public QObject {
    Q_OBJECT

    // Zero-initialised layers would hide mistakes: give everything a value.
    static void stir(ParameterArena& arena) {
        torch::NoGradGuard guard;
        torch::manual_seed(9);
        for (std::size_t i = 0; i < arena.entries().size(); ++i) {
            auto view = arena.view(Buffer::Master, static_cast<ParameterId>(i));
            if (view.abs().max().item<float>() == 0) view.copy_(torch::randn(view.sizes()) * 0.05);
        }
        arena.markChanged();
        arena.copyMasterToAverage();
    }

    static UNetConfig config(int classes = 0) {
        UNetConfig c;
        c.classes = classes;
        return c;
    }

  private Q_SLOTS:
    void shapes_data() {
        QTest::addColumn<int>("size");
        QTest::addColumn<int>("channels");
        for (int size : {28, 30, 32, 64}) QTest::addRow("%d", size) << size << (size == 64 ? 3 : 1);
    }
    void shapes() {
        QFETCH(int, size);
        QFETCH(int, channels);
        for (auto precision : {Precision::Fp32, Precision::Bf16}) {
            ParameterArena arena;
            auto c = config();
            c.imageChannels = channels;
            UNet net(arena, c);
            arena.allocate({}, 1);
            stir(arena);
            net.setPrecision(precision);
            torch::NoGradGuard guard;
            torch::manual_seed(0);
            const auto y = net.forward(torch::randn({2, channels, size, size}), torch::zeros({2}));
            QCOMPARE(y.sizes().vec(), (std::vector<std::int64_t>{2, channels, size, size}));
            QCOMPARE(y.scalar_type(), torch::kFloat);
            QVERIFY(y.isfinite().all().item<bool>());
        }
    }

    void startsAtZero() {
        ParameterArena arena;
        UNet net(arena, config());
        arena.allocate({}, 1);
        torch::NoGradGuard guard;
        QCOMPARE(net.forward(torch::randn({1, 1, 32, 32}), torch::zeros({1})).abs().max().item<float>(), 0.0F);
    }

    // Forward and every parameter's gradient, bf16 (with whatever kernels this processor has) against fp32.
    void bf16AgreesWithFp32() {
        Tensor outputs[2], gradients[2], inputs[2];
        for (int i = 0; i < 2; ++i) {
            ParameterArena arena;
            UNet net(arena, config(10));
            arena.allocate({}, 1);
            stir(arena);
            net.setPrecision(i ? Precision::Bf16 : Precision::Fp32);
            torch::manual_seed(4);
            auto x = torch::randn({4, 1, 32, 32}).requires_grad_(true);
            const auto target = torch::randn({4, 1, 32, 32});
            const auto y = net.forward(x, torch::randn({4}) * 0.3, torch::tensor({0, 3, 10, 9}, torch::kLong));
            (y - target).square().mean().backward();
            outputs[i] = y.detach();
            inputs[i] = x.grad();
            gradients[i] = arena.flat(Buffer::Gradient).clone();
            if (i == 0) continue;
            double worst = 0;
            std::string which;
            for (const auto& e : arena.entries()) {
                const auto a = gradients[1].narrow(0, e.offset, e.numel), b = gradients[0].narrow(0, e.offset, e.numel);
                const double d = relativeDifference(a, b);
                if (d > worst) {
                    worst = d;
                    which = e.name;
                }
            }
            qInfo("bf16 against fp32: output %.4f, all gradients %.4f, worst parameter %.4f (%s)",
                  relativeDifference(outputs[1], outputs[0]), relativeDifference(gradients[1], gradients[0]), worst, which.c_str());
            QVERIFY(worst < 0.08);
        }
        QVERIFY(relativeDifference(outputs[1], outputs[0]) < 0.02);
        QVERIFY(relativeDifference(gradients[1], gradients[0]) < 0.02);
        QVERIFY(relativeDifference(inputs[1], inputs[0]) < 0.04);
    }

    void labelsMatterAndAbsentMeansNoClass() {
        ParameterArena arena;
        UNet net(arena, config(10));
        arena.allocate({}, 1);
        stir(arena);
        torch::NoGradGuard guard;
        const auto x = torch::randn({1, 1, 32, 32}), s = torch::zeros({1});
        const auto none = net.forward(x, s), ten = net.forward(x, s, torch::tensor({10}, torch::kLong)),
                   two = net.forward(x, s, torch::tensor({2}, torch::kLong));
        QVERIFY(none.equal(ten));
        QVERIFY(!none.equal(two));
    }

    void averageScopeUsesTheAverage() {
        for (auto precision : {Precision::Fp32, Precision::Bf16}) {
            ParameterArena arena;
            UNet net(arena, config());
            arena.allocate({}, 1);
            stir(arena);
            net.setPrecision(precision);
            torch::NoGradGuard guard;
            torch::manual_seed(0);
            const auto x = torch::randn({2, 1, 32, 32}), s = torch::zeros({2});
            const auto master = net.forward(x, s);
            arena.flat(Buffer::Average).mul_(0.5);
            arena.markChanged();
            Tensor average;
            {
                AverageScope scope(arena);
                average = net.forward(x, s);
            }
            QVERIFY(!average.equal(master));
            QVERIFY(net.forward(x, s).equal(master));
            arena.flat(Buffer::Master).copy_(arena.flat(Buffer::Average));
            arena.markChanged();
            QVERIFY(net.forward(x, s).equal(average));
        }
    }

    void dropoutIsCounted() {
        ParameterArena arena;
        auto c = config();
        c.dropout = 0.3;
        UNet net(arena, c);
        arena.allocate({}, 1);
        stir(arena);
        torch::NoGradGuard guard;
        const auto x = torch::randn({1, 1, 32, 32}), s = torch::zeros({1});
        const auto plain = net.forward(x, s);
        const auto a = net.forward(x, s, std::nullopt, {true, 1, 5}), b = net.forward(x, s, std::nullopt, {true, 1, 5}),
                   d = net.forward(x, s, std::nullopt, {true, 1, 6});
        QVERIFY(a.equal(b));
        QVERIFY(!a.equal(d));
        QVERIFY(!a.equal(plain));
        const auto mask = dropoutMask(torch::empty({8, 16, 32, 32}), 0.3, 1, 2, 3);
        QVERIFY(std::abs(mask.mean().item<double>() - 1) < 0.01);
        QVERIFY(std::abs(mask.eq(0).to(torch::kFloat).mean().item<double>() - 0.3) < 0.01);
    }

    // A gradient with respect to the input alone leaves the parameters' gradients as they were.
    void inputGradientLeavesTheArenaAlone() {
        for (auto precision : {Precision::Fp32, Precision::Bf16}) {
            ParameterArena arena;
            UNet net(arena, config());
            arena.allocate({}, 1);
            stir(arena);
            net.setPrecision(precision);
            auto x = torch::randn({1, 1, 32, 32}).requires_grad_(true);
            const auto g = torch::autograd::grad({net.forward(x, torch::zeros({1})).sum()}, {x})[0];
            QVERIFY(g.abs().sum().item<float>() > 0);
            QCOMPARE(arena.flat(Buffer::Gradient).abs().sum().item<float>(), 0.0F);
        }
    }

    // Second gradients (a penalty on the input's gradient) agree between precisions' fused paths and fp64-free fp32.
    void secondGradients() {
        Tensor results[2], firsts[2];
        for (int i = 0; i < 2; ++i) {
            ParameterArena arena;
            auto c = config();
            c.channels = 16;
            c.multipliers = {1, 2};
            UNet net(arena, c);
            arena.allocate({}, 1);
            stir(arena);
            net.setPrecision(i ? Precision::Bf16 : Precision::Fp32);
            torch::manual_seed(4);
            auto x = torch::randn({2, 1, 16, 16}).requires_grad_(true);
            const auto y = net.forward(x, torch::zeros({2}));
            const auto g = torch::autograd::grad({y.square().sum()}, {x}, {}, true, true)[0];
            firsts[i] = g.detach();
            QCOMPARE(arena.flat(Buffer::Gradient).abs().sum().item<float>(), 0.0F);
            g.square().sum().backward();
            results[i] = arena.flat(Buffer::Gradient).clone();
        }
        QVERIFY(results[0].norm().item<double>() > 0);
        QVERIFY(relativeDifference(firsts[1], firsts[0]) < 0.05);
        QVERIFY2(relativeDifference(results[1], results[0]) < 0.05,
                 qPrintable(QString::number(relativeDifference(results[1], results[0]))));
    }

    void learns() {
        ParameterArena arena;
        auto c = config();
        c.channels = 16;
        UNet net(arena, c);
        arena.allocate({}, 1);
        FusedOptimizer optimizer(arena, {});
        torch::manual_seed(6);
        const auto x = torch::randn({8, 1, 16, 16}), s = torch::randn({8}) * 0.2;
        const auto target = torch::avg_pool2d(x, 3, 1, 1);
        double first = 0, last = 0;
        for (int step = 0; step < 60; ++step) {
            const auto loss = (net.forward(x, s) - target).square().mean();
            loss.backward();
            last = loss.item<double>();
            if (step == 0) first = last;
            QVERIFY(optimizer.step(3e-3, 0.9).applied);
        }
        QVERIFY2(last < first / 5, qPrintable(QString("%1 -> %2").arg(first).arg(last)));
    }
};

QTEST_GUILESS_MAIN(TstUnet)
#include "tst_unet.moc"
