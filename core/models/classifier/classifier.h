// Classifier: the model of the classifier family. It makes no pictures; it names them, and its features are what
// `imago evaluate` measures distances in. Compute thread.
#pragma once

#include <memory>

#include "core/models/classifier/config.h"
#include "core/models/generative_model.h"

namespace imago::classifier {

class ClassifierNet;

class Classifier : public GenerativeModel {
  public:
    static Result<std::unique_ptr<GenerativeModel>> make(const Json& config, const DataShape& shape, std::uint64_t seed,
                                                         const Device& device);
    ~Classifier() override;

    const std::string& familyId() const override;
    const DataShape& shape() const override { return m_shape; }
    const Json& config() const override { return m_json; }
    nn::ParameterArena& parameters() override { return *m_arena; }
    Result<std::unique_ptr<SamplingProcess>> beginSampling(const SamplingJobSpec& spec) override;  // always BadInput

    const ClassifierConfig& settings() const { return m_config; }
    ClassifierNet& net() { return *m_net; }

    struct Reading {
        std::vector<float> features;        // [count, featureDims]
        std::vector<std::int32_t> classes;  // [count] the likeliest class
        std::vector<float> sure;            // [count] its probability, 0 .. 1
    };
    // What the network says of `count` pictures, uint8 [count, H, W, C]; with the averaged weights, in fp32 on every
    // machine, in batches of a fixed size, so that figures do not depend on bf16 units or on how callers split the work.
    Reading read(const std::uint8_t* pixels, std::int64_t count, int height, int width);
    int featureDims() const;

  private:
    Classifier() = default;

    ClassifierConfig m_config;
    DataShape m_shape;
    Json m_json;
    std::unique_ptr<nn::ParameterArena> m_arena;
    std::unique_ptr<ClassifierNet> m_net;
};

}  // namespace imago::classifier
