// links: imago_ml
// Schedules, denoisers and solvers against analytic truth (Gaussian data, whose exact denoiser and exact flow are known in
// closed form) and against a table computed independently from the published formulas.
#include <QtTest>
#include <cmath>

#include "core/diffusion/denoiser.h"
#include "core/diffusion/schedule.h"
#include "core/diffusion/solver.h"
#include "tests/baselines/solver_table.h"

using namespace imago;
using at::Tensor;

namespace {

const auto kDouble = at::TensorOptions().dtype(at::kDouble);

Tensor row(std::vector<double> values) {
    return at::tensor(values, kDouble).unsqueeze(0);
}

// Anisotropic Gaussian data N(mean, spread^2): D(x, s) = mean + spread^2 / (spread^2 + s^2) (x - mean).
const Tensor kMean = row({0.5, -1.0, 0.0, 2.0});
const Tensor kSpread = row({0.2, 0.5, 1.0, 1.7});

Tensor exactDenoiser(const Tensor& x, double sigma) {
    const Tensor variance = kSpread.square();
    return kMean + variance / (variance + sigma * sigma) * (x - kMean);
}

// The exact solution of dx/dsigma = (x - D) / sigma from x at sigma `from` to sigma `to`.
Tensor exactFlow(const Tensor& x, double from, double to) {
    const Tensor variance = kSpread.square();
    return kMean + (x - kMean) * ((variance + to * to) / (variance + from * from)).sqrt();
}

// E[x0 | x] for 0.3 N(-1, 0.3^2) + 0.7 N(1, 0.3^2), as in solver_table.py.
Tensor mixtureDenoiser(const Tensor& x, double sigma) {
    const double spread = 0.09, variance = spread + sigma * sigma;
    const Tensor left = std::log(0.3) - (x + 1).square() / (2 * variance);
    const Tensor right = std::log(0.7) - (x - 1).square() / (2 * variance);
    const Tensor p = (left - right).sigmoid();
    return p * (-1 + spread / variance * (x + 1)) + (1 - p) * (1 + spread / variance * (x - 1));
}

// All steps at once.
Tensor solve(const SolverSpec& spec, const Denoiser& denoiser, const Tensor& x, std::vector<double> levels, NoiseSource noise = {}) {
    const auto solver = makeSolver(spec, x, std::move(levels), std::move(noise));
    while (!solver->done()) solver->advance(denoiser);
    return solver->x();
}

double number(const Tensor& t) {
    return t.item<double>();
}

struct Named {
    const char* name;
    SolverSpec spec;
    double order;
    bool exactly;  // the measured order is this and no more
};
const std::vector<Named> kDeterministic{
    {"ddim", {SolverKind::Ddim, 0, 0}, 1, true},     {"euler", {SolverKind::Euler, 0, 0}, 1, true},
    {"heun", {SolverKind::Heun, 0, 0}, 2, true},     {"dpmpp2m", {SolverKind::DpmPp2M, 0, 0}, 2, true},
    {"unipc2", {SolverKind::UniPc, 0, 2}, 2, false}, {"unipc3", {SolverKind::UniPc, 0, 3}, 3, false},
};

class TestSolvers : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void schedulesMatchTheTable() {
        for (const auto& expected : baseline::kSchedules) {
            const auto kind = parseSchedule(expected.schedule);
            QVERIFY(kind.ok());
            const auto levels = noiseLevels({*kind, 0.01, 40, 7}, 8);
            QCOMPARE(levels.size(), expected.levels.size());
            for (std::size_t i = 0; i < levels.size(); ++i) QVERIFY(std::abs(levels[i] - expected.levels[i]) <= 1e-9 * expected.levels[i]);
        }
        QVERIFY(!parseSchedule("nothing").ok());
    }

    void schedulesFallForEveryLength() {
        for (const auto kind :
             {ScheduleKind::Karras, ScheduleKind::LogSnr, ScheduleKind::Cosine, ScheduleKind::LinearBeta, ScheduleKind::FlowUniform}) {
            for (int steps : {1, 2, 3, 18, 250}) {
                const auto levels = noiseLevels({kind, 0.002, 80, 7}, steps);
                QCOMPARE(int(levels.size()), steps + 1);
                for (std::size_t i = 1; i < levels.size(); ++i) QVERIFY(levels[i] < levels[i - 1]);
                QCOMPARE(levels.back(), 0.0);
                QVERIFY(levels.front() <= 80 && levels.front() > 30);
            }
        }
        QCOMPARE(int(noiseLevels({ScheduleKind::LinearBeta, 0.002, 200, 7}, 5000).size()), 1001);  // every time once
    }

    // For every target, the network that its paper describes gives the same denoiser.
    void targetsAgreeOnTheDenoiser() {
        const Tensor x0 = kMean + 0.3;
        for (double s : {0.01, 0.4, 1.0, 7.0, 60.0}) {
            const Tensor n = row({0.3, -1.1, 0.7, 1.9});
            const Tensor x = x0 + n * s;
            const double alpha = 1 / std::sqrt(1 + s * s), sigmaVp = s * alpha, t = s / (1 + s);
            struct Case {
                const char* id;
                Tensor input, answer;
            };
            const std::vector<Case> cases{
                {"x0", alpha * x0 + sigmaVp * n, x0},
                {"eps", alpha * x0 + sigmaVp * n, n},
                {"v", alpha * x0 + sigmaVp * n, alpha * n - sigmaVp * x0},
                {"flow", (1 - t) * x0 + t * n, n - x0},
            };
            for (const auto& c : cases) {
                const auto k = scalings(*parseTarget(c.id), s, 0.5);
                QVERIFY(at::allclose(k.in * x, c.input, 1e-10, 1e-12));
                QVERIFY(at::allclose(k.skip * x + k.out * c.answer, x0, 1e-10, 1e-9));
            }
            // EDM: for data and noise of the stated deviations, input and training target have unit variance, and the
            // rest that the network must give is as small as it can be: skip = E[x0 x] / E[x x] (paper, appendix B.6).
            const double data = 0.5;
            const auto k = scalings(Target::Edm, s, data);
            QVERIFY(std::abs(k.in * k.in * (data * data + s * s) - 1) < 1e-12);
            QVERIFY(std::abs(k.skip - data * data / (data * data + s * s)) < 1e-12);
            const double target = (1 - k.skip) * (1 - k.skip) * data * data + k.skip * k.skip * s * s;
            QVERIFY(std::abs(target / (k.out * k.out) - 1) < 1e-12);
        }
    }

    void tensorScalingsEqualNumbers() {
        const Tensor levels = at::tensor({0.01, 0.4, 1.0, 60.0}, kDouble);
        for (const auto target : {Target::Edm, Target::X0, Target::Eps, Target::V, Target::Flow}) {
            const auto k = scalings(target, levels, 0.5);
            for (int i = 0; i < 4; ++i) {
                const auto one = scalings(target, number(levels[i]), 0.5);
                QVERIFY(std::abs(number(k.skip[i]) - one.skip) < 1e-14);
                QVERIFY(std::abs(number(k.out[i]) - one.out) < 1e-14);
                QVERIFY(std::abs(number(k.in[i]) - one.in) < 1e-14);
                QVERIFY(std::abs(number(k.noise[i]) - one.noise) < 1e-14);
            }
        }
    }

    void solversMatchTheTable() {
        for (const auto& expected : baseline::kSolvers) {
            auto levels = noiseLevels({*parseSchedule(expected.schedule), 0.01, 40, 7}, 8);
            if (!expected.toZero) levels.pop_back();
            const Tensor x = at::tensor(baseline::kStarts, kDouble) * levels.front();
            const NoiseSource noise = [](int step) {
                std::vector<double> values;
                for (int j = 0; j < 3; ++j) values.push_back(1.3 * std::sin(12.9898 * (step + 1) + 78.233 * (j + 1)));
                return at::tensor(values, kDouble);
            };
            const SolverSpec spec{*parseSolver(expected.solver), expected.eta, expected.order};
            const Tensor result = solve(spec, mixtureDenoiser, x, levels, noise);
            for (int j = 0; j < 3; ++j) {
                const double wanted = expected.result[std::size_t(j)], got = number(result[j]);
                QVERIFY2(std::abs(got - wanted) <= 1e-6 * std::abs(wanted), qPrintable(QString("%1 %2: %3 instead of %4")
                                                                                           .arg(expected.solver, expected.schedule)
                                                                                           .arg(got, 0, 'g', 12)
                                                                                           .arg(wanted, 0, 'g', 12)));
            }
        }
    }

    // Error against the exact solution when the number of steps doubles, in a smooth grid between two positive levels.
    void ordersOfConvergence() {
        for (const auto& solver : kDeterministic) {
            std::vector<double> errors;
            for (int steps : {40, 80, 160, 320}) {
                auto levels = logSnrLevels(steps + 1, 0.05, 20);
                levels.pop_back();
                const Tensor x = kMean + 20.0 * row({1.0, -0.7, 0.4, 1.3});
                const Tensor result = solve(solver.spec, exactDenoiser, x, levels);
                errors.push_back(number((result - exactFlow(x, 20, 0.05)).abs().max()));
            }
            const double order = std::log2(errors[2] / errors[3]);
            qInfo("%s: errors %.2e %.2e %.2e %.2e, order %.2f", solver.name, errors[0], errors[1], errors[2], errors[3], order);
            QVERIFY2(order > solver.order - 0.15, solver.name);
            if (solver.exactly) QVERIFY2(order < solver.order + 0.3, solver.name);
        }
    }

    // From pure noise down to 0: mean and deviation of every coordinate as the data's, for the deterministic solvers by
    // transporting mean +- one deviation (the flow of Gaussian data is affine).
    void finalVarianceIsTheDatas() {
        const double high = 80;
        for (const auto& solver : kDeterministic) {
            const int steps = solver.order == 1 ? 4000 : 200;
            const auto levels = karrasLevels(steps, 0.002, high, 7);
            const Tensor deviation = (kSpread.square() + high * high).sqrt();
            const Tensor x = at::cat({kMean + deviation, kMean - deviation});
            const Tensor result = solve(solver.spec, exactDenoiser, x, levels);
            QVERIFY2(at::allclose(result.mean(0, true), kMean, 0, 1e-6), solver.name);
            const Tensor spread = (result[0] - result[1]).unsqueeze(0) / 2;
            QVERIFY2(number((spread / kSpread - 1).abs().max()) < 0.01, solver.name);
        }
    }

    void ddpmStatistics() {
        at::manual_seed(5);
        constexpr int kSamples = 100000;
        const auto levels = linearBetaLevels(400, 0.002, 200);
        const Tensor x = at::randn({kSamples, 4}, kDouble) * levels.front();
        const NoiseSource noise = [](int) { return at::randn({kSamples, 4}, kDouble); };
        const Tensor result = solve({SolverKind::Ddpm, 0, 0}, exactDenoiser, x, levels, noise);
        const Tensor mean = result.mean(0, true), spread = result.std(0, true, true);
        qInfo() << "means" << number(mean[0][0]) << number(mean[0][1]) << number(mean[0][2]) << number(mean[0][3]);
        qInfo() << "deviations" << number(spread[0][0]) << number(spread[0][1]) << number(spread[0][2]) << number(spread[0][3]);
        // With this denoiser every step is affine plus noise, so mean and variance follow a recursion that can be computed.
        Tensor m = -kMean, v = at::full({1, 4}, levels[0] * levels[0], kDouble);  // of x - kMean
        for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
            const double s = levels[i], r = levels[i + 1], keep = r * r / (s * s);
            const Tensor gain = keep + (1 - keep) * kSpread.square() / (kSpread.square() + s * s);
            m = gain * m;
            v = gain.square() * v + r * r * (s * s - r * r) / (s * s);
        }
        const Tensor error = v.sqrt() / std::sqrt(double(kSamples));  // standard error of the mean
        QVERIFY(((mean - kMean - m).abs() < 5 * error).all().item<bool>());
        QVERIFY(((spread - v.sqrt()).abs() < 5 * error / std::sqrt(2.0)).all().item<bool>());
        // And 400 steps are close to the data.
        QVERIFY(((mean - kMean).abs() < 0.02).all().item<bool>());
        QVERIFY(number((spread / kSpread - 1).abs().max()) < 0.06);
        // Coordinates are independent.
        const Tensor centred = (result - mean) / spread;
        const Tensor correlation = centred.t().matmul(centred) / kSamples - at::eye(4, kDouble);
        QVERIFY(number(correlation.abs().max()) < 0.02);
    }

    void advanceIsOneEvaluation() {
        for (const auto kind :
             {SolverKind::Ddpm, SolverKind::Ddim, SolverKind::Euler, SolverKind::Heun, SolverKind::DpmPp2M, SolverKind::UniPc}) {
            int calls = 0;
            const Denoiser counting = [&](const Tensor& x, double sigma) { return ++calls, exactDenoiser(x, sigma); };
            const NoiseSource noise = [](int) { return row({0, 0, 0, 0}); };
            const Tensor x = row({1, 2, 3, 4}) * 80;
            const Tensor before = x.clone();
            const auto solver = makeSolver({kind, 0, 3}, x, karrasLevels(7, 0.002, 80, 7), noise);
            QCOMPARE(solver->evaluationsTotal(), kind == SolverKind::Heun ? 2 * 7 - 1 : 7);
            while (!solver->done()) {
                const int was = calls;
                solver->advance(counting);
                QCOMPARE(calls, was + 1);
                QCOMPARE(solver->evaluationsDone(), calls);
            }
            QCOMPARE(calls, solver->evaluationsTotal());
            QVERIFY(at::equal(x, before));
            QVERIFY(at::equal(solver->x(), solver->denoised()));  // the last step goes to 0
        }
    }

    void guidanceExtrapolates() {
        int rows = 0;
        const LabelledDenoiser denoiser = [&](const Tensor& x, double, const Tensor& labels) {
            rows = int(x.size(0));
            return x * 0 + labels.to(at::kDouble).unsqueeze(1);
        };
        const Tensor labels = at::tensor(std::vector<std::int64_t>{1, 4});
        const Tensor x = at::zeros({2, 3}, kDouble);
        const Tensor plain = guidedDenoiser(denoiser, labels, 10, 1.0)(x, 1);
        QCOMPARE(rows, 2);
        QCOMPARE(number(plain[1][0]), 4.0);
        const Tensor guided = guidedDenoiser(denoiser, labels, 10, 2.5)(x, 1);
        QCOMPARE(rows, 4);
        QCOMPARE(number(guided[0][2]), 10 + 2.5 * (1 - 10));
        QCOMPARE(number(guided[1][2]), 10 + 2.5 * (4 - 10));
    }
};

}  // namespace

QTEST_GUILESS_MAIN(TestSolvers)
#include "tst_solvers.moc"
