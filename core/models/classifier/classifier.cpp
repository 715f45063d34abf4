#include "core/models/classifier/classifier.h"

#include <algorithm>

#include "core/config/bind.h"
#include "core/models/classifier/nets.h"
#include "core/models/sampling.h"
#include "core/nn/torch_pch.h"
#include "core/tensor/tensor_image.h"

namespace imago::classifier {

namespace {
constexpr std::int64_t kReadBatch = 250;
}

Result<std::unique_ptr<GenerativeModel>> Classifier::make(const Json& config, const DataShape& shape, std::uint64_t seed,
                                                          const Device& device) {
    std::unique_ptr<Classifier> model(new Classifier);
    IMAGO_ASSIGN(model->m_config, bind<ClassifierConfig>(config));
    const NetworkSection& network = model->m_config.network;
    if (shape.classNames.size() < 2)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("A classifier needs pictures of at least two classes; these have none."),
                     {},
                     IMAGO_TR("Put the pictures of each class into a folder of its own."),
                     "data"};
    if (shape.height < 1 << network.levels || shape.width < 1 << network.levels)
        return Error{
            ErrorCode::BadInput,
            IMAGO_TR("Pictures of {width} x {height} are too small for a network with {levels} levels."),
            {{"width", std::to_string(shape.width)}, {"height", std::to_string(shape.height)}, {"levels", std::to_string(network.levels)}},
            IMAGO_TR("Use fewer levels, or larger pictures."),
            "network.levels"};
    model->m_json = toJson(model->m_config);
    model->m_shape = shape;
    model->m_arena = std::make_unique<nn::ParameterArena>();
    model->m_net = std::make_unique<ClassifierNet>(*model->m_arena, network, shape.channels, static_cast<int>(shape.classNames.size()));
    model->m_arena->allocate(device, seed);
    return std::unique_ptr<GenerativeModel>(std::move(model));
}

Classifier::~Classifier() = default;

const std::string& Classifier::familyId() const {
    static const std::string id = "classifier";
    return id;
}

Result<std::unique_ptr<SamplingProcess>> Classifier::beginSampling(const SamplingJobSpec&) {
    return Error{ErrorCode::BadInput,
                 IMAGO_TR("A classifier names pictures; it cannot make any."),
                 {},
                 IMAGO_TR("Choose a model of another family. `imago evaluate` says how often this one is right.")};
}

int Classifier::featureDims() const {
    return m_net->featureDims();
}

Classifier::Reading Classifier::read(const std::uint8_t* pixels, std::int64_t count, int height, int width) {
    const torch::NoGradGuard guard;
    const nn::AverageScope average(*m_arena);
    const std::int64_t each = std::int64_t{height} * width * m_shape.channels;
    Reading out;
    out.features.resize(static_cast<std::size_t>(count * featureDims()));
    out.classes.resize(static_cast<std::size_t>(count));
    out.sure.resize(static_cast<std::size_t>(count));
    // The last batch is padded: the same picture gives the same bits wherever it stands.
    auto batch = torch::zeros({kReadBatch, height, width, m_shape.channels}, torch::kUInt8);
    for (std::int64_t from = 0; from < count; from += kReadBatch) {
        const std::int64_t n = std::min(kReadBatch, count - from);
        std::copy_n(pixels + from * each, n * each, batch.data_ptr<std::uint8_t>());
        const auto x = floatPixels(batch.to(torchDevice(m_arena->device())));
        const auto y = m_net->forward(x, nn::Precision::Fp32);
        const auto features = y.features.cpu().contiguous();
        const auto [chance, likeliest] = torch::softmax(y.logits.to(torch::kFloat), 1).max(1);
        const auto classes = likeliest.to(torch::kInt32).cpu().contiguous();
        const auto sure = chance.cpu().contiguous();
        std::copy_n(features.data_ptr<float>(), n * featureDims(), out.features.data() + from * featureDims());
        std::copy_n(classes.data_ptr<std::int32_t>(), n, out.classes.data() + from);
        std::copy_n(sure.data_ptr<float>(), n, out.sure.data() + from);
    }
    return out;
}

}  // namespace imago::classifier
