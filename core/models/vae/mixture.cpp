#include "core/models/vae/mixture.h"

#include <algorithm>
#include <cmath>

#include "core/nn/torch_pch.h"
#include "core/tensor/random_tensor.h"

namespace imago::vae {

using torch::Tensor;
using Buffer = nn::ParameterArena::Buffer;

namespace {

constexpr double kFloor = 1e-4;       // least variance of a component, of latents whose scale is of order 1
constexpr double kShareFloor = 1e-3;  // least share of a class in a component
constexpr double kIdle = 0.15;        // of its fair weight: below, a component is put to better use
constexpr double kLogTwoPi = 1.8378770664093453;

}  // namespace

double stepwiseRate(std::int64_t step, double least) {
    return std::max(least, std::pow(static_cast<double>(step) + 2, -0.6));
}

// One extent each: arrays of fewer than two extents are never decayed by the optimizer.
Mixture::Mixture(nn::ParameterArena& arena, int components, int dims, int classes)
    : m_arena(arena), m_components(components), m_dims(dims), m_classes(classes) {
    const auto zero = nn::Init::constant(0);
    const std::int64_t k = components, d = dims;
    const auto add = [&](const char* name, std::int64_t count) {
        return arena.add(std::string("mixture.") + name, {count}, zero, nn::Role::Fitted);
    };
    m_weights = add("weights", k);
    m_means = add("means", k * d);
    m_covariances = add("covariances", k * d * d);
    if (classes > 0) m_shares = add("shares", k * classes);
}

Mixture::Values Mixture::valuesOf(const std::function<Tensor(nn::ParameterId)>& read) const {
    const std::int64_t k = m_components, d = m_dims;
    return {read(m_weights), read(m_means).view({k, d}), read(m_covariances).view({k, d, d}),
            m_classes > 0 ? read(m_shares).view({k, m_classes}) : Tensor()};
}

Tensor Mixture::joint(const Tensor& z, const Tensor& labels, const Values& of) const {
    const auto eye = torch::eye(m_dims, z.options());
    // Where rounding has left a covariance without a factor its diagonal stands in, so that it can recover.
    const auto [found, problem] = at::linalg_cholesky_ex(of.covariances + eye * kFloor);
    const Tensor alone = torch::diag_embed((of.covariances.diagonal(0, 1, 2).clamp_min(0) + kFloor).sqrt());
    const Tensor factor = torch::where((problem != 0).view({-1, 1, 1}), alone, found);                // [K, D, D]
    const Tensor centred = (z.unsqueeze(0) - of.means.unsqueeze(1)).transpose(1, 2);                  // [K, D, N]
    const Tensor white = at::linalg_solve_triangular(factor, centred, /*upper=*/false);               // [K, D, N]
    const Tensor logDet = factor.diagonal(0, 1, 2).log().sum(1);                                      // [K]
    Tensor log = white.square().sum(1).mul(-0.5) - (logDet + 0.5 * m_dims * kLogTwoPi).unsqueeze(1);  // [K, N]
    log = log + of.weights.clamp_min(1e-12).log().unsqueeze(1);
    if (m_classes > 0 && labels.defined()) {
        const Tensor known = (labels >= 0) & (labels < m_classes);
        const Tensor share = of.shares.clamp_min(kShareFloor).log().index_select(1, labels.clamp(0, m_classes - 1));  // [K, N]
        log = log + share * known.to(torch::kFloat).unsqueeze(0);
    }
    return log.transpose(0, 1);
}

// Components around rows spread over the batch, as wide as the whole batch. Those that share a row are moved apart: equal ones
// would stay equal for ever.
Mixture::Values Mixture::startedFrom(const Tensor& z, std::uint64_t seed, std::uint64_t step) const {
    const std::int64_t n = z.size(0), k = m_components, d = m_dims;
    const Tensor spread = torch::arange(k, torch::kLong).mul(n).div(k, "floor").clamp(0, n - 1).to(z.device());
    const Tensor centred = z - z.mean(0, true);
    const Tensor whole = centred.transpose(0, 1).matmul(centred).div(static_cast<double>(n));
    Tensor means = z.index_select(0, spread);
    if (k > n) {
        const Tensor apart = normalTensor({seed, Purpose::Latent, step}, 0, {k, d}, m_arena.device());
        const Tensor again = (spread.slice(0, 1) == spread.slice(0, 0, k - 1)).to(torch::kFloat).unsqueeze(1);
        means.slice(0, 1) += apart.slice(0, 1) * whole.diagonal().clamp_min(0).sqrt().clamp_min(0.1) * (0.3 * again);
    }
    return {torch::full({k}, 1.0 / static_cast<double>(k), z.options()), means, whole.unsqueeze(0).expand({k, d, d}),
            m_classes > 0 ? torch::full({k, m_classes}, 1.0 / m_classes, z.options()) : Tensor()};
}

void Mixture::learn(Values& values, const Tensor& z, const Tensor& labels, double rate) const {
    const std::int64_t n = z.size(0);
    const Tensor responsibility = torch::softmax(joint(z, labels, values), 1).transpose(0, 1);  // [K, N]
    const Tensor mass = responsibility.sum(1);                                                  // [K]
    values.weights = values.weights * (1 - rate) + mass * (rate / static_cast<double>(n));
    const Tensor move = (mass * (rate / static_cast<double>(n)) / values.weights.clamp_min(1e-12)).clamp(0, 1).unsqueeze(1);  // [K, 1]
    const Tensor part = responsibility / mass.clamp_min(1e-12).unsqueeze(1);  // rows sum to 1
    const Tensor target = part.matmul(z);                                     // [K, D]
    const Tensor shift = move * (target - values.means);
    values.means = values.means + shift;
    const Tensor off = (z.unsqueeze(0) - values.means.unsqueeze(1)) * part.sqrt().unsqueeze(2);  // [K, N, D]
    const Tensor scatter = torch::bmm(off.transpose(1, 2), off);
    values.covariances =
        values.covariances.add(shift.unsqueeze(2) * shift.unsqueeze(1)) * (1 - move).unsqueeze(2) + scatter * move.unsqueeze(2);
    if (m_classes > 0 && labels.defined()) {
        const Tensor known = ((labels >= 0) & (labels < m_classes)).to(torch::kFloat);
        const Tensor one = torch::one_hot(labels.clamp(0, m_classes - 1), m_classes).to(torch::kFloat) * known.unsqueeze(1);
        const Tensor counted = responsibility.matmul(one);  // [K, classes]
        const Tensor labelled = counted.sum(1, true);
        const Tensor how = move * (labelled / mass.clamp_min(1e-12).unsqueeze(1));
        values.shares = values.shares + how * (counted / labelled.clamp_min(1e-12) - values.shares);
    }
}

// The idlest component takes over half of the heaviest, if it has all but lost its own.
void Mixture::reviveIdlest(Values& values, std::uint64_t seed, std::uint64_t step) const {
    const std::int64_t k = m_components, d = m_dims;
    if (k == 1) return;
    const Tensor idlest = values.weights.argmin().view(1), heaviest = values.weights.argmax().view(1);
    const Tensor idle = values.weights.index_select(0, idlest) < kIdle / static_cast<double>(k);
    const Tensor draw = normalTensor({seed, Purpose::Sampling, step}, 0, {d, 1}, m_arena.device());
    const Tensor source = values.covariances.index_select(0, heaviest)[0] + torch::eye(d, values.means.options()) * kFloor;
    const Tensor jump = std::get<0>(at::linalg_cholesky_ex(source)).matmul(draw).view({1, d}) * 0.5;
    const auto put = [&](Tensor& all, const Tensor& taken) {  // all[idlest] = idle ? taken : as it is
        const Tensor before = all.index_select(0, idlest);
        const std::vector<std::int64_t> ones(static_cast<std::size_t>(before.dim()), 1);
        all = all.index_copy(0, idlest, torch::where(idle.view(ones), taken, before));
    };
    const Tensor half = values.weights.index_select(0, heaviest) * 0.5, left = torch::where(idle, half, half * 2);
    put(values.means, values.means.index_select(0, heaviest) + jump);
    put(values.covariances, values.covariances.index_select(0, heaviest));
    if (m_classes > 0) put(values.shares, values.shares.index_select(0, heaviest));
    put(values.weights, half);
    values.weights = values.weights.index_copy(0, heaviest, left);
}

void Mixture::update(const Tensor& rows, const Tensor& labels, double rate, std::uint64_t seed, std::uint64_t step) {
    const torch::NoGradGuard noGradients;
    const Tensor good = rows.isfinite().all();
    const Tensor z = torch::nan_to_num(rows.detach().to(torch::kFloat), 0, 0, 0);
    const Values old = valuesOf([&](nn::ParameterId id) { return m_arena.view(Buffer::Master, id).clone(); });
    const Values first = startedFrom(z, seed, step);
    const Tensor fresh = old.weights.sum() <= 0;
    Values values;
    for (const auto part : kParts)
        if ((old.*part).defined()) values.*part = torch::where(fresh, first.*part, old.*part);

    learn(values, z, labels, rate);
    reviveIdlest(values, seed, step);
    values.weights = values.weights / values.weights.sum();

    Tensor sound = good;
    for (const auto part : kParts)
        if ((values.*part).defined()) sound = sound & (values.*part).isfinite().all();
    // Both copies at once: the averaged weights and the present ones share one mixture.
    const auto store = [&](nn::ParameterId id, Tensor Values::*part) {
        if (id < 0) return;
        const Tensor kept = torch::where(sound, values.*part, old.*part).reshape({-1});
        m_arena.view(Buffer::Master, id).copy_(kept);
        m_arena.view(Buffer::Average, id).copy_(kept);
    };
    store(m_weights, &Values::weights);
    store(m_means, &Values::means);
    store(m_covariances, &Values::covariances);
    store(m_shares, &Values::shares);
}

Tensor Mixture::logDensity(const Tensor& z) const {
    const torch::NoGradGuard noGradients;
    return torch::logsumexp(joint(z, {}, valuesOf([&](nn::ParameterId id) { return m_arena.weight(id); })), 1);
}

Mixture::Host Mixture::onHost() const {
    const torch::NoGradGuard noGradients;
    const auto k = static_cast<std::size_t>(m_components), d = static_cast<std::size_t>(m_dims);
    const auto read = [&](nn::ParameterId id) {
        const Tensor values = m_arena.weight(id).detach().to(torch::kCPU, torch::kDouble).contiguous();
        return std::vector<double>(values.data_ptr<double>(), values.data_ptr<double>() + values.numel());
    };
    Host host;
    host.components = m_components, host.dims = m_dims, host.classes = m_classes;
    host.mean.assign(d, 0.0);
    host.deviation.assign(d, 1.0);
    std::vector<double> weights = read(m_weights);
    double sum = 0;
    for (const double w : weights) sum += w;
    // Negative or missing weights (of a file that somebody else made) count as no mixture at all.
    if (!(sum > 0) || !std::all_of(weights.begin(), weights.end(), [](double w) { return w >= 0; })) return host;
    for (double& w : weights) w /= sum;
    host.weights = std::move(weights);
    host.means = read(m_means);
    host.factors = read(m_covariances);
    if (m_classes > 0) host.shares = read(m_shares);
    for (std::size_t c = 0; c < k; ++c)
        for (std::size_t i = 0; i < d; ++i) host.mean[i] += host.weights[c] * host.means[c * d + i];
    for (std::size_t i = 0; i < d; ++i) {
        double variance = 0;
        for (std::size_t c = 0; c < k; ++c) {
            const double off = host.means[c * d + i] - host.mean[i];
            variance += host.weights[c] * (host.factors[(c * d + i) * d + i] + kFloor + off * off);
        }
        host.deviation[i] = std::sqrt(variance);
    }
    // Cholesky in place, a component after the other; the upper triangle is left as zero.
    for (std::size_t c = 0; c < k; ++c) {
        double* a = host.factors.data() + c * d * d;
        for (std::size_t i = 0; i < d; ++i) {
            for (std::size_t j = 0; j <= i; ++j) {
                double value = a[i * d + j] + (i == j ? kFloor : 0.0);
                for (std::size_t m = 0; m < j; ++m) value -= a[i * d + m] * a[j * d + m];
                a[i * d + j] = i == j ? std::sqrt(std::max(value, kFloor * 0.01)) : value / a[j * d + j];
            }
            for (std::size_t j = i + 1; j < d; ++j) a[i * d + j] = 0;
        }
    }
    return host;
}

void Mixture::Host::draw(double u, const float* normals, double temperature, int& label, float* z) const {
    const auto d = static_cast<std::size_t>(dims);
    if (!fitted()) {
        for (std::size_t i = 0; i < d; ++i) z[i] = static_cast<float>(temperature * normals[i]);
        return;
    }
    const auto k = static_cast<std::size_t>(components), all = static_cast<std::size_t>(classes);
    const auto share = [&](std::size_t c, std::size_t of) { return std::max(shares[c * all + of], 0.0); };
    std::vector<double> mass(weights);
    if (all > 0 && label >= 0)
        for (std::size_t c = 0; c < k; ++c) mass[c] *= share(c, static_cast<std::size_t>(label));
    double sum = 0;
    for (const double m : mass) sum += m;
    if (!(sum > 0)) mass = weights, sum = 1;  // a class that was never seen
    double at = u * sum;
    std::size_t chosen = 0;
    while (chosen + 1 < k && at >= mass[chosen]) at -= mass[chosen++];
    if (all > 0 && label < 0) {  // what is left of u chooses the class
        double left = mass[chosen] > 0 ? at / mass[chosen] : 0, of = 0;
        for (std::size_t c = 0; c < all; ++c) of += share(chosen, c);
        left *= of;
        label = 0;
        while (label + 1 < classes && left >= share(chosen, static_cast<std::size_t>(label)))
            left -= share(chosen, static_cast<std::size_t>(label++));
    }
    const double *mean_ = means.data() + chosen * d, *factor = factors.data() + chosen * d * d;
    for (std::size_t i = 0; i < d; ++i) {
        double value = mean_[i];
        for (std::size_t j = 0; j <= i; ++j) value += temperature * factor[i * d + j] * normals[j];
        z[i] = static_cast<float>(value);
    }
}

}  // namespace imago::vae
