// links: imago_ml
// The fused step against torch's own optimizers, its finite gate, average, copies and saved state.
#include <QtTest>

#include "core/nn/kernels/row_kernels.h"
#include "core/nn/optimizer.h"
#include "tests/support/gradcheck.h"

using namespace imago;
using namespace imago::nn;
using Buffer = ParameterArena::Buffer;

class TstOptimizer : public QObject {
    Q_OBJECT

    static void fill(ParameterArena& arena) {
        arena.add("a.weight", {37, 11}, Init::fan(11));
        arena.add("a.bias", {37}, Init::normal(1));
        arena.add("b.weight", {300, 70}, Init::fan(70));
        arena.allocate({}, 5);
    }

    static std::vector<torch::Tensor> gradients(const ParameterArena& arena, int step) {
        torch::manual_seed(100 + step);
        std::vector<torch::Tensor> all;
        for (const auto& e : arena.entries()) all.push_back(torch::randn(e.shape) * (step % 7 == 3 ? 5.0 : 0.3));
        return all;
    }

    static void put(ParameterArena& arena, const std::vector<torch::Tensor>& all) {
        torch::NoGradGuard guard;
        for (std::size_t i = 0; i < all.size(); ++i) arena.view(Buffer::Gradient, static_cast<ParameterId>(i)).copy_(all[i]);
    }

    template <class Optimizer, class Options>
    void compare(Options options, OptimizerConfig config, bool decayBiases) {
        ParameterArena arena;
        fill(arena);
        FusedOptimizer fused(arena, config);
        std::vector<torch::Tensor> stock, decayed, others, average;
        for (std::size_t i = 0; i < arena.entries().size(); ++i) {
            stock.push_back(arena.view(Buffer::Master, static_cast<ParameterId>(i)).detach().clone().requires_grad_(true));
            (arena.entries()[i].decay || decayBiases ? decayed : others).push_back(stock.back());
            average.push_back(stock.back().detach().clone());
        }
        std::vector<torch::optim::OptimizerParamGroup> groups;
        groups.emplace_back(decayed);
        if (!others.empty()) {
            auto plain = options;
            plain.weight_decay(0);
            groups.emplace_back(others, std::make_unique<Options>(plain));
        }
        Optimizer reference(groups, options);
        for (int step = 0; step < 50; ++step) {
            const auto g = gradients(arena, step);
            put(arena, g);
            for (std::size_t i = 0; i < g.size(); ++i) stock[i].mutable_grad() = g[i].clone();
            double norm = 0;
            for (const auto& t : g) norm += t.to(torch::kDouble).square().sum().item<double>();
            if (config.clipNorm > 0) torch::nn::utils::clip_grad_norm_(stock, config.clipNorm);
            const double rate = 1e-3 * (1 + step % 5);
            for (auto& group : reference.param_groups()) static_cast<Options&>(group.options()).lr(rate);
            reference.step();
            const auto result = fused.step(rate, 0.9);
            QVERIFY(result.applied);
            QVERIFY(std::abs(result.gradNorm - std::sqrt(norm)) < 1e-9 * std::sqrt(norm));
            torch::NoGradGuard guard;
            for (std::size_t i = 0; i < stock.size(); ++i) average[i] += (stock[i].detach() - average[i]) * 0.1;
        }
        for (std::size_t i = 0; i < stock.size(); ++i) {
            const auto id = static_cast<ParameterId>(i);
            QVERIFY(arena.view(Buffer::Master, id).allclose(stock[i].detach(), 1e-5, 1e-6));
            QVERIFY(arena.view(Buffer::Average, id).allclose(average[i], 1e-5, 1e-6));
            QVERIFY(arena.weightBf16(id).equal(arena.view(Buffer::Master, id).to(torch::kBFloat16)));
        }
        QCOMPARE(arena.flat(Buffer::Gradient).abs().sum().item<float>(), 0.0F);
        QCOMPARE(fused.stepCount(), 50);
    }

  private Q_SLOTS:
    void likeAdam() { compare<torch::optim::Adam>(torch::optim::AdamOptions(1e-3), {}, true); }
    void likeAdamClipped() {
        OptimizerConfig config;
        config.clipNorm = 20;
        compare<torch::optim::Adam>(torch::optim::AdamOptions(1e-3), config, true);
    }
    void likeAdamW() {
        OptimizerConfig config;
        config.weightDecay = 0.05;
        config.beta2 = 0.99;
        compare<torch::optim::AdamW>(torch::optim::AdamWOptions(1e-3).betas({0.9, 0.99}).weight_decay(0.05), config, false);
    }
    void likeAdamWithCoupledDecay() {
        OptimizerConfig config;
        config.weightDecay = 0.05;
        config.coupledDecay = true;
        compare<torch::optim::Adam>(torch::optim::AdamOptions(1e-3).weight_decay(0.05), config, false);
    }

    void nonFiniteStepChangesNothing_data() {
        QTest::addColumn<double>("poison");
        QTest::newRow("nan") << std::numeric_limits<double>::quiet_NaN();
        QTest::newRow("inf") << std::numeric_limits<double>::infinity();
        QTest::newRow("-inf") << -std::numeric_limits<double>::infinity();
    }
    void nonFiniteStepChangesNothing() {
        QFETCH(double, poison);
        ParameterArena arena;
        fill(arena);
        FusedOptimizer optimizer(arena, {});
        put(arena, gradients(arena, 0));
        optimizer.step(1e-3, 0.9);
        std::vector<torch::Tensor> before;
        for (auto b : {Buffer::Master, Buffer::Moment1, Buffer::Moment2, Buffer::Average}) before.push_back(arena.flat(b).clone());
        before.push_back(arena.flatBf16().clone());
        const auto stamp = arena.stamp();
        put(arena, gradients(arena, 1));
        arena.view(Buffer::Gradient, "b.weight")[299][69] = poison;
        const auto result = optimizer.step(1e-3, 0.9);
        QVERIFY(!result.applied);
        QVERIFY(!std::isfinite(result.gradNorm));
        QCOMPARE(optimizer.stepCount(), 1);
        QCOMPARE(arena.stamp(), stamp);
        std::size_t i = 0;
        for (auto b : {Buffer::Master, Buffer::Moment1, Buffer::Moment2, Buffer::Average}) QVERIFY(arena.flat(b).equal(before[i++]));
        QVERIFY(arena.flatBf16().equal(before[i]));
        QCOMPARE(arena.flat(Buffer::Gradient).abs().sum().item<float>(), 0.0F);
    }

    void resumedStateGoesOnBitForBit() {
        ParameterArena whole, first, second;
        for (auto* a : {&whole, &first, &second}) fill(*a);
        FusedOptimizer all(whole, {}), before(first, {}), after(second, {});
        for (int step = 0; step < 10; ++step) {
            put(whole, gradients(whole, step));
            all.step(1e-2, 0.99);
            if (step == 5) {
                torch::NoGradGuard guard;
                for (auto b : {Buffer::Master, Buffer::Moment1, Buffer::Moment2, Buffer::Average}) second.flat(b).copy_(first.flat(b));
                second.markChanged();
                after.setStepCount(before.stepCount());
            }
            auto& arena = step < 5 ? first : second;
            put(arena, gradients(arena, step));
            (step < 5 ? before : after).step(1e-2, 0.99);
        }
        for (auto b : {Buffer::Master, Buffer::Average}) QVERIFY(whole.flat(b).equal(second.flat(b)));
    }

    void everyIsaAgrees() {
        const std::int64_t n = 1000;
        torch::manual_seed(1);
        const auto start = torch::rand({5, n}) + 0.1;
        AdamChunk chunk{1e-3F, .9F, .99F, 1e-8F, 1.2F, .7F, .999F, .01F, .05F};
        torch::Tensor expected;
        double sum = 0;
        for (auto isa : {RowIsa::Portable, RowIsa::Avx2, RowIsa::Avx512, RowIsa::Avx512Bf16}) {
            if (!rowIsaAvailable(isa)) continue;
            auto t = start.clone();
            auto copy = torch::empty({n}, torch::kBFloat16);
            float* p = t.data_ptr<float>();
            const double squares = stepKernels(isa).sumOfSquares(p + n, n);
            stepKernels(isa).adam(p, p + n, p + 2 * n, p + 3 * n, p + 4 * n, static_cast<std::uint16_t*>(copy.data_ptr()), n, chunk);
            QVERIFY(copy.equal(t[0].to(torch::kBFloat16)));
            if (isa == RowIsa::Portable) {
                expected = t;
                sum = squares;
            }
            QVERIFY(t.allclose(expected, 1e-6, 1e-8));
            QVERIFY(std::abs(squares - sum) < 1e-12 * sum);
        }
    }
};

QTEST_GUILESS_MAIN(TstOptimizer)
#include "tst_optimizer.moc"
