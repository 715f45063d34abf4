#include "core/models/diffusion/model.h"

#include "core/models/augment.h"
#include "core/models/diffusion/sampling.h"
#include "core/nn/torch_pch.h"

namespace imago::diffusion {

Result<std::unique_ptr<GenerativeModel>> DiffusionModel::make(const Json& config, const DataShape& shape, std::uint64_t seed,
                                                              const Device& device) {
    std::unique_ptr<DiffusionModel> model(new DiffusionModel);
    IMAGO_ASSIGN(model->m_config, bind<DiffusionConfig>(config));
    const DiffusionConfig& c = model->m_config;
    IMAGO_ASSIGN(model->m_target, parseTarget(c.loss.target));
    IMAGO_ASSIGN(const NetworkShape network, networkShape(c.network));
    const int multiple = 1 << (network.multipliers.size() - 1);
    if (shape.height < multiple || shape.width < multiple)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("Pictures of {width} x {height} are too small for a network with {levels} levels."),
                     {{"width", std::to_string(shape.width)},
                      {"height", std::to_string(shape.height)},
                      {"levels", std::to_string(network.multipliers.size())}},
                     IMAGO_TR("Use fewer levels, or larger pictures."),
                     "network.multipliers"};
    model->m_json = toJson(c);
    model->m_shape = shape;
    model->m_classes = c.loss.classConditional ? int(shape.classNames.size()) : 0;

    nn::UNetConfig unet;
    unet.imageChannels = shape.channels;
    unet.channels = network.channels;
    unet.multipliers = network.multipliers;
    unet.blocksPerLevel = network.blocks;
    unet.attentionDivisors = network.attentionDivisors;
    unet.headChannels = network.headChannels;
    unet.classes = model->m_classes;
    unet.augmentLabels = c.loss.augment > 0 ? kAugmentLabels : 0;
    unet.dropout = c.network.dropout;
    model->m_arena = std::make_unique<nn::ParameterArena>();
    model->m_net = std::make_unique<nn::UNet>(*model->m_arena, unet);
    model->m_net->setPrecision(c.optimizer.precision == "fp32"   ? nn::Precision::Fp32
                               : c.optimizer.precision == "bf16" ? nn::Precision::Bf16
                                                                 : nn::Precision::Auto);
    model->m_arena->allocate(device, seed);
    return std::unique_ptr<GenerativeModel>(std::move(model));
}

DiffusionModel::~DiffusionModel() = default;

const std::string& DiffusionModel::familyId() const {
    static const std::string id = "diffusion";
    return id;
}

at::Tensor DiffusionModel::denoise(const at::Tensor& x, double sigma, const at::Tensor& labels) {
    const torch::NoGradGuard noGradients;
    const nn::AverageScope average(*m_arena);
    const auto k = scalings(m_target, sigma, m_config.loss.dataDeviation);
    const auto noise = at::full({x.size(0)}, k.noise, x.options());
    const auto input = (x * k.in).contiguous(at::MemoryFormat::ChannelsLast);
    const auto f = m_net->forward(input, noise, m_classes > 0 ? std::optional(labels) : std::nullopt);
    return x * k.skip + f * k.out;
}

Result<std::unique_ptr<SamplingProcess>> DiffusionModel::beginSampling(const SamplingJobSpec& spec) {
    return DiffusionSampling::make(*this, spec);
}

}  // namespace imago::diffusion
