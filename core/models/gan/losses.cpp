#include "core/models/gan/losses.h"

#include <cmath>

#include "core/nn/torch_pch.h"

namespace imago::gan {

using torch::Tensor;

namespace {

// [N (N - 1) / 2] distances of all pairs, divided by the root of the number of values: 0 .. 2.
Tensor pairDistances(const Tensor& x) {
    const Tensor flat = x.detach().flatten(1).contiguous();
    return torch::pdist(flat) / std::sqrt(static_cast<double>(flat.size(1)));
}

}  // namespace

Result<Game> parseGame(const std::string& text) {
    if (text == "relativistic") return Game::Relativistic;
    if (text == "cross_entropy") return Game::CrossEntropy;
    if (text == "least_squares") return Game::LeastSquares;
    if (text == "hinge") return Game::Hinge;
    if (text == "wasserstein") return Game::Wasserstein;
    return Error{ErrorCode::BadInput, IMAGO_TR("There is no game named “{name}”."), {{"name", text}}, {}, "loss.kind"};
}

Tensor criticLoss(Game game, const Tensor& real, const Tensor& fake) {
    switch (game) {
        case Game::Relativistic:
            return torch::softplus(fake - real).mean();
        case Game::CrossEntropy:
            return torch::softplus(-real).mean() + torch::softplus(fake).mean();
        case Game::LeastSquares:
            return ((real - 1).square().mean() + fake.square().mean()) / 2;
        case Game::Hinge:
            return torch::relu(1 - real).mean() + torch::relu(1 + fake).mean();
        case Game::Wasserstein:
            break;
    }
    return fake.mean() - real.mean();
}

Tensor generatorLoss(Game game, const Tensor& real, const Tensor& fake) {
    switch (game) {
        case Game::Relativistic:
            return torch::softplus(real - fake).mean();
        case Game::CrossEntropy:
            return torch::softplus(-fake).mean();
        case Game::LeastSquares:
            return (fake - 1).square().mean() / 2;
        case Game::Hinge:
        case Game::Wasserstein:
            break;
    }
    return -fake.mean();
}

namespace {

Tensor slope(const Scores& critic, const Tensor& at) {  // [N, ...] gradient of each score by its own picture
    const Tensor x = at.detach().requires_grad_(true);
    return torch::autograd::grad({critic(x).sum()}, {x}, {}, true, true)[0];
}

}  // namespace

Tensor slopeSquared(const Scores& critic, const Tensor& x) {
    return slope(critic, x).square().flatten(1).sum(1).mean();
}

Tensor slopeFromOne(const Scores& critic, const Tensor& real, const Tensor& fake, const Tensor& share) {
    // The small number keeps the root differentiable where the slope is nothing.
    const Tensor norm = (slope(critic, real + share * (fake - real)).square().flatten(1).sum(1) + 1e-12).sqrt();
    return (norm - 1).square().mean();
}

Tensor slopeSquaredFromNoise(const Tensor& scores, const Tensor& noisyScores, double noise) {
    return (noisyScores - scores).square().mean() / (noise * noise);
}

Tensor toldApart(const Tensor& real, const Tensor& fake) {
    const Tensor difference = real.detach().unsqueeze(1) - fake.detach().unsqueeze(0);
    return (difference.sign().mean() + 1) / 2;
}

Tensor meanDistance(const Tensor& x) {
    return pairDistances(x).mean();
}

Tensor twins(const Tensor& x, const Tensor& scale, double share) {
    return (pairDistances(x) < share * scale).to(torch::kFloat).mean();
}

}  // namespace imago::gan
