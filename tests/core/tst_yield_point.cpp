// links: imago_ml
// Yield points: served in forward and backward, not nested, and training is the same bit for bit.
#include <QtTest>
#include <optional>

#include "core/nn/optimizer.h"
#include "core/nn/unet.h"
#include "core/nn/yield_point.h"

using namespace imago::nn;
using torch::Tensor;
using Buffer = ParameterArena::Buffer;

class TstYieldPoint : public QObject {
    Q_OBJECT

    enum class Watch { NoScope, Scope, Disturbed };
    static Tensor train(Precision precision, Watch watch, std::uint64_t* served = nullptr) {
        ParameterArena arena;
        UNetConfig config;
        config.channels = 16;
        UNet net(arena, config);
        arena.allocate({}, 1);
        net.setPrecision(precision);
        FusedOptimizer optimizer(arena, {});
        torch::manual_seed(6);
        const auto x = torch::randn({4, 1, 32, 32}), s = torch::randn({4}) * 0.2, target = x * 0.5;
        const auto other = torch::randn({1, 1, 32, 32}), noise = torch::zeros({1});
        std::optional<YieldScope> scope;
        const auto hook = [&] {
            if (watch != Watch::Disturbed) return;
            QVERIFY(!torch::GradMode::is_enabled());
            const auto y = net.forward(other, noise);
            AverageScope average(arena);
            QVERIFY((net.forward(other, noise) + y).isfinite().all().item<bool>());
        };
        if (watch != Watch::NoScope) scope.emplace(hook);
        for (int step = 0; step < 5; ++step) {
            (net.forward(x, s) - target).square().mean().backward();
            optimizer.step(1e-2, 0.9);
        }
        if (served) *served = scope->statistics().count;
        return torch::cat({arena.flat(Buffer::Master), arena.flat(Buffer::Average), arena.flat(Buffer::Moment2)});
    }

  private Q_SLOTS:
    void servedInForwardAndBackward() {
        int calls = 0;
        YieldScope scope([&] { ++calls; });
        auto x = torch::ones({3}).requires_grad_(true);
        const auto y = yieldPoint(x * 2);
        QCOMPARE(calls, 1);
        y.sum().backward();
        QCOMPARE(calls, 2);
        QVERIFY(x.grad().eq(2).all().item<bool>());
        QCOMPARE(scope.statistics().count, std::uint64_t(2));
    }

    void nothingWithoutAScope() {
        const auto x = torch::ones({3});
        QVERIFY(yieldPoint(x).is_same(x));
        yieldNow();
    }

    void notNested() {
        int calls = 0;
        YieldScope scope([&] {
            ++calls;
            yieldNow();
            (void)yieldPoint(torch::ones({1}));
        });
        yieldNow();
        QCOMPARE(calls, 1);
    }

    void innerScopeServes() {
        int outer = 0, inner = 0;
        YieldScope a([&] { ++outer; });
        {
            YieldScope b([&] { ++inner; });
            yieldNow();
        }
        yieldNow();
        QCOMPARE(outer, 1);
        QCOMPARE(inner, 1);
    }

    void hookMayThrow() {
        bool once = true;
        YieldScope scope([&] {
            if (std::exchange(once, false)) throw std::runtime_error("cancelled");
        });
        QVERIFY_EXCEPTION_THROWN(yieldNow(), std::runtime_error);
        yieldNow();
        QCOMPARE(scope.statistics().count, std::uint64_t(2));
    }

    void trainingIsUndisturbed_data() {
        QTest::addColumn<int>("precision");
        QTest::newRow("fp32") << static_cast<int>(Precision::Fp32);
        QTest::newRow("bf16") << static_cast<int>(Precision::Bf16);
    }
    void trainingIsUndisturbed() {
        QFETCH(int, precision);
        std::uint64_t served = 0;
        const auto disturbed = train(static_cast<Precision>(precision), Watch::Disturbed, &served);
        QVERIFY(served > 5 * 20);
        QVERIFY(disturbed.equal(train(static_cast<Precision>(precision), Watch::Scope)));
        QVERIFY(disturbed.equal(train(static_cast<Precision>(precision), Watch::NoScope)));
    }
};

QTEST_GUILESS_MAIN(TstYieldPoint)
#include "tst_yield_point.moc"
