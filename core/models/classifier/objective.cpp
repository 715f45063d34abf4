#include "core/models/classifier/objective.h"

#include <algorithm>

#include "core/base/random.h"
#include "core/config/bind.h"
#include "core/models/batch_tensor.h"
#include "core/models/classifier/nets.h"
#include "core/nn/torch_pch.h"

namespace imago::classifier {

using torch::Tensor;

namespace {

constexpr std::uint64_t kFirstShift = std::uint64_t{1} << 32;  // draws before it mirror

std::int64_t mirroredIndex(std::int64_t i, std::int64_t n) {
    if (i < 0) i = -i;
    if (i >= n) i = 2 * (n - 1) - i;
    return i;
}

nn::Precision wantedPrecision(const ClassifierConfig& config) {
    if (config.optimizer.precision == "auto") return nn::Precision::Auto;
    return config.optimizer.precision == "bf16" ? nn::Precision::Bf16 : nn::Precision::Fp32;
}

}  // namespace

Tensor shifted(const Tensor& x, int most, std::uint64_t seed, std::int64_t step) {
    const std::int64_t n = x.size(0), height = x.size(2), width = x.size(3);
    const std::uint64_t range = 2 * static_cast<std::uint64_t>(std::min<std::int64_t>(most, std::min(height, width) - 1)) + 1;
    if (range == 1) return x;
    const RandomKey key{seed, Purpose::Augment, static_cast<std::uint64_t>(step)};
    auto rows = torch::empty({n, height, 1}, torch::kInt64), columns = torch::empty({n, 1, width}, torch::kInt64);
    for (std::int64_t i = 0; i < n; ++i) {
        const auto offset = [&](std::uint64_t draw) {
            return static_cast<std::int64_t>(randomBelow(key, kFirstShift + draw, range)) - static_cast<std::int64_t>(range / 2);
        };
        const std::int64_t dy = offset(2 * static_cast<std::uint64_t>(i)), dx = offset(2 * static_cast<std::uint64_t>(i) + 1);
        for (std::int64_t y = 0; y < height; ++y) rows.data_ptr<std::int64_t>()[i * height + y] = mirroredIndex(y + dy, height);
        for (std::int64_t c = 0; c < width; ++c) columns.data_ptr<std::int64_t>()[i * width + c] = mirroredIndex(c + dx, width);
    }
    const auto pictures = torch::arange(n, torch::kInt64).view({n, 1, 1});
    const auto device = x.device();
    return x.permute({0, 2, 3, 1}).index({pictures.to(device), rows.to(device), columns.to(device)}).permute({0, 3, 1, 2});
}

Result<std::unique_ptr<Objective>> ClassifierObjective::make(const Json& config, GenerativeModel& model) {
    IMAGO_ASSIGN(ClassifierConfig bound, bind<ClassifierConfig>(config));
    auto* classifier = dynamic_cast<Classifier*>(&model);
    if (!classifier) return Error{ErrorCode::Internal, IMAGO_TR("This model is not a classifier.")};
    return std::unique_ptr<Objective>(new ClassifierObjective(*classifier, std::move(bound)));
}

ClassifierObjective::ClassifierObjective(Classifier& model, ClassifierConfig config)
    : m_model(model),
      m_config(std::move(config)),
      m_precision(nn::resolvePrecision(wantedPrecision(m_config), model.parameters().device().isCuda())) {}

void ClassifierObjective::accumulate(int, const Batch& batch, const StepInfo& info, at::Tensor& losses) {
    const Tensor x = shifted(networkPixels(batch, info, m_config.data.mirror), m_config.loss.shift, info.seed, info.step);
    const ClassifierOutput y = m_model.net().forward(x, m_precision);

    // Pictures without a label (-1) count for nothing.
    const Tensor known = batch.labels->ge(0).to(torch::kFloat);
    const Tensor labels = batch.labels->clamp_min(0);
    const Tensor logs = torch::log_softmax(y.logits, 1);
    const double smoothing = m_config.loss.labelSmoothing;
    const Tensor each = logs.gather(1, labels.unsqueeze(1)).squeeze(1).mul(smoothing - 1).sub(logs.mean(1).mul(smoothing));
    const Tensor count = known.sum().clamp_min(1);
    const Tensor loss = each.mul(known).sum().div(count);
    loss.backward();

    const torch::NoGradGuard guard;
    losses[0].copy_(loss.detach());
    losses[1].copy_(y.logits.argmax(1).eq(labels).to(torch::kFloat).mul(known).sum().div(count));
}

}  // namespace imago::classifier
