#include "core/models/latent_space.h"

#include "core/nn/torch_pch.h"

namespace imago {

namespace {

Error cannot(const char* what) {
    return {ErrorCode::BadInput, what, {}, IMAGO_TR("Choose a model of another family: a VAE can.")};
}

}  // namespace

LatentSpace::Statistics LatentSpace::statistics() const {
    const auto d = static_cast<std::size_t>(dimension());
    return {std::vector<float>(d, 0.0F), std::vector<float>(d, 1.0F)};
}

Result<at::Tensor> LatentSpace::decode(const at::Tensor&, const std::vector<int>&) {
    return cannot(IMAGO_TR("This model cannot make pictures from latent numbers."));
}

Result<at::Tensor> LatentSpace::encode(const at::Tensor&) {
    return cannot(IMAGO_TR("This model makes pictures but cannot look into them."));
}

std::vector<double> LatentSpace::codeFrequencies() const {
    const auto count = static_cast<std::size_t>(codeCount());
    return std::vector<double>(count, count ? 1.0 / static_cast<double>(count) : 0.0);
}

Result<at::Tensor> LatentSpace::encodeCodes(const at::Tensor&) {
    return cannot(IMAGO_TR("This model has no codes."));
}

Result<at::Tensor> LatentSpace::decodeCodes(const at::Tensor&) {
    return cannot(IMAGO_TR("This model has no codes."));
}

}  // namespace imago
