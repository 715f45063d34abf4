// Mixture: Gaussians with full covariances over a latent space, each with a share of every class, fitted while the model
// trains by stepwise EM (Cappe & Moulines 2009). Its numbers are parameters of the model without gradients, so that model
// files and checkpoints hold them and resuming needs nothing else. Compute thread.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "core/nn/parameters.h"

namespace imago::vae {

class Mixture {
  public:
    Mixture(nn::ParameterArena& arena, int components, int dims, int classes);

    int components() const { return m_components; }
    int dims() const { return m_dims; }

    // One step of EM towards the rows of z [N, dims] (labels int64 [N], -1 or `classes` = not known; may be undefined), which
    // count as `rate` of everything seen. Starts from the rows themselves. Rows that are not finite change nothing.
    // key: of the draws that place components which have fallen idle.
    void update(const torch::Tensor& z, const torch::Tensor& labels, double rate, std::uint64_t seed, std::uint64_t step);

    // Log density of each row, natural logarithm. [N]
    torch::Tensor logDensity(const torch::Tensor& z) const;

    // On the host, from the averaged or the present numbers (as the arena's source says).
    struct Host {
        int components = 0, dims = 0, classes = 0;
        std::vector<double> weights;                      // [K]
        std::vector<double> means;                        // [K, D]
        std::vector<double> factors;                      // [K, D, D], lower triangular: covariance = F F^T
        std::vector<double> shares;                       // [K, classes]
        std::vector<double> mean, deviation;              // [D], of the whole
        bool fitted() const { return !weights.empty(); }  // false: nothing has been seen

        // A draw: u chooses the component (and with it the class, when label is -1 and classes are known: written back),
        // normals [dims] the place in it.
        void draw(double u, const float* normals, double temperature, int& label, float* z) const;
    };
    Host onHost() const;

  private:
    struct Values {
        torch::Tensor weights;      // [K]
        torch::Tensor means;        // [K, D]
        torch::Tensor covariances;  // [K, D, D]
        torch::Tensor shares;       // [K, classes]; undefined without classes
    };
    static constexpr torch::Tensor Values::*kParts[] = {&Values::weights, &Values::means, &Values::covariances, &Values::shares};
    Values valuesOf(const std::function<torch::Tensor(nn::ParameterId)>& read) const;

    // log p(z, k | label) [N, K]
    torch::Tensor joint(const torch::Tensor& z, const torch::Tensor& labels, const Values& of) const;
    // The parts of update().
    Values startedFrom(const torch::Tensor& z, std::uint64_t seed, std::uint64_t step) const;
    void learn(Values& values, const torch::Tensor& z, const torch::Tensor& labels, double rate) const;
    void reviveIdlest(Values& values, std::uint64_t seed, std::uint64_t step) const;

    nn::ParameterArena& m_arena;
    int m_components, m_dims, m_classes;
    nn::ParameterId m_weights = -1, m_means = -1, m_covariances = -1, m_shares = -1;
};

// How much step number t of stepwise EM counts: (t + 2)^-0.6, at least `least`.
double stepwiseRate(std::int64_t step, double least = 2e-3);

}  // namespace imago::vae
