#include "core/evaluate/feature_nets.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/hash.h"
#include "core/base/random.h"
#include "core/models/classifier/classifier.h"
#include "core/models/model_file.h"
#include "core/models/shipped.h"
#include "core/nn/torch_pch.h"
#include "core/nn/yield_point.h"
#include "core/tensor/tensor_image.h"

namespace imago::evaluate {

namespace fs = std::filesystem;

namespace {

class ClassifierFeatures final : public FeatureNet {
  public:
    ClassifierFeatures(LoadedModel loaded, classifier::Classifier& model, std::string id)
        : m_loaded(std::move(loaded)), m_model(model), m_id(std::move(id)) {}

    std::string id() const override { return m_id; }
    std::string sha256() const override { return m_loaded.sha256; }
    std::int64_t dims() const override { return m_model.featureDims(); }
    bool fits(const PictureSet& pictures) const override {
        const DataShape& s = m_model.shape();
        return s.channels == pictures.channels && s.height == pictures.height && s.width == pictures.width;
    }
    void read(const PictureSet& pictures, std::int64_t from, std::int64_t count, Features& features) override {
        const auto reading = m_model.read(pictures.picture(from), count, pictures.height, pictures.width);
        features.dims = dims();
        features.rows += count;
        features.values.insert(features.values.end(), reading.features.begin(), reading.features.end());
    }

  private:
    LoadedModel m_loaded;
    classifier::Classifier& m_model;
    std::string m_id;
};

// Convolution 3x3, leaky ReLU, average pooling, until little is left of the picture; then the mean over what is. No
// normalisation: it would hide wrong contrast.
class RandomFeatures final : public FeatureNet {
  public:
    RandomFeatures(int number, int channels) : m_number(number), m_channels(channels) {
        int in = channels;
        Sha256 hash;
        for (std::size_t l = 0; l < kWidths.size(); ++l) {
            const int out = kWidths[l];
            auto weight = torch::empty({out, in, 3, 3});
            const std::span<float> values(weight.data_ptr<float>(), static_cast<std::size_t>(weight.numel()));
            fillNormal({1000 + static_cast<std::uint64_t>(number), Purpose::Init, l}, 0, values);
            weight.mul_(std::sqrt(2.0 / (9 * in)));
            hash.update({reinterpret_cast<const std::uint8_t*>(values.data()), values.size_bytes()});
            m_weights.push_back(weight.contiguous(torch::MemoryFormat::ChannelsLast));
            in = out;
        }
        m_hash = toHex(hash.finish());
    }

    std::string id() const override { return "random-" + std::to_string(m_number); }
    std::string sha256() const override { return m_hash; }
    std::int64_t dims() const override { return kWidths.back(); }
    bool fits(const PictureSet& pictures) const override { return pictures.channels == m_channels; }
    void read(const PictureSet& pictures, std::int64_t from, std::int64_t count, Features& features) override {
        const torch::NoGradGuard guard;
        features.dims = dims();
        features.rows += count;
        for (std::int64_t at = from; at < from + count; at += kBatch) {
            const std::int64_t n = std::min(kBatch, from + count - at);
            const auto bytes = torch::from_blob(const_cast<std::uint8_t*>(pictures.picture(at)),
                                                {n, pictures.height, pictures.width, pictures.channels}, torch::kUInt8);
            auto x = floatPixels(bytes).contiguous(torch::MemoryFormat::ChannelsLast);
            for (const auto& weight : m_weights) {
                x = torch::leaky_relu(torch::conv2d(x, weight, {}, 1, 1), 0.2);
                if (std::min(x.size(2), x.size(3)) >= 4) x = torch::avg_pool2d(x, 2);
                nn::yieldNow();
            }
            const auto out = x.mean(at::IntArrayRef{2, 3}).contiguous();
            features.values.insert(features.values.end(), out.data_ptr<float>(), out.data_ptr<float>() + out.numel());
        }
    }

  private:
    static constexpr std::array<int, 4> kWidths{32, 64, 128, 128};
    static constexpr std::int64_t kBatch = 100;
    int m_number, m_channels;
    std::vector<torch::Tensor> m_weights;
    std::string m_hash;
};

}  // namespace

Result<std::unique_ptr<FeatureNet>> openClassifierNet(const fs::path& file) {
    IMAGO_ASSIGN(LoadedModel loaded, readModel(file));
    auto* model = dynamic_cast<classifier::Classifier*>(loaded.model.get());
    if (!model) {
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("{file} holds a model of the kind “{family}”, not a classifier."),
                     {{"file", file.string()}, {"family", loaded.info.family}}};
    }
    return std::unique_ptr<FeatureNet>(std::make_unique<ClassifierFeatures>(std::move(loaded), *model, file.stem().string()));
}

std::vector<std::unique_ptr<FeatureNet>> makeRandomNets(int channels) {
    std::vector<std::unique_ptr<FeatureNet>> nets;
    for (int i = 1; i <= 3; ++i) nets.push_back(std::make_unique<RandomFeatures>(i, channels));
    return nets;
}

std::optional<fs::path> shippedClassifier(bool second) {
    return shippedModel(second ? "fashion-classifier-2" : "fashion-classifier");
}

Json Evaluator::describe() const {
    Json list = Json::array();
    for (const auto& net : nets) list.push_back({{"id", net->id()}, {"sha256", net->sha256()}, {"dims", net->dims()}});
    return {{"networks", list}, {"why", why}};
}

Result<Evaluator> makeEvaluator(const PictureSet& shape) {
    Evaluator evaluator;
    if (const auto file = shippedClassifier()) {
        IMAGO_ASSIGN(auto net, openClassifierNet(*file));
        if (net->fits(shape)) {
            evaluator.why = "features of our own clothes classifier, computed in fp32";
            evaluator.nets.push_back(std::move(net));
            return evaluator;
        }
        evaluator.why = "the pictures do not have the size and colours that our classifier knows";
    } else {
        evaluator.why = "the classifier's file is not installed";
    }
    evaluator.why += ": features of three networks with fixed random weights, the mean of their figures";
    evaluator.nets = makeRandomNets(shape.channels);
    return evaluator;
}

}  // namespace imago::evaluate
