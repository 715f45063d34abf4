// links: imago_ml
// The arena: layout, leaves and their gradients, the average's scope, copies.
#include <QtTest>

#include "core/nn/parameters.h"

using namespace imago;
using namespace imago::nn;
using Buffer = ParameterArena::Buffer;

class TstParameters : public QObject {
    Q_OBJECT

    static void fill(ParameterArena& arena, std::uint64_t seed = 7) {
        arena.add("conv.weight", {4, 3, 3, 3}, Init::fan(27));
        arena.add("conv.bias", {4}, Init::constant(0.5));
        arena.add("linear.weight", {5, 7}, Init::normal(2));
        arena.allocate({}, seed);
    }

  private Q_SLOTS:
    void layout() {
        ParameterArena arena;
        fill(arena);
        QCOMPARE(arena.parameterCount(), 4 * 27 + 4 + 35);
        QCOMPARE(arena.find("linear.weight"), 2);
        QCOMPARE(arena.find("nothing"), -1);
        for (const auto& entry : arena.entries()) {
            QCOMPARE(entry.offset % 16, 0);
            QCOMPARE(entry.decay, entry.offset < arena.decayedSize());
        }
        const auto weight = arena.view(Buffer::Master, "conv.weight");
        QCOMPARE(weight.sizes().vec(), (std::vector<std::int64_t>{4, 3, 3, 3}));
        QVERIFY(weight.is_contiguous(torch::MemoryFormat::ChannelsLast));
        QVERIFY(weight.abs().max().item<float>() <= 1 / std::sqrt(27.0F));
        QVERIFY(weight.abs().max().item<float>() > 0.8F / std::sqrt(27.0F));
        QVERIFY(arena.view(Buffer::Master, 1).eq(0.5).all().item<bool>());
        QVERIFY(arena.view(Buffer::Average, 0).equal(weight));
        QVERIFY(arena.weightBf16(0).equal(weight.to(torch::kBFloat16)));
    }

    void seedDecidesTheStart() {
        ParameterArena a, b, c;
        fill(a, 1);
        fill(b, 1);
        fill(c, 2);
        QVERIFY(a.flat(Buffer::Master).equal(b.flat(Buffer::Master)));
        QVERIFY(!a.flat(Buffer::Master).equal(c.flat(Buffer::Master)));
    }

    void backwardFillsTheArena() {
        ParameterArena arena;
        fill(arena);
        const auto x = torch::randn({2, 3, 5, 5});
        for (int pass = 1; pass <= 2; ++pass) {  // gradients add up
            torch::conv2d(x, arena.weight(0), arena.weight(1)).sum().backward();
            QVERIFY(arena.view(Buffer::Gradient, 1).allclose(torch::full({4}, 18.0 * pass)));
        }
        auto leaf = arena.view(Buffer::Master, 0).clone().requires_grad_(true);
        torch::conv2d(x, leaf, arena.weight(1).detach()).sum().backward();
        QVERIFY(arena.view(Buffer::Gradient, 0).allclose(2 * leaf.grad(), 1e-4, 1e-5));
        arena.zeroGrad();
        QCOMPARE(arena.flat(Buffer::Gradient).abs().sum().item<float>(), 0.0F);
    }

    void averageScopeSwapsAndRestores() {
        ParameterArena arena;
        fill(arena);
        torch::NoGradGuard guard;
        arena.flat(Buffer::Average).mul_(3);
        arena.markChanged();
        const auto before = arena.flat(Buffer::Master).clone(), copy = arena.flatBf16().clone();
        const auto stamp = arena.stamp();
        {
            AverageScope scope(arena);
            QVERIFY(arena.weight(0).equal(arena.view(Buffer::Average, 0)));
            QVERIFY(!arena.weight(0).requires_grad());
            QVERIFY(arena.weightBf16(2).equal(arena.view(Buffer::Average, 2).to(torch::kBFloat16)));
            AverageScope nested(arena);
            QVERIFY(arena.source() == ParameterArena::Source::Average);
        }
        QVERIFY(arena.source() == ParameterArena::Source::Master);
        QVERIFY(arena.weight(0).requires_grad());
        QVERIFY(arena.flat(Buffer::Master).equal(before));
        QVERIFY(arena.flatBf16().equal(copy));
        QCOMPARE(arena.stamp(), stamp);
    }

    void writtenMastersReachTheCopy() {
        ParameterArena arena;
        fill(arena);
        torch::NoGradGuard guard;
        const auto stamp = arena.stamp();
        arena.view(Buffer::Master, 1).fill_(9);
        arena.markChanged();
        QVERIFY(arena.stamp() != stamp);
        QVERIFY(arena.weightBf16(1).eq(9).all().item<bool>());
        arena.copyMasterToAverage();
        QVERIFY(arena.flat(Buffer::Average).equal(arena.flat(Buffer::Master)));
    }
};

QTEST_GUILESS_MAIN(TstParameters)
#include "tst_parameters.moc"
