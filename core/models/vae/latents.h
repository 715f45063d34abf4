// VaeLatents: the VAE's latent space as sliders, walks and `imago compress` see it. With codes, the numbers are the codes'
// vectors, place after place; decoding takes the nearest codes. Compute thread.
#pragma once

#include <functional>

#include "core/models/latent_space.h"

namespace imago::vae {

class VaeModel;

class VaeLatents final : public LatentSpace {
  public:
    explicit VaeLatents(VaeModel& model) : m_model(model) {}  // the model must outlive it

    int dimension() const override;
    Statistics statistics() const override;
    Result<at::Tensor> decode(const at::Tensor& z, const std::vector<int>& classes = {}) override;
    bool encodes() const override { return true; }
    Result<at::Tensor> encode(const at::Tensor& pixels) override;
    int codeCount() const override;
    int places() const override;
    std::vector<double> codeFrequencies() const override;
    Result<at::Tensor> encodeCodes(const at::Tensor& pixels) override;
    Result<at::Tensor> decodeCodes(const at::Tensor& codes) override;

  private:
    VaeModel& m_model;
};

}  // namespace imago::vae
