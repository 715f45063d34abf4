#include "core/models/diffusion/sampling.h"

#include "core/diffusion/schedule.h"
#include "core/models/sampled.h"
#include "core/nn/torch_pch.h"
#include "core/tensor/random_tensor.h"

namespace imago::diffusion {

namespace {

// Small on a CPU: an evaluation stays short enough to answer a slider between two of them.
constexpr std::size_t kBatchCpu = 16;
constexpr std::size_t kBatchCuda = 256;

}  // namespace

Result<std::unique_ptr<SamplingProcess>> DiffusionSampling::make(DiffusionModel& model, const SamplingJobSpec& spec) {
    IMAGO_ASSIGN(const SamplingConfig settings, bind<SamplingConfig>(spec.settings));
    IMAGO_ASSIGN(const SolverKind kind, parseSolver(settings.solver));
    IMAGO_ASSIGN(const ScheduleKind schedule, parseSchedule(settings.schedule));
    IMAGO_TRY(checkClasses(spec, model.classes()));

    const std::vector<double> levels = noiseLevels({schedule, settings.sigmaMin, settings.sigmaMax, settings.rho}, settings.steps);
    const DataShape& shape = model.shape();
    const std::vector<std::int64_t> each{shape.channels, shape.height, shape.width};
    const Device device = model.parameters().device();
    const std::size_t size = device.isCuda() ? kBatchCuda : kBatchCpu;

    std::unique_ptr<DiffusionSampling> sampling(new DiffusionSampling(model));
    sampling->m_count = std::int64_t(spec.seeds.size());
    for (std::size_t first = 0; first < spec.seeds.size(); first += size) {
        // Padding repeats the group's last picture; what fills it does not matter.
        std::vector<std::uint64_t> seeds;
        std::vector<std::int64_t> labels;
        for (std::size_t i = 0; i < size; ++i) {
            const std::size_t from = std::min(first + i, spec.seeds.size() - 1);
            seeds.push_back(spec.seeds[from]);
            const int label = spec.classes.empty() ? -1 : spec.classes[from];
            labels.push_back(label < 0 ? model.classes() : label);
        }
        const auto x = normalPerSeed(seeds, Purpose::Latent, 0, each, device) * levels.front();
        const auto labelTensor = at::tensor(labels).to(torchDevice(device));
        const double guidance = model.classes() > 0 ? settings.guidance : 1.0;
        LabelledDenoiser labelled = [&model](const at::Tensor& at, double sigma, const at::Tensor& classes) {
            return model.denoise(at, sigma, classes);
        };
        Denoiser denoiser = guidedDenoiser(std::move(labelled), labelTensor, model.classes(), guidance);
        if (settings.clip)
            denoiser = [inner = std::move(denoiser)](const at::Tensor& at, double sigma) { return inner(at, sigma).clamp_(-1, 1); };
        NoiseSource noise = [seeds, each, device](int step) {
            return normalPerSeed(seeds, Purpose::Sampling, std::uint64_t(step), each, device);
        };
        Group group{makeSolver({kind, settings.eta, settings.order}, x, levels, std::move(noise)), std::move(denoiser)};
        sampling->m_total += group.solver->evaluationsTotal();
        sampling->m_groups.push_back(std::move(group));
    }
    return std::unique_ptr<SamplingProcess>(std::move(sampling));
}

Result<bool> DiffusionSampling::advance() {
    if (m_done == m_total) return false;
    const torch::NoGradGuard noGradients;
    Group& group = m_groups[m_next];  // in turn: all pictures come out of the noise together
    group.solver->advance(group.denoiser);
    m_next = (m_next + 1) % m_groups.size();
    return ++m_done < m_total;
}

at::Tensor DiffusionSampling::gathered(bool finished) const {
    if (m_groups.empty()) return at::empty({0, m_model.shape().channels, m_model.shape().height, m_model.shape().width});
    std::vector<at::Tensor> parts;
    for (const auto& group : m_groups) parts.push_back(finished ? group.solver->x() : group.solver->denoised());
    return at::cat(parts).narrow(0, 0, m_count).clamp(-1, 1).contiguous();
}

at::Tensor DiffusionSampling::preview() const {
    return gathered(false);
}
at::Tensor DiffusionSampling::result() const {
    return gathered(true);
}

}  // namespace imago::diffusion
