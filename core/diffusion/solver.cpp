#include "core/diffusion/solver.h"

#include <torch/types.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <utility>

namespace imago {

namespace {

using at::Tensor;

// What all solvers share: where they are.
class Walk : public Solver {
  public:
    Walk(Tensor x, std::vector<double> levels) : m_x(std::move(x)), m_denoised(m_x), m_levels(std::move(levels)) {}
    int evaluationsDone() const override { return m_evaluations; }
    int evaluationsTotal() const override { return steps(); }
    const Tensor& x() const override { return m_x; }
    const Tensor& denoised() const override { return m_denoised; }

    void advance(const Denoiser& denoiser) final {
        assert(!done());
        evaluate(denoiser);
        ++m_evaluations;
    }

  protected:
    virtual void evaluate(const Denoiser& denoiser) = 0;
    int steps() const { return int(m_levels.size()) - 1; }
    double level(int i) const { return m_levels[std::size_t(i)]; }

    Tensor m_x, m_denoised;
    std::vector<double> m_levels;
    int m_evaluations = 0;
};

// Ddpm and Ddim. Going from level s to the lower level r with x0 estimated as d, the posterior of the forward process is
// normal: mean d + (r/s)^2 (x - d), variance r^2 (s^2 - r^2) / s^2 (Ho et al. 2020 eq. 7, divided by alpha). Ddim (Song et al.
// 2021 eq. 12) shrinks the variance by eta^2 and keeps the marginal: mean d + sqrt(r^2 - variance) / s (x - d).
class Ancestral : public Walk {
  public:
    Ancestral(Tensor x, std::vector<double> levels, double eta, NoiseSource noise)
        : Walk(std::move(x), std::move(levels)), m_eta(eta), m_noise(std::move(noise)) {}

  protected:
    void evaluate(const Denoiser& denoiser) override {
        const int i = m_evaluations;
        const double s = level(i), r = level(i + 1);
        m_denoised = denoiser(m_x, s);
        const double deviation = m_eta * r * std::sqrt((s * s - r * r)) / s;
        const double keep = std::sqrt(std::max(0.0, r * r - deviation * deviation)) / s;
        m_x = m_denoised + (m_x - m_denoised) * keep;
        if (deviation > 0) m_x = m_x + m_noise(i) * deviation;
    }

  private:
    double m_eta;
    NoiseSource m_noise;
};

// dx/dsigma = (x - D(x, sigma)) / sigma (EDM eq. 1 with sigma(t) = t, eq. 3).
class Euler : public Walk {
  public:
    using Walk::Walk;

  protected:
    void evaluate(const Denoiser& denoiser) override {
        const double s = level(m_evaluations), r = level(m_evaluations + 1);
        m_denoised = denoiser(m_x, s);
        m_x = m_x + (m_x - m_denoised) * ((r - s) / s);
    }
};

class Heun : public Walk {
  public:
    using Walk::Walk;
    int evaluationsTotal() const override { return 2 * steps() - (m_levels.back() == 0 ? 1 : 0); }

  protected:
    void evaluate(const Denoiser& denoiser) override {
        const double s = level(m_step), r = level(m_step + 1);
        if (!m_predicted) {
            m_denoised = denoiser(m_x, s);
            m_slope = (m_x - m_denoised) / s;
            m_start = m_x;
            m_x = m_start + m_slope * (r - s);
            if (r > 0) {
                m_predicted = true;
                return;
            }
        } else {
            m_denoised = denoiser(m_x, r);
            m_x = m_start + (m_slope + (m_x - m_denoised) / r) * (0.5 * (r - s));
            m_predicted = false;
        }
        ++m_step;
    }

  private:
    int m_step = 0;
    bool m_predicted = false;  // x is Euler's guess at the next level; the second slope is to come
    Tensor m_start, m_slope;
};

// Half a logarithm of the signal-to-noise ratio, lambda = -ln(sigma); alpha is 1 here.
double lambda(double sigma) {
    return -std::log(sigma);
}

class DpmPp2M : public Walk {
  public:
    using Walk::Walk;

  protected:
    void evaluate(const Denoiser& denoiser) override {
        const int i = m_evaluations;
        const double s = level(i), r = level(i + 1);
        const Tensor before = std::exchange(m_denoised, denoiser(m_x, s));
        if (r == 0) {
            m_x = m_denoised;  // h is infinite: the first-order step's limit
            return;
        }
        const double h = lambda(r) - lambda(s);
        Tensor d = m_denoised;
        if (i > 0) {
            const double ratio = (lambda(s) - lambda(level(i - 1))) / h;
            d = m_denoised * (1 + 0.5 / ratio) - before * (0.5 / ratio);
        }
        m_x = m_x * (r / s) - d * std::expm1(-h);
    }
};

// Solves A c = b for at most 3 unknowns, by elimination with pivoting.
std::vector<double> solveSmall(std::vector<std::vector<double>> a, std::vector<double> b) {
    const std::size_t n = b.size();
    for (std::size_t k = 0; k < n; ++k) {
        std::size_t pivot = k;
        for (std::size_t i = k + 1; i < n; ++i)
            if (std::abs(a[i][k]) > std::abs(a[pivot][k])) pivot = i;
        std::swap(a[k], a[pivot]);
        std::swap(b[k], b[pivot]);
        for (std::size_t i = k + 1; i < n; ++i) {
            const double f = a[i][k] / a[k][k];
            for (std::size_t j = k; j < n; ++j) a[i][j] -= f * a[k][j];
            b[i] -= f * b[k];
        }
    }
    for (std::size_t k = n; k-- > 0;) {
        for (std::size_t j = k + 1; j < n; ++j) b[k] -= a[k][j] * b[j];
        b[k] /= a[k][k];
    }
    return b;
}

class UniPc : public Walk {
  public:
    UniPc(Tensor x, std::vector<double> levels, int order) : Walk(std::move(x), std::move(levels)), m_order(order) {}

  protected:
    void evaluate(const Denoiser& denoiser) override {
        const int i = m_evaluations;
        m_denoised = denoiser(m_x, level(i));
        if (i > 0) m_x = move(i - 1, &m_denoised);  // UniC: the step that led here, once more with what was found here
        m_start = m_x;
        for (std::size_t k = m_history.size() - 1; k > 0; --k) m_history[k] = m_history[k - 1];
        m_history[0] = m_denoised;
        m_x = level(i + 1) == 0 ? m_denoised : move(i, nullptr);  // UniP
    }

  private:
    // The step from level i (m_start, m_history) to level i + 1. `there`: the denoiser's answer at level i + 1 (corrector).
    Tensor move(int i, const Tensor* there) const {
        const double s = level(i), r = level(i + 1);
        const double h = lambda(r) - lambda(s);
        // Towards the picture itself the levels fall ever faster: earlier answers say less and less about the last ones.
        const int left = m_levels.back() == 0 ? steps() - i : m_order;
        const int order = std::min({m_order, i + 1, left});
        std::vector<double> ratios;       // r_m of the paper
        std::vector<Tensor> differences;  // D_m / r_m
        for (int m = 1; m < order; ++m) {
            const double ratio = (lambda(level(i - m)) - lambda(s)) / h;
            ratios.push_back(ratio);
            differences.push_back((m_history[std::size_t(m)] - m_history[0]) / ratio);
        }
        if (there) {
            ratios.push_back(1);
            differences.push_back(*there - m_history[0]);
        }
        const std::vector<double> c = coefficients(ratios, -h);
        const double b = std::expm1(-h);  // B2(h)
        Tensor x = m_start * (r / s) - m_history[0] * b;
        for (std::size_t m = 0; m < c.size(); ++m) x = x - differences[m] * (b * c[m]);
        return x;
    }

    // R c = g / B(h), Theorem 3.1; with one unknown any c = 1/2 keeps the order (the paper's remark for p = 2 and UniC-1).
    static std::vector<double> coefficients(const std::vector<double>& ratios, double hh) {
        if (ratios.empty()) return {};
        if (ratios.size() == 1) return {0.5};
        const std::size_t n = ratios.size();
        std::vector<std::vector<double>> matrix(n, std::vector<double>(n));
        std::vector<double> right(n);
        double phi = std::expm1(hh) / hh - 1, factorial = 1;
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < n; ++j) matrix[i][j] = std::pow(ratios[j], double(i));
            right[i] = phi * factorial / std::expm1(hh);
            factorial *= double(i + 2);
            phi = phi / hh - 1 / factorial;
        }
        return solveSmall(std::move(matrix), std::move(right));
    }

    int m_order;
    Tensor m_start;                   // corrected x at the level of m_history[0]
    std::array<Tensor, 3> m_history;  // newest first
};

}  // namespace

Result<SolverKind> parseSolver(const std::string& id) {
    if (id == "ddpm") return SolverKind::Ddpm;
    if (id == "ddim") return SolverKind::Ddim;
    if (id == "euler") return SolverKind::Euler;
    if (id == "heun") return SolverKind::Heun;
    if (id == "dpmpp2m") return SolverKind::DpmPp2M;
    if (id == "unipc") return SolverKind::UniPc;
    return Error{ErrorCode::BadInput,
                 IMAGO_TR("There is no solver “{id}”. There are: ddpm, ddim, euler, heun, dpmpp2m, unipc."),
                 {{"id", id}},
                 {},
                 "solver"};
}

std::unique_ptr<Solver> makeSolver(const SolverSpec& spec, const at::Tensor& x, std::vector<double> levels, NoiseSource noise) {
    assert(levels.size() >= 2 && levels.front() > 0);
    switch (spec.kind) {
        case SolverKind::Ddpm:
            return std::make_unique<Ancestral>(x, std::move(levels), 1.0, std::move(noise));
        case SolverKind::Ddim:
            return std::make_unique<Ancestral>(x, std::move(levels), spec.eta, std::move(noise));
        case SolverKind::Euler:
            return std::make_unique<Euler>(x, std::move(levels));
        case SolverKind::Heun:
            return std::make_unique<Heun>(x, std::move(levels));
        case SolverKind::DpmPp2M:
            return std::make_unique<DpmPp2M>(x, std::move(levels));
        case SolverKind::UniPc:
            return std::make_unique<UniPc>(x, std::move(levels), std::clamp(spec.order, 1, 3));
    }
    return nullptr;
}

}  // namespace imago
