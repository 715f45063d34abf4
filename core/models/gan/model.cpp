#include "core/models/gan/model.h"

#include "core/models/gan/losses.h"
#include "core/models/gan/sampling.h"
#include "core/nn/torch_pch.h"

namespace imago::gan {

Result<std::unique_ptr<GenerativeModel>> GanModel::make(const Json& config, const DataShape& shape, std::uint64_t seed,
                                                        const Device& device) {
    std::unique_ptr<GanModel> model(new GanModel);
    IMAGO_ASSIGN(model->m_config, bind<GanConfig>(config));
    const GanConfig& c = model->m_config;
    IMAGO_TRY(parseGame(c.loss.kind));
    if (shape.height < 4 || shape.width < 4)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("Pictures of {width} x {height} are too small; the least is 4 x 4."),
                     {{"width", std::to_string(shape.width)}, {"height", std::to_string(shape.height)}},
                     {},
                     "data.resolution"};
    if (c.loss.kind == "wasserstein" && (c.loss.penalty == "none" || c.loss.gamma <= 0))
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The Wasserstein game has no end without a limit on the critic's slope."),
                     {},
                     IMAGO_TR("Choose one of the penalties."),
                     "loss.penalty"};
    model->m_json = toJson(c);
    model->m_shape = shape;
    model->m_classes = c.loss.classConditional ? int(shape.classNames.size()) : 0;
    model->m_arena = std::make_unique<nn::ParameterArena>();
    model->m_arena->separate({"g.", "d."});
    model->m_networks = makeNetworks(*model->m_arena, c.network, {shape.channels, shape.height, shape.width, model->m_classes});
    model->m_arena->allocate(device, seed);
    return std::unique_ptr<GenerativeModel>(std::move(model));
}

GanModel::~GanModel() = default;

const std::string& GanModel::familyId() const {
    static const std::string id = "gan";
    return id;
}

nn::Precision GanModel::precision() const {
    const std::string& wanted = m_config.optimizer.precision;
    if (m_config.network.kind == "mlp") return nn::Precision::Fp32;  // no convolutions: nothing to gain
    return nn::resolvePrecision(wanted == "fp32"   ? nn::Precision::Fp32
                                : wanted == "bf16" ? nn::Precision::Bf16
                                                   : nn::Precision::Auto,
                                m_arena->device().isCuda());
}

at::Tensor GanModel::generate(const at::Tensor& z, const at::Tensor& labels) {
    const torch::NoGradGuard noGradients;
    const nn::AverageScope average(*m_arena);
    return m_networks.generator->forward({*m_arena, precision()}, z, labels).clamp(-1, 1);
}

Result<std::unique_ptr<SamplingProcess>> GanModel::beginSampling(const SamplingJobSpec& spec) {
    return GanSampling::make(*this, spec);
}

}  // namespace imago::gan
