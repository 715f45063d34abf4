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
    m_weights = arena.add("mixture.weights", {k}, zero);
    m_means = arena.add("mixture.means", {k * d}, zero);
    m_covariances = arena.add("mixture.covariances", {k * d * d}, zero);
    if (classes > 0) m_shares = arena.add("mixture.shares", {k * classes}, zero);
}

Tensor Mixture::joint(const Tensor& z, const Tensor& labels, const Tensor& weights, const Tensor& means, const Tensor& covariances,
                      const Tensor& shares) const {
    const auto eye = torch::eye(m_dims, z.options());
    // Where rounding has left a covariance without a factor its diagonal stands in, so that it can recover.
    const auto [found, problem] = at::linalg_cholesky_ex(covariances + eye * kFloor);
    const Tensor alone = torch::diag_embed((covariances.diagonal(0, 1, 2).clamp_min(0) + kFloor).sqrt());
    const Tensor factor = torch::where((problem != 0).view({-1, 1, 1}), alone, found);                // [K, D, D]
    const Tensor centred = (z.unsqueeze(0) - means.unsqueeze(1)).transpose(1, 2);                     // [K, D, N]
    const Tensor white = at::linalg_solve_triangular(factor, centred, /*upper=*/false);               // [K, D, N]
    const Tensor logDet = factor.diagonal(0, 1, 2).log().sum(1);                                      // [K]
    Tensor log = white.square().sum(1).mul(-0.5) - (logDet + 0.5 * m_dims * kLogTwoPi).unsqueeze(1);  // [K, N]
    log = log + weights.clamp_min(1e-12).log().unsqueeze(1);
    if (m_classes > 0 && labels.defined()) {
        const Tensor known = (labels >= 0) & (labels < m_classes);
        const Tensor share = shares.clamp_min(kShareFloor).log().index_select(1, labels.clamp(0, m_classes - 1));  // [K, N]
        log = log + share * known.to(torch::kFloat).unsqueeze(0);
    }
    return log.transpose(0, 1);
}

void Mixture::update(const Tensor& rows, const Tensor& labels, double rate, std::uint64_t seed, std::uint64_t step) {
    const torch::NoGradGuard noGradients;
    const std::int64_t n = rows.size(0), k = m_components, d = m_dims;
    const Tensor good = rows.isfinite().all();
    const Tensor z = torch::nan_to_num(rows.detach().to(torch::kFloat), 0, 0, 0);
    const Tensor oldWeights = m_arena.view(Buffer::Master, m_weights).clone(), weightSum = oldWeights.sum();
    const Tensor oldMeans = m_arena.view(Buffer::Master, m_means).clone().view({k, d});
    const Tensor oldCovariances = m_arena.view(Buffer::Master, m_covariances).clone().view({k, d, d});
    const Tensor oldShares = m_classes > 0 ? m_arena.view(Buffer::Master, m_shares).clone().view({k, m_classes}) : Tensor();

    // The first time: components around rows spread over the batch, as wide as the whole batch. Those that share a row are
    // moved apart: equal ones would stay equal for ever.
    const Tensor fresh = weightSum <= 0;
    const Tensor spread = torch::arange(k, torch::kLong).mul(n).div(k, "floor").clamp(0, n - 1).to(z.device());
    const Tensor centred = z - z.mean(0, true);
    const Tensor whole = centred.transpose(0, 1).matmul(centred).div(static_cast<double>(n));
    Tensor weights = torch::where(fresh, torch::full({k}, 1.0 / static_cast<double>(k), z.options()), oldWeights);
    Tensor starts = z.index_select(0, spread);
    if (k > n) {
        const Tensor apart = normalTensor({seed, Purpose::Latent, step}, 0, {k, d}, m_arena.device());
        const Tensor again = (spread.slice(0, 1) == spread.slice(0, 0, k - 1)).to(torch::kFloat).unsqueeze(1);
        starts.slice(0, 1) += apart.slice(0, 1) * whole.diagonal().clamp_min(0).sqrt().clamp_min(0.1) * (0.3 * again);
    }
    Tensor means = torch::where(fresh, starts, oldMeans);
    Tensor covariances = torch::where(fresh, whole.unsqueeze(0).expand({k, d, d}), oldCovariances);
    Tensor shares = m_classes > 0 ? torch::where(fresh, torch::full_like(oldShares, 1.0 / m_classes), oldShares) : Tensor();

    const Tensor responsibility = torch::softmax(joint(z, labels, weights, means, covariances, shares), 1).transpose(0, 1);  // [K, N]
    const Tensor mass = responsibility.sum(1);                                                                               // [K]
    weights = weights * (1 - rate) + mass * (rate / static_cast<double>(n));
    const Tensor move = (mass * (rate / static_cast<double>(n)) / weights.clamp_min(1e-12)).clamp(0, 1).unsqueeze(1);  // [K, 1]
    const Tensor part = responsibility / mass.clamp_min(1e-12).unsqueeze(1);                                           // rows sum to 1
    const Tensor target = part.matmul(z);                                                                              // [K, D]
    const Tensor shift = move * (target - means);
    const Tensor newMeans = means + shift;
    const Tensor off = (z.unsqueeze(0) - newMeans.unsqueeze(1)) * part.sqrt().unsqueeze(2);  // [K, N, D]
    const Tensor scatter = torch::bmm(off.transpose(1, 2), off);
    covariances = covariances.add(shift.unsqueeze(2) * shift.unsqueeze(1)) * (1 - move).unsqueeze(2) + scatter * move.unsqueeze(2);
    means = newMeans;
    if (m_classes > 0 && labels.defined()) {
        const Tensor known = ((labels >= 0) & (labels < m_classes)).to(torch::kFloat);
        const Tensor one = torch::one_hot(labels.clamp(0, m_classes - 1), m_classes).to(torch::kFloat) * known.unsqueeze(1);
        const Tensor counted = responsibility.matmul(one);  // [K, classes]
        const Tensor labelled = counted.sum(1, true);
        const Tensor how = move * (labelled / mass.clamp_min(1e-12).unsqueeze(1));
        shares = shares + how * (counted / labelled.clamp_min(1e-12) - shares);
    }

    // The idlest component takes over half of the heaviest, if it has all but lost its own.
    if (k > 1) {
        const Tensor idlest = weights.argmin(), heaviest = weights.argmax();
        const Tensor idle = weights.index_select(0, idlest.view(1)) < kIdle / static_cast<double>(k);
        const auto device = m_arena.device();
        const Tensor draw = normalTensor({seed, Purpose::Sampling, step}, 0, {d, 1}, device);
        const Tensor source = covariances.index_select(0, heaviest.view(1))[0] + torch::eye(d, z.options()) * kFloor;
        const Tensor jump = std::get<0>(at::linalg_cholesky_ex(source)).matmul(draw).view({1, d}) * 0.5;
        const auto put = [&](Tensor& values, const Tensor& taken) {  // values[idlest] = idle ? taken : as it is
            const Tensor before = values.index_select(0, idlest.view(1));
            values = values.index_copy(
                0, idlest.view(1),
                torch::where(idle.view(std::vector<std::int64_t>(static_cast<std::size_t>(before.dim()), 1)), taken, before));
        };
        const Tensor half = weights.index_select(0, heaviest.view(1)) * 0.5, taken = torch::where(idle, half, half * 2);
        put(means, means.index_select(0, heaviest.view(1)) + jump);
        put(covariances, covariances.index_select(0, heaviest.view(1)));
        if (m_classes > 0) put(shares, shares.index_select(0, heaviest.view(1)));
        put(weights, half);
        weights = weights.index_copy(0, heaviest.view(1), taken);
    }
    weights = weights / weights.sum();
    Tensor sound = good & weights.isfinite().all() & means.isfinite().all() & covariances.isfinite().all();
    if (m_classes > 0) sound = sound & shares.isfinite().all();

    // Both copies at once: the averaged weights and the present ones share one mixture.
    const auto store = [&](nn::ParameterId id, const Tensor& values, const Tensor& old) {
        const Tensor kept = torch::where(sound, values, old).reshape({-1});
        m_arena.view(Buffer::Master, id).copy_(kept);
        m_arena.view(Buffer::Average, id).copy_(kept);
    };
    store(m_weights, weights, oldWeights);
    store(m_means, means, oldMeans);
    store(m_covariances, covariances, oldCovariances);
    if (m_classes > 0) store(m_shares, shares, oldShares);
}

Tensor Mixture::logDensity(const Tensor& z) const {
    const torch::NoGradGuard noGradients;
    const std::int64_t k = m_components, d = m_dims;
    return torch::logsumexp(
        joint(z, {}, m_arena.weight(m_weights), m_arena.weight(m_means).view({k, d}), m_arena.weight(m_covariances).view({k, d, d}), {}),
        1);
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
    // Weights that are none (of a file that somebody else made) count as no mixture at all.
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
