// Codebook: the dictionary of a VQ-VAE (van den Oord et al. 2017), its codes moving averages of the vectors that chose them
// (their appendix A.1), and codes that nobody chooses put where vectors are (after Dhariwal et al. 2020). Its numbers are
// parameters without gradients, so that model files and checkpoints hold them. Deterministic. Compute thread.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "core/nn/parameters.h"

namespace imago::vae {

class Codebook {
  public:
    Codebook(nn::ParameterArena& arena, int codes, int dims);

    int codes() const { return m_codes; }
    int dims() const { return m_dims; }

    torch::Tensor nearest(const torch::Tensor& rows) const;     // rows: [M, dims] -> int64 [M]
    torch::Tensor vectors(const torch::Tensor& indices) const;  // int64 [...] -> [..., dims], no gradient
    // After the backward pass of a batch (parameters must not change between forward and backward): each code moves towards
    // the mean of the rows that chose it. share: of the batch, where it is taken in parts ...
    void update(const torch::Tensor& rows, const torch::Tensor& indices, double share = 1);
    // ... and codes that have all but fallen out of use move onto rows of the batch, drawn by (seed, step).
    void revive(const torch::Tensor& rows, std::uint64_t seed, std::uint64_t step, double share = 1);
    std::vector<double> frequencies() const;  // how often each code has been chosen lately; sums to 1

    static constexpr double kDecay = 0.99;

  private:
    nn::ParameterArena& m_arena;
    int m_codes, m_dims;
    nn::ParameterId m_vectors = -1, m_sums = -1, m_counts = -1;
};

}  // namespace imago::vae
