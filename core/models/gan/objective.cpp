#include "core/models/gan/objective.h"

#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "core/models/batch_tensor.h"
#include "core/models/gan/diffaugment.h"
#include "core/models/gan/rivalry.h"
#include "core/nn/torch_pch.h"
#include "core/tensor/random_tensor.h"

namespace imago::gan {

using torch::Tensor;

namespace {

enum Column { LossCritic, LossGenerator, ScoreReal, ScoreFake, ToldApart, Variety, Twins, Penalty, kColumns };
enum Stream { Real, Fake };  // of what is drawn for the pictures of a step

constexpr double kTwin = 0.2;          // of the mean distance of two real pictures
constexpr std::int64_t kWatched = 64;  // pictures that variety is measured on

}  // namespace

Result<std::unique_ptr<Objective>> GanObjective::make(const Json& config, GenerativeModel& model) {
    IMAGO_ASSIGN(GanConfig bound, bind<GanConfig>(config));
    IMAGO_ASSIGN(const Game game, parseGame(bound.loss.kind));
    auto* gan = dynamic_cast<GanModel*>(&model);
    if (!gan) return Error{ErrorCode::Internal, IMAGO_TR("This model is not a GAN.")};
    return std::unique_ptr<Objective>(new GanObjective(*gan, std::move(bound), game));
}

// Every step shows new pictures; the side with more steps learns from each of them, the other only every few steps.
int GanObjective::period(int phase) const {
    return phase == 0 ? m_config.loss.generatorSteps : m_config.loss.criticSteps;
}

std::vector<std::string> GanObjective::lossNames() const {
    return {"loss_critic", "loss_generator", "score_real", "score_fake", "told_apart", "variety", "twins", "penalty"};
}

std::unique_ptr<HealthMonitor> GanObjective::makeHealthMonitor() const {
    return std::make_unique<RivalryMonitor>(lossNames());
}

nn::Compute GanObjective::compute(nn::Precision precision, const StepInfo& info) const {
    nn::ForwardOptions options;
    options.training = true;
    options.seed = info.seed;
    options.step = std::uint64_t(info.step);
    return {m_model.parameters(), precision, options};
}

Tensor GanObjective::labelsOf(const Batch& batch) const {
    if (m_model.classes() == 0) return {};
    if (!batch.labels) return torch::full({batch.pixels->size(0)}, m_model.classes(), torch::kLong);
    return batch.labels->masked_fill(*batch.labels < 0, m_model.classes());
}

Tensor GanObjective::make(const Batch& batch, const StepInfo& info) const {
    const RandomKey key{info.seed, Purpose::Latent, std::uint64_t(info.step)};
    const Tensor z = normalTensor(key, 0, {batch.pixels->size(0), m_config.network.latentDim}, m_model.parameters().device());
    return m_model.generator().forward(compute(m_model.precision(), info), z, labelsOf(batch));
}

void GanObjective::accumulate(int phase, const Batch& batch, const StepInfo& info, Tensor& losses) {
    if (phase == 0)
        criticPhase(batch, info, losses);
    else
        generatorPhase(batch, info, losses);
}

void GanObjective::criticPhase(const Batch& batch, const StepInfo& info, Tensor& losses) {
    const LossSection& loss = m_config.loss;
    const bool generatorFollows = (info.step + 1) % loss.criticSteps == 0;
    {
        const torch::AutoGradMode graph(generatorFollows);  // made once, used by both phases
        m_fake = Tensor();
        m_fake = make(batch, info);
    }
    m_step = info.step;
    const Tensor pixels = networkPixels(batch, info, m_config.data.mirror);
    const Tensor real = diffAugment(pixels, m_config.augment, info, Stream::Real);
    const Tensor fake = diffAugment(m_fake.detach(), m_config.augment, info, Stream::Fake);
    const Tensor labels = labelsOf(batch);
    const std::int64_t n = real.size(0);

    // Counted in the critic's own steps: it may rest in some.
    const bool penalised = loss.penalty != "none" && loss.gamma > 0 && info.step / period(0) % loss.interval == 0;
    const bool fromNoise = penalised && loss.penalty != "interpolated" && loss.method == "approximate";
    const bool both = loss.penalty == "r1_r2";
    const auto score = [&](const Tensor& pictures) {
        const Tensor of = labels.defined() ? labels.repeat({pictures.size(0) / n}) : labels;
        return m_model.critic().forward(compute(m_model.precision(), info), pictures, of);
    };
    const Tensor shown = torch::cat({real, fake});
    Tensor scores, noisyScores;
    if (fromNoise) {
        const Tensor from = both ? shown : real;
        const RandomKey key{info.seed, Purpose::Noise, std::uint64_t(info.step)};
        const Tensor noisy = from + loss.noise * normalTensor(key, 0, from.sizes().vec(), m_model.parameters().device());
        if (m_config.network.dropout > 0) {  // by themselves: a picture and its noisy copy then lose the same features
            scores = score(shown);
            noisyScores = score(noisy);
        } else {
            const Tensor all = score(torch::cat({shown, noisy}));
            scores = all.narrow(0, 0, 2 * n);
            noisyScores = all.narrow(0, 2 * n, noisy.size(0));
        }
    } else {
        scores = score(shown);
    }
    const Tensor realScores = scores.narrow(0, 0, n), fakeScores = scores.narrow(0, n, n);
    const Tensor game = criticLoss(m_game, realScores, fakeScores);
    Tensor total = game, penalty;
    if (penalised) {
        penalty = fromNoise ? slopeSquaredFromNoise(scores.narrow(0, 0, both ? 2 * n : n), noisyScores, loss.noise) *
                                  (both ? 2 : 1)  // the mean over both halves stands for their sum
                            : exactPenalty(real, fake, labels, info);
        const double fall = (1 + std::cos(std::numbers::pi * std::min(1.0, std::max(0.0, info.progress)))) / 2;
        const double gamma = loss.gamma * (loss.gammaFinal + (1 - loss.gammaFinal) * fall);
        const double weight = loss.penalty == "interpolated" ? gamma : gamma / 2;
        total = total + penalty * (weight * loss.interval);
    }
    total.backward();

    const torch::NoGradGuard noGradients;
    m_realScores = realScores.detach();
    // Scores as probabilities around the game's own middle, where it has one.
    const Tensor middle = m_game == Game::CrossEntropy || m_game == Game::Hinge ? torch::zeros({}, scores.options())
                          : m_game == Game::LeastSquares                        ? torch::full({}, 0.5, scores.options())
                                                                                : (m_realScores.mean() + fakeScores.mean()) / 2;
    const std::int64_t watched = std::min(n, kWatched);
    const Tensor spread = watched > 1 ? meanDistance(pixels.narrow(0, 0, watched)).clamp_min(1e-6) : torch::ones({}, scores.options());
    const Tensor made = m_fake.detach().narrow(0, 0, watched);
    losses[LossCritic].copy_(game.detach());
    losses[ScoreReal].copy_(torch::sigmoid(m_realScores - middle).mean());
    losses[ScoreFake].copy_(torch::sigmoid(fakeScores - middle).mean());
    losses[ToldApart].copy_(toldApart(m_realScores, fakeScores));
    if (watched > 1) {
        losses[Variety].copy_(meanDistance(made) / spread);
        losses[Twins].copy_(twins(made, spread, kTwin));
    }
    if (penalty.defined()) losses[Penalty].copy_(penalty.detach());
}

void GanObjective::generatorPhase(const Batch& batch, const StepInfo& info, Tensor& losses) {
    // Taken out at once: when memory runs out below, the next try, in smaller parts, makes its own.
    Tensor made = std::exchange(m_fake, Tensor()), realScores = std::exchange(m_realScores, Tensor());
    const bool kept =
        std::exchange(m_step, -1) == info.step && made.defined() && made.requires_grad() && made.size(0) == batch.pixels->size(0);
    if (!kept) {  // also: the critic rested in this step
        made = make(batch, info);
        const torch::NoGradGuard noGradients;
        const Tensor real = diffAugment(networkPixels(batch, info, m_config.data.mirror), m_config.augment, info, Stream::Real);
        realScores = m_model.critic().forward(compute(m_model.precision(), info), real, labelsOf(batch));
    }
    // Pairs use the real pictures' scores of the critic's phase: one critic step old, and an evaluation saved.
    const nn::FrozenScope frozen(m_model.parameters(), "d.");
    const Tensor fake = diffAugment(made, m_config.augment, info, Stream::Fake);
    const Tensor scores = m_model.critic().forward(compute(m_model.precision(), info), fake, labelsOf(batch));
    const Tensor loss = generatorLoss(m_game, realScores, scores);
    loss.backward();
    losses[LossGenerator].copy_(loss.detach());
}

// Second derivatives in fp32: bf16 is five times slower at them here, and too coarse.
Tensor GanObjective::exactPenalty(const Tensor& real, const Tensor& fake, const Tensor& labels, const StepInfo& info) const {
    const Scores critic = [&](const Tensor& x) { return m_model.critic().forward(compute(nn::Precision::Fp32, info), x, labels); };
    if (m_config.loss.penalty == "interpolated") {
        const RandomKey key{info.seed, Purpose::Time, std::uint64_t(info.step)};
        return slopeFromOne(critic, real, fake, uniformTensor(key, 0, {real.size(0), 1, 1, 1}, m_model.parameters().device()));
    }
    Tensor sum = slopeSquared(critic, real);
    if (m_config.loss.penalty == "r1_r2") sum = sum + slopeSquared(critic, fake);
    return sum;
}

}  // namespace imago::gan
