#include "core/models/vae/model.h"

#include <cmath>

#include "core/models/vae/latents.h"
#include "core/models/vae/sampling.h"
#include "core/nn/torch_pch.h"

namespace imago::vae {

using torch::Tensor;

namespace {

constexpr int kEmbedding = 128;         // of what steers the decoder's blocks
constexpr int kIdleEmbedding = 16;      // with codes nothing does
constexpr double kDeviationSpeed = 10;  // the output's deviation has to travel far in few steps: ln = speed * parameter + start
constexpr double kFirstDeviation = 0.5;
constexpr double kLeastDeviation = 1 / 127.5;  // one step of 8-bit pixels
constexpr double kMostLogVariance = 4, kLeastLogVariance = -14;

}  // namespace

Result<std::unique_ptr<GenerativeModel>> VaeModel::make(const Json& config, const DataShape& shape, std::uint64_t seed,
                                                        const Device& device) {
    std::unique_ptr<VaeModel> model(new VaeModel);
    IMAGO_ASSIGN(model->m_config, bind<VaeConfig>(config));
    const VaeConfig& c = model->m_config;
    const bool codes = c.latent.prior == "codes";
    if (shape.height < 8 || shape.width < 8 || shape.height > 256 || shape.width > 256)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("A VAE learns from pictures of 8 to 256 pixels a side; these are {width} x {height}."),
                     {{"width", std::to_string(shape.width)}, {"height", std::to_string(shape.height)}},
                     IMAGO_TR("Choose another size of the pictures."),
                     "data.resolution"};
    model->m_json = toJson(c);
    model->m_shape = shape;
    model->m_classes = c.loss.classConditional ? static_cast<int>(shape.classNames.size()) : 0;
    const NetworkShape network = networkShape(c.network, codes, shape.channels, shape.height, shape.width);
    for (const int channels : network.channels)
        if (channels % 8 != 0)
            return Error{ErrorCode::BadInput,
                         IMAGO_TR("Channels come in multiples of 8; {channels} is not one."),
                         {{"channels", std::to_string(channels)}},
                         {},
                         "network.channels"};
    model->m_network = network;
    model->m_arena = std::make_unique<nn::ParameterArena>();
    nn::ParameterArena& arena = *model->m_arena;
    model->m_encoder.emplace(arena, network);
    model->m_decoder.emplace(arena, network, codes ? kIdleEmbedding : kEmbedding);
    if (codes) {
        model->m_toCode = nn::Conv2d(arena, "to_code", network.lowest(), c.latent.codeDims, 1);
        model->m_fromCode = nn::Conv2d(arena, "from_code", c.latent.codeDims, network.lowest(), 3);
        model->m_book.emplace(arena, c.latent.codes, c.latent.codeDims);
        model->m_prior.emplace(arena, c.latent, model->m_classes, network.height, network.width);
    } else {
        const int flat = network.lowest() * network.height * network.width, dims = c.latent.dims;
        model->m_toLatent = nn::Linear(arena, "to_latent", flat, 2 * dims);
        model->m_fromLatent = nn::Linear(arena, "from_latent", dims, flat);
        model->m_steer = nn::Linear(arena, "steer", dims, kEmbedding);
        if (model->m_classes > 0)
            model->m_label = arena.add("label.weight", {model->m_classes + 1, kEmbedding}, nn::Init::normal(0.5), nn::Role::LabelTable);
        if (c.loss.variance != "fixed") {
            const std::int64_t count = c.loss.variance == "pixel" ? std::int64_t{shape.channels} * shape.height * shape.width : 1;
            model->m_deviation = arena.add("output.deviation", {count}, nn::Init::constant(0));
        }
        model->m_mixture.emplace(arena, c.latent.prior == "mixture" ? c.latent.components : 1, dims, model->m_classes);
    }
    arena.allocate(device, seed);
    return std::unique_ptr<GenerativeModel>(std::move(model));
}

VaeModel::~VaeModel() = default;

const std::string& VaeModel::familyId() const {
    static const std::string id = "vae";
    return id;
}

nn::Compute VaeModel::compute() const {
    const std::string& wanted = m_config.optimizer.precision;
    const auto precision = wanted == "fp32" ? nn::Precision::Fp32 : wanted == "bf16" ? nn::Precision::Bf16 : nn::Precision::Auto;
    return {*m_arena, nn::resolvePrecision(precision, m_arena->device().isCuda())};
}

VaeModel::Posterior VaeModel::encode(const Tensor& x) const {
    const auto with = compute();
    const Tensor h = m_encoder->forward(with, x).to(torch::kFloat).permute({0, 2, 3, 1}).reshape({x.size(0), -1});
    const auto parts = m_toLatent.forward(with, h).chunk(2, 1);
    return {parts[0], parts[1].clamp(kLeastLogVariance, kMostLogVariance)};
}

Tensor VaeModel::decode(const Tensor& z, const Tensor& labels) const {
    const auto with = compute();
    const Tensor h = m_fromLatent.forward(with, z).view({z.size(0), m_network.height, m_network.width, m_network.lowest()});
    Tensor steer = m_steer.forward(with, z);
    if (m_label >= 0) steer = steer + torch::embedding(m_arena->weight(m_label), labels);
    return m_decoder->forward(with, h.permute({0, 3, 1, 2}), torch::silu(steer), m_shape.height, m_shape.width);
}

Tensor VaeModel::outputVariance() const {
    const auto options = torch::TensorOptions().dtype(torch::kFloat).device(torchDevice(m_arena->device()));
    if (m_deviation < 0) return torch::full({1}, m_config.loss.deviation * m_config.loss.deviation, options);
    const Tensor log = m_arena->weight(m_deviation) * kDeviationSpeed + std::log(kFirstDeviation);
    const Tensor variance = (log * 2).exp() + kLeastDeviation * kLeastDeviation;
    return m_config.loss.variance == "pixel" ? variance.view({m_shape.channels, m_shape.height, m_shape.width}) : variance;
}

Tensor VaeModel::features(const Tensor& x) const {
    const auto with = compute();
    const Tensor h = m_toCode.forward(with, m_encoder->forward(with, x)).to(torch::kFloat);
    return h.permute({0, 2, 3, 1}).reshape({-1, m_config.latent.codeDims});
}

Tensor VaeModel::decodeVectors(const Tensor& rows, std::int64_t count) const {
    const auto with = compute();
    const Tensor q = rows.view({count, m_network.height, m_network.width, m_config.latent.codeDims}).permute({0, 3, 1, 2});
    const Tensor idle = torch::zeros({count, kIdleEmbedding}, rows.options());
    const Tensor h = m_fromCode.forward(with, q.to(with.type()).contiguous(torch::MemoryFormat::ChannelsLast));
    return m_decoder->forward(with, h, idle, m_shape.height, m_shape.width);
}

Tensor VaeModel::codeScores(const Tensor& tokens, const Tensor& labels) const {
    return m_prior->forward(compute(), tokens, labels);
}

std::unique_ptr<LatentSpace> VaeModel::latentSpace() {
    return std::make_unique<VaeLatents>(*this);
}

Result<std::unique_ptr<SamplingProcess>> VaeModel::beginSampling(const SamplingJobSpec& spec) {
    return VaeSampling::make(*this, spec);
}

}  // namespace imago::vae
