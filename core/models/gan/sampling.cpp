#include "core/models/gan/sampling.h"

#include <algorithm>

#include "core/base/random.h"
#include "core/models/sampled.h"
#include "core/nn/torch_pch.h"
#include "core/tensor/random_tensor.h"

namespace imago::gan {

namespace {

constexpr std::size_t kBatchCpu = 16;
constexpr std::size_t kBatchCuda = 256;

}  // namespace

Result<std::unique_ptr<SamplingProcess>> GanSampling::make(GanModel& model, const SamplingJobSpec& spec) {
    IMAGO_ASSIGN(const SamplingConfig settings, bind<SamplingConfig>(spec.settings));
    IMAGO_TRY(checkClasses(spec, model.classes()));

    const Device device = model.parameters().device();
    const std::size_t size = device.isCuda() ? kBatchCuda : kBatchCpu;
    std::unique_ptr<GanSampling> sampling(new GanSampling(model));
    sampling->m_count = std::int64_t(spec.seeds.size());
    for (std::size_t first = 0; first < spec.seeds.size(); first += size) {
        std::vector<std::uint64_t> seeds;
        std::vector<std::int64_t> labels;
        for (std::size_t i = 0; i < size; ++i) {  // padding repeats the group's last picture
            const std::size_t from = std::min(first + i, spec.seeds.size() - 1);
            seeds.push_back(spec.seeds[from]);
            const int label = spec.classes.empty() ? -1 : spec.classes[from];
            const auto drawn = [&] {
                return std::int64_t(randomBelow({seeds.back(), Purpose::Sampling, 0}, 0, std::uint64_t(model.classes())));
            };
            labels.push_back(label >= 0 ? label : model.classes() > 0 ? drawn() : 0);
        }
        Group group;
        group.z = normalPerSeed(seeds, Purpose::Latent, 0, {model.settings().network.latentDim}, device) * settings.truncation;
        group.labels = at::tensor(labels).to(torchDevice(device));
        sampling->m_groups.push_back(std::move(group));
    }
    return std::unique_ptr<SamplingProcess>(std::move(sampling));
}

Result<bool> GanSampling::advance() {
    if (m_done == stepsTotal()) return false;
    Group& group = m_groups[std::size_t(m_done)];
    group.pictures = m_model.generate(group.z, group.labels);
    return ++m_done < stepsTotal();
}

// Groups that are not there yet are grey.
at::Tensor GanSampling::preview() const {
    const DataShape& shape = m_model.shape();
    if (m_groups.empty()) return at::empty({0, shape.channels, shape.height, shape.width});
    std::vector<at::Tensor> parts;
    for (const Group& group : m_groups)
        parts.push_back(group.pictures.defined()
                            ? group.pictures
                            : at::zeros({group.z.size(0), shape.channels, shape.height, shape.width}, group.z.options()));
    return at::cat(parts).narrow(0, 0, m_count).clamp(-1, 1).contiguous();
}

}  // namespace imago::gan
