#include "core/models/vae/sampling.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/models/sampled.h"
#include "core/nn/torch_pch.h"
#include "core/tensor/random_tensor.h"

namespace imago::vae {

using torch::Tensor;

namespace {

// A row of uniform draws for each seed: [seeds, count] on the CPU.
Tensor uniformPerSeed(const std::vector<std::uint64_t>& seeds, Purpose purpose, std::uint64_t step, std::int64_t count) {
    Tensor draws = torch::empty({static_cast<std::int64_t>(seeds.size()), count});
    for (std::size_t i = 0; i < seeds.size(); ++i)
        fillUniform({seeds[i], purpose, step}, 0,
                    {draws.data_ptr<float>() + static_cast<std::int64_t>(i) * count, static_cast<std::size_t>(count)});
    return draws;
}

}  // namespace

Result<std::unique_ptr<SamplingProcess>> VaeSampling::make(VaeModel& model, const SamplingJobSpec& spec) {
    IMAGO_ASSIGN(SamplingConfig settings, bind<SamplingConfig>(spec.settings));
    IMAGO_TRY(checkClasses(spec, model.classes()));

    std::unique_ptr<VaeSampling> sampling(new VaeSampling(model));
    sampling->m_settings = settings;
    sampling->m_count = static_cast<std::int64_t>(spec.seeds.size());
    if (model.usesCodes()) sampling->m_rounds = std::min(settings.steps, model.height() * model.width());

    const torch::NoGradGuard noGradients;
    const nn::AverageScope average(model.parameters());
    Mixture::Host host;
    if (!model.usesCodes()) {
        host = model.mixture().onHost();
        if (settings.prior == "normal" || model.settings().latent.prior == "normal") host.weights.clear();
    }
    const std::size_t size = model.parameters().device().isCuda() ? kBatchCuda : kBatchCpu;
    for (std::size_t first = 0; first < spec.seeds.size(); first += size) {
        // Padding repeats the group's last picture; what fills it does not matter.
        Group group;
        std::vector<int> classes;
        for (std::size_t i = 0; i < size; ++i) {
            const std::size_t from = std::min(first + i, spec.seeds.size() - 1);
            group.seeds.push_back(spec.seeds[from]);
            classes.push_back(spec.classes.empty() ? -1 : std::max(spec.classes[from], -1));
        }
        if (!model.usesCodes()) sampling->drawNumbers(group, classes, host);
        std::vector<std::int64_t> labels(classes.begin(), classes.end());
        if (model.usesCodes()) {
            for (auto& label : labels) label = label < 0 ? model.classes() : label;
            group.labels = torch::tensor(labels).to(torchDevice(model.parameters().device()));
            sampling->beginCodes(group);
        }
        sampling->m_groups.push_back(std::move(group));
    }
    return std::unique_ptr<SamplingProcess>(std::move(sampling));
}

// On the host in double precision, one picture after the other: the same bytes whatever is drawn beside it.
void VaeSampling::drawNumbers(Group& group, const std::vector<int>& classes, const Mixture::Host& host) const {
    const auto n = static_cast<std::int64_t>(group.seeds.size());
    const int dims = m_model.settings().latent.dims;
    Mixture::Host drawn = host;
    drawn.dims = dims;
    const Tensor normals = normalPerSeed(group.seeds, Purpose::Latent, 0, {dims}, Device{}).contiguous();
    Tensor z = torch::empty({n, dims});
    std::vector<std::int64_t> labels;
    for (std::int64_t i = 0; i < n; ++i) {
        int label = classes[static_cast<std::size_t>(i)];
        const double u = uniform({group.seeds[static_cast<std::size_t>(i)], Purpose::Sampling, 0}, 0);
        drawn.draw(u, normals.data_ptr<float>() + i * dims, m_settings.temperature, label, z.data_ptr<float>() + i * dims);
        labels.push_back(label < 0 ? m_model.classes() : label);
    }
    const auto device = torchDevice(m_model.parameters().device());
    group.z = z.to(device);
    group.labels = torch::tensor(labels).to(device);
}

void VaeSampling::beginCodes(Group& group) const {
    const std::int64_t places = std::int64_t{m_model.height()} * m_model.width();
    const auto device = torchDevice(m_model.parameters().device());
    group.tokens = torch::full({static_cast<std::int64_t>(group.seeds.size()), places}, m_model.book().codes(), torch::kLong).to(device);
    group.turn = uniformPerSeed(group.seeds, Purpose::Time, 0, places).argsort(true, 1, false).argsort(true, 1, false).to(device);
}

// A round: those codes whose turn it is are drawn, given the ones before. Few at first, when least is known.
void VaeSampling::chooseCodes(Group& group, int round) const {
    const std::int64_t places = group.tokens.size(1);
    const auto shown = [&](int rounds) {  // codes known after so many rounds; at least one more each round
        const double curve = 1 - std::cos(0.5 * M_PI * rounds / m_rounds);
        return rounds == m_rounds
                   ? places
                   : std::min<std::int64_t>(places - (m_rounds - rounds),
                                            std::max<std::int64_t>(rounds, std::llround(curve * static_cast<double>(places))));
    };
    const Tensor scores = m_model.codeScores(group.tokens, group.labels) / m_settings.temperature;
    const Tensor cumulative = torch::softmax(scores, 2).cumsum(2);  // [n, places, codes]
    const Tensor u = uniformPerSeed(group.seeds, Purpose::Sampling, static_cast<std::uint64_t>(round) + 1, places).to(scores.device());
    const Tensor level = u.unsqueeze(2) * cumulative.select(2, cumulative.size(2) - 1).unsqueeze(2);
    const Tensor drawn = (cumulative <= level).sum(2).clamp_max(cumulative.size(2) - 1);
    const Tensor now = (group.turn >= shown(round)) & (group.turn < shown(round + 1));
    group.tokens = torch::where(now, drawn, group.tokens);
}

Result<bool> VaeSampling::advance() {
    if (m_done == stepsTotal()) return false;
    const torch::NoGradGuard noGradients;
    const nn::AverageScope average(m_model.parameters());
    const auto groups = static_cast<int>(m_groups.size());
    Group& group = m_groups[static_cast<std::size_t>(m_done % groups)];
    const int round = m_done / groups;
    if (!m_model.usesCodes()) {
        group.pictures = m_model.decode(group.z, group.labels);
    } else {
        chooseCodes(group, round);
        if (round + 1 == m_rounds) {
            const auto rows = m_model.book().vectors(group.tokens.reshape({-1}));
            group.pictures = m_model.decodeVectors(rows, group.tokens.size(0));
        }
    }
    return ++m_done < stepsTotal();
}

at::Tensor VaeSampling::result() const {
    const DataShape& shape = m_model.shape();
    if (m_groups.empty()) return torch::empty({0, shape.channels, shape.height, shape.width});
    std::vector<Tensor> parts;
    for (const auto& group : m_groups)
        parts.push_back(group.pictures.defined()
                            ? group.pictures
                            : torch::zeros({static_cast<std::int64_t>(group.seeds.size()), shape.channels, shape.height, shape.width},
                                           torch::TensorOptions().device(torchDevice(m_model.parameters().device()))));
    return torch::cat(parts).narrow(0, 0, m_count).clamp(-1, 1).contiguous();
}

}  // namespace imago::vae
