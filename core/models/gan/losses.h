// The games that critic and generator can play, as pure functions of scores, and the penalties that keep the critic smooth.
// Compute thread.
#pragma once

#include <torch/types.h>

#include <functional>
#include <string>

#include "core/base/result.h"

namespace imago::gan {

enum class Game { Relativistic, CrossEntropy, LeastSquares, Hinge, Wasserstein };
Result<Game> parseGame(const std::string& text);

// real, fake: [N] scores. Means over the batch.
//   Relativistic (Jolicoeur-Martineau 2019; pairs as in Huang et al. 2024, eq. 2): softplus(fake - real); mirrored.
//   CrossEntropy (Goodfellow et al. 2014, the generator's non-saturating): softplus(-real) + softplus(fake); softplus(-fake).
//   LeastSquares (Mao et al. 2017, targets 1 and 0): ((real - 1)^2 + fake^2) / 2; (fake - 1)^2 / 2.
//   Hinge (Lim & Ye 2017): relu(1 - real) + relu(1 + fake); -fake.
//   Wasserstein (Arjovsky et al. 2017): fake - real; -fake.
torch::Tensor criticLoss(Game game, const torch::Tensor& real, const torch::Tensor& fake);
torch::Tensor generatorLoss(Game game, const torch::Tensor& real, const torch::Tensor& fake);  // real: used by pairs only

using Scores = std::function<torch::Tensor(const torch::Tensor& x)>;  // [N, C, H, W] -> [N]

// Mean over the batch of |grad D|^2 at x: R1 at real, R2 at made pictures (Mescheder et al. 2018, eq. 9). Differentiates twice.
torch::Tensor slopeSquared(const Scores& critic, const torch::Tensor& x);
// Mean of (|grad D| - 1)^2 at real + share (fake - real), share: [N, 1, 1, 1] (Gulrajani et al. 2017, eq. 3).
torch::Tensor slopeFromOne(const Scores& critic, const torch::Tensor& real, const torch::Tensor& fake, const torch::Tensor& share);
// What stands for slopeSquared without a second derivative: for noise of deviation s, E (D(x + s n) - D(x))^2 = s^2 |grad D|^2
// to first order (Lin et al. 2025, "Diffusion adversarial post-training", section 3.4).
torch::Tensor slopeSquaredFromNoise(const torch::Tensor& scores, const torch::Tensor& noisyScores, double noise);

// Where scores stand, whatever their zero and scale. toldApart: share of (real, fake) pairs that the critic puts in order;
// 0.5 is guessing. Ties count half.
torch::Tensor toldApart(const torch::Tensor& real, const torch::Tensor& fake);
// Mean distance of two pictures of a batch, in the root mean square of a pixel. x: [N, C, H, W].
torch::Tensor meanDistance(const torch::Tensor& x);
// Share of pairs nearer than `share` times `scale`.
torch::Tensor twins(const torch::Tensor& x, const torch::Tensor& scale, double share);

}  // namespace imago::gan
