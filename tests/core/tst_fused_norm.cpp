// links: imago_ml
// Fused GroupNorm + SiLU: every instruction set against plain operators in fp64, first and second gradients.
#include <QtTest>

#include "core/nn/fused_norm.h"
#include "tests/support/gradcheck.h"

using namespace imago;
using namespace imago::nn;
using imago::test::relativeDifference;
using torch::Tensor;

class TstFusedNorm : public QObject {
    Q_OBJECT

    struct Case {
        std::int64_t n, c, h, w;
        int groups;
        bool silu, modulated;
    };

    static test::Tensors inputs(const Case& k, torch::ScalarType type) {
        torch::manual_seed(3);
        const auto options = torch::TensorOptions().dtype(torch::kDouble);
        auto x = torch::randn({k.n, k.c, k.h, k.w}, options) * 1.7 + 2.5;
        test::Tensors t{x.to(type).contiguous(torch::MemoryFormat::ChannelsLast), torch::randn({k.c}, options) * .3 + 1,
                        torch::randn({k.c}, options) * .2};
        if (k.modulated) t.push_back(torch::randn({k.n, 2 * k.c}, options) * .4);
        return t;
    }

    static Tensor plain(const Case& k, const test::Tensors& t) {
        return groupNormPlain(t[0], t[1], t[2], k.groups, k.silu, k.modulated ? t[3] : Tensor());
    }

    static const std::vector<Case>& cases() {
        static const std::vector<Case> all{{3, 32, 8, 8, 16, true, false}, {2, 96, 5, 7, 16, true, true}, {2, 64, 6, 6, 16, false, true},
                                           {1, 20, 4, 4, 5, true, true},   {2, 8, 3, 3, 2, false, false}, {2, 192, 4, 4, 16, true, true}};
        return all;
    }

  private Q_SLOTS:
    void everyIsaAgreesWithPlain_data() {
        QTest::addColumn<int>("isa");
        QTest::addColumn<bool>("bf16");
        const char* names[] = {"portable", "avx2", "avx512", "avx512 bf16"};
        for (int isa = 0; isa < 4; ++isa) {
            for (bool bf16 : {false, true}) QTest::addRow("%s %s", names[isa], bf16 ? "bf16" : "fp32") << isa << bf16;
        }
    }
    void everyIsaAgreesWithPlain() {
        QFETCH(int, isa);
        QFETCH(bool, bf16);
        if (!rowIsaAvailable(static_cast<RowIsa>(isa))) QSKIP("not on this processor");
        setNormIsa(static_cast<RowIsa>(isa));
        const auto type = bf16 ? torch::kBFloat16 : torch::kFloat;
        for (const auto& k : cases()) {
            auto reference = inputs(k, type);
            for (auto& t : reference) t = t.to(torch::kDouble).requires_grad_(true);
            auto fused = inputs(k, type);
            fused[0].requires_grad_(true);
            for (std::size_t i = 1; i < fused.size(); ++i) fused[i] = fused[i].to(torch::kFloat).requires_grad_(true);
            const auto expected = plain(k, reference);
            const auto y = groupNorm(fused[0], fused[1], fused[2], k.groups, k.silu, k.modulated ? fused[3] : Tensor());
            QCOMPARE(y.scalar_type(), type);
            const double close = bf16 ? 4e-3 : 2e-6;
            QVERIFY2(relativeDifference(y.detach(), expected.detach()) < close,
                     qPrintable(QString::number(relativeDifference(y.detach(), expected.detach()))));
            const auto up = torch::randn_like(expected).to(type).contiguous(torch::MemoryFormat::ChannelsLast);
            expected.backward(up.to(torch::kDouble));
            y.backward(up);
            for (std::size_t i = 0; i < fused.size(); ++i) {
                const double d = relativeDifference(fused[i].grad(), reference[i].grad());
                QVERIFY2(d < (bf16 ? 8e-3 : 5e-6), qPrintable(QString("input %1: %2").arg(i).arg(d)));
            }
        }
        setNormIsa(bestRowIsa());
    }

    void largeMeanKeepsItsDigits() {
        const Case k{1, 16, 16, 16, 4, false, false};
        auto t = inputs(k, torch::kFloat);
        t[0] = (t[0] + 1000).contiguous(torch::MemoryFormat::ChannelsLast);
        const auto y = groupNorm(t[0], t[1].to(torch::kFloat), t[2].to(torch::kFloat), k.groups, false);
        auto d = t;
        d[0] = d[0].to(torch::kDouble);
        QVERIFY(relativeDifference(y, plain(k, d)) < 1e-4);
    }

    void gradientsInDouble() {
        for (const Case& k : {Case{2, 8, 3, 3, 2, true, true}, Case{1, 6, 2, 3, 3, true, false}}) {
            auto t = inputs(k, torch::kDouble);
            for (auto& x : t) x = x.contiguous().requires_grad_(true);
            const auto f = [&](const test::Tensors& xs) {
                return groupNorm(xs[0], xs[1], xs[2], k.groups, k.silu, k.modulated ? xs[3] : Tensor());
            };
            const double first = test::gradcheck(f, t), second = test::gradgradcheck(f, t, 1e-5);
            QVERIFY2(first < 1e-6, qPrintable(QString::number(first)));
            QVERIFY2(second < 1e-5, qPrintable(QString::number(second)));
        }
    }

    // The fused operator's own second gradients: the penalty of a gradient's norm, as in R1.
    void secondGradientsOfTheFusedOperator() {
        for (const auto& k : cases()) {
            test::Tensors results[2];
            for (int fused = 0; fused < 2; ++fused) {
                auto t = inputs(k, torch::kFloat);
                for (auto& x : t) x = x.to(fused ? torch::kFloat : torch::kDouble).requires_grad_(true);
                const auto y = fused ? groupNorm(t[0], t[1], t[2], k.groups, k.silu, k.modulated ? t[3] : Tensor()) : plain(k, t);
                const auto weights = torch::cos(torch::arange(y.numel(), torch::kDouble)).view_as(y).to(y.scalar_type());
                const auto g = torch::autograd::grad({(y * weights).sum()}, {t[0]}, {}, true, true)[0];
                g.square().sum().backward();
                for (const auto& x : t) results[fused].push_back(x.grad().defined() ? x.grad() : torch::zeros_like(x));
            }
            for (std::size_t i = 0; i < results[0].size(); ++i) {
                if (results[0][i].norm().item<double>() < 1e-9) continue;
                const double d = relativeDifference(results[1][i], results[0][i]);
                QVERIFY2(d < 2e-4, qPrintable(QString("input %1: %2").arg(i).arg(d)));
            }
        }
    }
};

QTEST_GUILESS_MAIN(TstFusedNorm)
#include "tst_fused_norm.moc"
