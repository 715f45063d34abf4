#include "core/models/diffusion/objective.h"

#include <limits>

#include "core/models/augment.h"
#include "core/models/batch_tensor.h"
#include "core/nn/torch_pch.h"
#include "core/tensor/random_tensor.h"

namespace imago::diffusion {

using at::Tensor;

Result<std::unique_ptr<Objective>> DiffusionObjective::make(const Json& config, GenerativeModel& model) {
    IMAGO_ASSIGN(DiffusionConfig bound, bind<DiffusionConfig>(config));
    auto* diffusion = dynamic_cast<DiffusionModel*>(&model);
    if (!diffusion) return Error{ErrorCode::Internal, IMAGO_TR("This model is not a diffusion model.")};
    return std::unique_ptr<Objective>(new DiffusionObjective(*diffusion, std::move(bound)));
}

std::vector<std::string> DiffusionObjective::lossNames() const {
    return {"loss", "loss_low", "loss_mid", "loss_high"};
}

void DiffusionObjective::accumulate(int, const Batch& batch, const StepInfo& info, Tensor& losses) {
    learn(draw(batch, info), info, losses);
}

// Pictures [N, C, H, W], noise likewise, standard normal numbers for the noise levels [N, 1, 1, 1], and labels [N] where the
// model knows classes: -1 and the dropped ones become "no class". Last, if pictures are turned and stretched, how.
std::vector<Tensor> DiffusionObjective::draw(const Batch& batch, const StepInfo& info) {
    const auto step = std::uint64_t(info.step);
    const Device device = m_model.parameters().device();
    Tensor x0 = networkPixels(batch, info, m_config.data.mirror), changes;
    if (m_config.loss.augment > 0) {
        const std::vector<Tensor> augmented = augmentedWithLabels(x0, info, m_config.loss.augment);
        x0 = augmented[0];
        changes = augmented[1];
    }
    const std::int64_t n = x0.size(0);
    std::vector<Tensor> drawn{x0, normalTensor({info.seed, Purpose::Noise, step}, 0, x0.sizes().vec(), device),
                              normalTensor({info.seed, Purpose::NoiseLevel, step}, 0, {n, 1, 1, 1}, device)};
    if (m_model.classes() > 0 && batch.labels) {
        const Tensor dropped = uniformTensor({info.seed, Purpose::LabelDrop, step}, 0, {n}, device) < m_config.loss.labelDrop;
        drawn.push_back(batch.labels->masked_fill(dropped | (*batch.labels < 0), m_model.classes()));
    }
    if (changes.defined()) drawn.push_back(changes);
    return drawn;
}

void DiffusionObjective::learn(const std::vector<Tensor>& drawn, const StepInfo& info, Tensor& losses) {
    const Tensor &x0 = drawn[0], &noise = drawn[1], &z = drawn[2];
    std::optional<Tensor> labels, changes;
    for (std::size_t i = 3; i < drawn.size(); ++i) (drawn[i].scalar_type() == at::kLong ? labels : changes) = drawn[i];
    const Tensor sigma = (z * m_config.loss.noiseDeviation + m_config.loss.noiseMean).exp();
    const Tensor x = x0 + noise * sigma;

    const auto k = scalings(m_model.target(), sigma, m_config.loss.dataDeviation);
    const Tensor target = (x0 - k.skip * x) / k.out;  // what F should give; its squared error is D's times 1 / out^2
    nn::ForwardOptions options;
    options.training = true;
    options.seed = info.seed;
    options.step = std::uint64_t(info.step);
    const Tensor input = (x * k.in).contiguous(at::MemoryFormat::ChannelsLast);
    const Tensor f = m_model.network().forward(input, k.noise.flatten(), labels, options, changes);
    const Tensor error = (f - target).square().mean({1, 2, 3});  // [N]
    const Tensor loss = error.mean();
    loss.backward();

    // Thirds of the practised noise levels: |z| = 0.4307 cuts the normal distribution into three equal parts.
    const torch::NoGradGuard noGradients;
    constexpr double kThird = 0.430727;
    const Tensor flat = z.flatten(), value = error.detach();
    const auto meanOf = [&](const Tensor& in) {  // NaN (not measured) when none of the batch is in it
        const Tensor weight = in.to(at::kFloat);
        return (value * weight).sum() / weight.sum();
    };
    losses.narrow(0, 0, 4).copy_(
        at::stack({loss.detach(), meanOf(flat < -kThird), meanOf((flat >= -kThird) & (flat <= kThird)), meanOf(flat > kThird)}));
}

}  // namespace imago::diffusion
