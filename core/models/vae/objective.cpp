#include "core/models/vae/objective.h"

#include <algorithm>
#include <cmath>

#include "core/models/batch_tensor.h"
#include "core/nn/torch_pch.h"
#include "core/nn/yield_point.h"
#include "core/tensor/random_tensor.h"

namespace imago::vae {

using at::Tensor;

namespace {

constexpr double kLogTwoPi = 1.8378770664093453;
constexpr double kLeastDeviation = 1 / 127.5;  // of a learned variance
const double kBitsOfScale = std::log2(127.5);  // [-1, 1] holds 256 levels
constexpr double kLabelDrop = 0.1;             // pictures whose class is hidden, so that the decoder also knows pictures in general
constexpr double kCodeVariance = 0.05;         // of the output beside codes: weighs copying against commitment

// Labels with `none` for what is not known and for some at random.
Tensor hiddenLabels(const Batch& batch, const StepInfo& info, int none, std::int64_t n, const Device& device) {
    const Tensor all = torch::full({n}, none, torch::TensorOptions().dtype(torch::kLong).device(torchDevice(device)));
    if (none == 0 || !batch.labels) return all;
    const Tensor drop = uniformTensor({info.seed, Purpose::LabelDrop, std::uint64_t(info.step)}, 0, {n}, device) < kLabelDrop;
    return torch::where(drop | (*batch.labels < 0), all, *batch.labels);
}

}  // namespace

double betaAt(double beta, double warmupKimg, std::int64_t imagesSeen) {
    if (warmupKimg <= 0) return beta;
    return beta * std::min(1.0, static_cast<double>(imagesSeen) / (1000 * warmupKimg));
}

Tensor divergence(const Tensor& mean, const Tensor& logVariance) {
    return (mean.square() + logVariance.exp() - logVariance - 1) * 0.5;
}

Tensor charged(const Tensor& divergence, double freeNats) {
    return divergence.mean(0).clamp_min(freeNats).sum();
}

Tensor straightThrough(const Tensor& rows, const Tensor& chosen) {
    return rows + (chosen - rows).detach();
}

Result<std::unique_ptr<Objective>> VaeObjective::make(const Json& config, GenerativeModel& model) {
    IMAGO_ASSIGN(VaeConfig bound, bind<VaeConfig>(config));
    auto* vae = dynamic_cast<VaeModel*>(&model);
    if (!vae) return Error{ErrorCode::Internal, IMAGO_TR("This model is not a VAE.")};
    return std::unique_ptr<Objective>(new VaeObjective(*vae, std::move(bound)));
}

void VaeObjective::setConfig(const Json& config) {
    if (auto bound = bind<VaeConfig>(config)) m_config = std::move(*bound);
}

std::vector<std::string> VaeObjective::lossNames() const {
    if (m_model.usesCodes()) return {"loss", "recon", "commitment", "prior_bits", "bits_per_dim", "mse", "codes_used"};
    return {"loss", "recon", "kl", "bits_per_dim", "mse", "beta", "deviation", "active_dims"};
}

// What numbers are charged for changes while beta moves.
std::unique_ptr<HealthMonitor> VaeObjective::makeHealthMonitor() const {
    const std::vector<std::string> names = lossNames();
    const auto beta = std::find(names.begin(), names.end(), "beta");
    if (beta == names.end()) return std::make_unique<FallingLoss>();
    return std::make_unique<FallingLoss>(static_cast<std::size_t>(beta - names.begin()));
}

void VaeObjective::accumulate(int, const Batch& batch, const StepInfo& info, Tensor& losses) {
    const Tensor x = networkPixels(batch, info, m_config.data.mirror);  // [N, C, H, W]
    m_model.usesCodes() ? codes(x, batch, info, losses) : numbers(x, batch, info, losses);
}

void VaeObjective::numbers(const Tensor& x, const Batch& batch, const StepInfo& info, Tensor& losses) {
    const auto step = std::uint64_t(info.step);
    const Device device = m_model.parameters().device();
    const std::int64_t n = x.size(0);
    const double dims = static_cast<double>(x[0].numel());

    const auto q = m_model.encode(x);
    const Tensor noise = normalTensor({info.seed, Purpose::Noise, step}, 0, q.mean.sizes().vec(), device);
    const Tensor z = q.mean + (q.logVariance * 0.5).exp() * noise;
    const Tensor y = m_model.decode(z, hiddenLabels(batch, info, m_model.classes(), n, device));

    // -ln p(x | z), a number for each channel and place, without ln(2 pi) / 2.
    const Tensor variance = m_model.outputVariance(), square = (x - y).square();
    const Tensor recon = ((square / variance) + variance.log()).mean() * 0.5;
    const Tensor kl = divergence(q.mean, q.logVariance);
    const double beta = betaAt(m_config.loss.beta, m_config.loss.warmupKimg, info.imagesSeen);
    // A constant that keeps the shown loss above 0; it changes no gradient.
    const double least = std::log(m_config.loss.variance == "fixed" ? m_config.loss.deviation : kLeastDeviation);
    const Tensor loss = recon - least + charged(kl, m_config.loss.freeBits * std::log(2.0)) * (beta / dims);
    loss.backward();

    nn::yieldNow();
    const torch::NoGradGuard noGradients;
    Tensor labels;
    if (m_model.classes() > 0 && batch.labels) labels = *batch.labels;
    m_model.mixture().update(z, labels, stepwiseRate(info.step) * info.share, info.seed, step);
    const Tensor each = kl.detach().mean(0), nats = recon.detach() + 0.5 * kLogTwoPi;
    const auto number = [&](double v) { return torch::full({}, v, x.options()); };
    losses.narrow(0, 0, 8).copy_(
        torch::stack({loss.detach(), nats * dims, each.sum(), (nats + each.sum() / dims) / std::log(2.0) + kBitsOfScale,
                      square.detach().mean(), number(beta), variance.detach().sqrt().mean(), (each > 0.02).sum().to(torch::kFloat)}));
}

void VaeObjective::codes(const Tensor& x, const Batch& batch, const StepInfo& info, Tensor& losses) {
    const auto step = std::uint64_t(info.step);
    const Device device = m_model.parameters().device();
    const std::int64_t n = x.size(0), places = std::int64_t{m_model.height()} * m_model.width(), count = m_model.book().codes();
    const double dims = static_cast<double>(x[0].numel());

    const Tensor rows = m_model.features(x);  // [N * places, code_dims]
    const Tensor tokens = m_model.book().nearest(rows.detach());
    const Tensor chosen = m_model.book().vectors(tokens);
    const Tensor y = m_model.decodeVectors(straightThrough(rows, chosen), n);
    const Tensor mse = (x - y).square().mean();
    const Tensor commitment = (rows - chosen).square().mean();
    const double variance = m_config.loss.variance == "fixed" ? m_config.loss.deviation * m_config.loss.deviation : kCodeVariance;

    // The prior: a share of the codes, evenly drawn, is hidden; the network guesses each of the hidden ones.
    const Tensor share = uniformTensor({info.seed, Purpose::Time, step}, 0, {n, 1}, device);
    const Tensor order =
        uniformTensor({info.seed, Purpose::NoiseLevel, step}, 0, {n, places}, device).argsort(true, 1, false).argsort(true, 1, false);
    const Tensor hidden = order <= (share * static_cast<double>(places)).floor();  // at least one a picture
    const Tensor grid = tokens.view({n, places});
    const Tensor scores = m_model.codeScores(grid.masked_fill(hidden, count), hiddenLabels(batch, info, m_model.classes(), n, device));
    const Tensor nats =
        torch::nll_loss(torch::log_softmax(scores, 2).view({n * places, count}), tokens, {}, at::Reduction::None).view({n, places});
    const Tensor weight = hidden.to(torch::kFloat);
    const Tensor prior = ((nats * weight).sum(1) / weight.sum(1)).mean();  // of one code

    const Tensor loss = mse / (2 * variance) + commitment * m_config.loss.commitment + prior;
    loss.backward();

    nn::yieldNow();
    const torch::NoGradGuard noGradients;
    m_model.book().update(rows.detach(), tokens, info.share);
    m_model.book().revive(rows.detach(), info.seed, step, info.share);
    const Tensor used = torch::bincount(tokens, {}, count).to(torch::kFloat) / static_cast<double>(tokens.numel());
    const Tensor perplexity = (-(used * used.clamp_min(1e-12).log()).sum()).exp();
    // The output's variance that fits best is the mean square itself: ln p = -dims / 2 (ln(2 pi mse) + 1).
    const Tensor recon = (mse.detach().log() + (kLogTwoPi + 1)) * 0.5;
    const Tensor bits = (recon + prior.detach() * (static_cast<double>(places) / dims)) / std::log(2.0) + kBitsOfScale;
    losses.narrow(0, 0, 7).copy_(
        torch::stack({loss.detach(), recon * dims, commitment.detach(), prior.detach() / std::log(2.0), bits, mse.detach(), perplexity}));
}

}  // namespace imago::vae
