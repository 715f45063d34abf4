#include "core/diffusion/denoiser.h"

#include <torch/types.h>

namespace imago {

Result<Target> parseTarget(const std::string& id) {
    if (id == "edm") return Target::Edm;
    if (id == "x0") return Target::X0;
    if (id == "eps") return Target::Eps;
    if (id == "v") return Target::V;
    if (id == "flow") return Target::Flow;
    return Error{
        ErrorCode::BadInput, IMAGO_TR("There is no training target “{id}”. There are: edm, x0, eps, v, flow."), {{"id", id}}, {}, "target"};
}

at::Tensor guide(const at::Tensor& conditional, const at::Tensor& unconditional, double scale) {
    return unconditional + (conditional - unconditional) * scale;
}

Denoiser guidedDenoiser(LabelledDenoiser denoiser, const at::Tensor& labels, std::int64_t noClass, double scale) {
    if (scale == 1.0) {
        return [denoiser = std::move(denoiser), labels](const at::Tensor& x, double sigma) { return denoiser(x, sigma, labels); };
    }
    const at::Tensor both = at::cat({labels, at::full_like(labels, noClass)});
    return [denoiser = std::move(denoiser), both, scale](const at::Tensor& x, double sigma) {
        const auto halves = denoiser(at::cat({x, x}), sigma, both).chunk(2);
        return guide(halves[0], halves[1], scale);
    };
}

}  // namespace imago
