#include "core/evaluate/frechet.h"

#include <algorithm>
#include <cassert>

#include "core/nn/torch_pch.h"

namespace imago::evaluate {

namespace {

torch::Tensor wrap(const std::vector<double>& values, std::vector<std::int64_t> shape) {
    return torch::from_blob(const_cast<double*>(values.data()), shape, torch::kFloat64);
}

}  // namespace

GaussianFit fitGaussian(const Features& features) {
    assert(features.rows >= 2);
    const torch::NoGradGuard guard;
    const auto x = torch::from_blob(const_cast<float*>(features.values.data()), {features.rows, features.dims}, torch::kFloat32);
    const auto wide = x.to(torch::kFloat64);
    const auto mean = wide.mean(0);
    const auto centred = wide - mean;
    const auto covariance = centred.t().mm(centred).div(static_cast<double>(features.rows - 1)).contiguous();
    GaussianFit fit;
    fit.rows = features.rows;
    fit.dims = features.dims;
    fit.mean.assign(mean.data_ptr<double>(), mean.data_ptr<double>() + features.dims);
    fit.covariance.assign(covariance.data_ptr<double>(), covariance.data_ptr<double>() + features.dims * features.dims);
    return fit;
}

double frechetDistance(const GaussianFit& a, const GaussianFit& b) {
    assert(a.dims == b.dims);
    const torch::NoGradGuard guard;
    const auto c1 = wrap(a.covariance, {a.dims, a.dims});
    const auto c2 = wrap(b.covariance, {b.dims, b.dims});
    // C1 C2 is similar to the symmetric S C2 S with S = C1^(1/2), so the trace of its root is the sum of the roots of
    // that matrix's eigenvalues: two symmetric problems, no complex numbers, no failing Schur decomposition.
    const auto [values, vectors] = torch::linalg_eigh(c1, "L");
    const auto root = vectors.mul(values.clamp_min(0).sqrt().unsqueeze(0)).mm(vectors.t());
    const auto product = root.mm(c2).mm(root);
    const auto traceOfRoot = torch::linalg_eigvalsh(product.add(product.t()).mul(0.5), "L").clamp_min(0).sqrt().sum().item<double>();
    const auto means = wrap(a.mean, {a.dims}).sub(wrap(b.mean, {b.dims})).square().sum().item<double>();
    const auto traces = c1.diagonal().sum().item<double>() + c2.diagonal().sum().item<double>();
    return std::max(0.0, means + traces - 2 * traceOfRoot);
}

}  // namespace imago::evaluate
