// links: imago_ml
// Attention against its definition, written as loops.
#include <QtTest>

#include "core/nn/attention.h"
#include "tests/support/gradcheck.h"

using namespace imago;
using torch::Tensor;

class TstAttention : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void followsItsDefinition() {
        torch::manual_seed(1);
        const auto q = torch::randn({2, 3, 5, 4}, torch::kDouble), k = torch::randn({2, 3, 5, 4}, torch::kDouble),
                   v = torch::randn({2, 3, 5, 4}, torch::kDouble);
        const auto y = nn::attention(q, k, v);
        auto qa = q.accessor<double, 4>(), ka = k.accessor<double, 4>(), va = v.accessor<double, 4>(), ya = y.accessor<double, 4>();
        for (int n = 0; n < 2; ++n)
            for (int h = 0; h < 3; ++h)
                for (int i = 0; i < 5; ++i) {
                    double weights[5], total = 0;
                    for (int j = 0; j < 5; ++j) {
                        double dot = 0;
                        for (int d = 0; d < 4; ++d) dot += qa[n][h][i][d] * ka[n][h][j][d];
                        total += weights[j] = std::exp(dot / 2);
                    }
                    for (int d = 0; d < 4; ++d) {
                        double sum = 0;
                        for (int j = 0; j < 5; ++j) sum += weights[j] / total * va[n][h][j][d];
                        QVERIFY(std::abs(sum - ya[n][h][i][d]) < 1e-6);
                    }
                }
    }

    void bf16IsClose() {
        torch::manual_seed(2);
        const auto q = torch::randn({2, 2, 64, 32}), k = torch::randn({2, 2, 64, 32}), v = torch::randn({2, 2, 64, 32});
        const auto y = nn::attention(q.to(torch::kBFloat16), k.to(torch::kBFloat16), v.to(torch::kBFloat16));
        QCOMPARE(y.scalar_type(), torch::kBFloat16);
        QVERIFY(test::relativeDifference(y, nn::attention(q, k, v)) < 2e-2);
    }

    void gradients() {
        torch::manual_seed(3);
        test::Tensors t;
        for (int i = 0; i < 3; ++i) t.push_back(torch::randn({1, 2, 3, 2}, torch::kDouble).requires_grad_(true));
        // The softmax is taken in fp32, so the differences are taken wide.
        const auto f = [](const test::Tensors& x) { return nn::attention(x[0], x[1], x[2]); };
        QVERIFY(test::gradcheck(f, t, 1e-2) < 1e-3);
        QVERIFY(test::gradgradcheck(f, t, 1e-2) < 1e-2);
    }
};

QTEST_GUILESS_MAIN(TstAttention)
#include "tst_attention.moc"
