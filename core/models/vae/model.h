// VaeModel: encoder, decoder and what new pictures are drawn from: a bell curve, a fitted mixture, or codes with a small
// network that knows how they follow each other. Compute thread.
#pragma once

#include <torch/types.h>

#include <memory>
#include <optional>

#include "core/models/generative_model.h"
#include "core/models/vae/codebook.h"
#include "core/models/vae/config.h"
#include "core/models/vae/mixture.h"
#include "core/models/vae/nets.h"

namespace imago::vae {

class VaeModel final : public GenerativeModel {
  public:
    static Result<std::unique_ptr<GenerativeModel>> make(const Json& config, const DataShape& shape, std::uint64_t seed,
                                                         const Device& device);
    ~VaeModel() override;

    const std::string& familyId() const override;
    const DataShape& shape() const override { return m_shape; }
    const Json& config() const override { return m_json; }
    nn::ParameterArena& parameters() override { return *m_arena; }
    std::unique_ptr<LatentSpace> latentSpace() override;
    Result<std::unique_ptr<SamplingProcess>> beginSampling(const SamplingJobSpec& spec) override;

    const VaeConfig& settings() const { return m_config; }
    int classes() const { return m_classes; }  // 0: unconditional; label classes() means "no class"
    bool usesCodes() const { return m_book.has_value(); }
    int height() const { return m_network.height; }  // of the lowest level: what codes stand on
    int width() const { return m_network.width; }
    nn::Compute compute() const;  // with the arena's present source

    // Spaces of numbers. x: [N, C, H, W] fp32; labels: int64 [N] in 0..classes(), may be undefined without classes.
    struct Posterior {
        torch::Tensor mean, logVariance;  // [N, dims] fp32
    };
    Posterior encode(const torch::Tensor& x) const;
    torch::Tensor decode(const torch::Tensor& z, const torch::Tensor& labels) const;  // z: [N, dims] -> [N, C, H, W] fp32
    Mixture& mixture() { return *m_mixture; }
    // The output's variance, one number or [C, H, W].
    torch::Tensor outputVariance() const;

    // Spaces of codes.
    torch::Tensor features(const torch::Tensor& x) const;                                      // -> [N * h * w, code_dims] fp32
    torch::Tensor decodeVectors(const torch::Tensor& rows, std::int64_t count) const;          // rows as above
    torch::Tensor codeScores(const torch::Tensor& tokens, const torch::Tensor& labels) const;  // see TokenPrior
    Codebook& book() { return *m_book; }

  private:
    VaeModel() = default;

    VaeConfig m_config;
    Json m_json;
    DataShape m_shape;
    NetworkShape m_network;
    int m_classes = 0;
    std::unique_ptr<nn::ParameterArena> m_arena;
    std::optional<Encoder> m_encoder;
    std::optional<Decoder> m_decoder;
    // Numbers
    nn::Linear m_toLatent, m_fromLatent, m_steer;
    nn::ParameterId m_label = -1, m_deviation = -1;
    std::optional<Mixture> m_mixture;
    // Codes
    nn::Conv2d m_toCode, m_fromCode;
    std::optional<Codebook> m_book;
    std::optional<TokenPrior> m_prior;
};

}  // namespace imago::vae
