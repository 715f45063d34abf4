#include "core/models/vae/codebook.h"

#include <cmath>

#include "core/nn/torch_pch.h"
#include "core/tensor/random_tensor.h"

namespace imago::vae {

using torch::Tensor;
using Buffer = nn::ParameterArena::Buffer;

namespace {
constexpr double kIdle = 0.03;  // of a code's fair share of a batch
}

// One extent each: arrays of fewer than two extents are never decayed by the optimizer.
Codebook::Codebook(nn::ParameterArena& arena, int codes, int dims) : m_arena(arena), m_codes(codes), m_dims(dims) {
    m_vectors = arena.add("codebook.vectors", {std::int64_t{codes} * dims}, nn::Init::normal(1));
    m_sums = arena.add("codebook.sums", {std::int64_t{codes} * dims}, nn::Init::constant(0));
    m_counts = arena.add("codebook.counts", {codes}, nn::Init::constant(0));
}

Tensor Codebook::nearest(const Tensor& rows) const {
    const torch::NoGradGuard noGradients;
    const Tensor book = m_arena.weight(m_vectors).view({m_codes, m_dims});
    // |r - c|^2 = |r|^2 - 2 r c + |c|^2; |r|^2 is the same for all codes.
    return (book.square().sum(1).unsqueeze(0) - rows.matmul(book.transpose(0, 1)) * 2).argmin(1);
}

Tensor Codebook::vectors(const Tensor& indices) const {
    const torch::NoGradGuard noGradients;
    return torch::embedding(m_arena.weight(m_vectors).view({m_codes, m_dims}), indices);
}

void Codebook::revive(const Tensor& rows, std::uint64_t seed, std::uint64_t step, double share) {
    const torch::NoGradGuard noGradients;
    const double fair = static_cast<double>(rows.size(0)) / (share * m_codes);
    const Tensor book = m_arena.view(Buffer::Master, m_vectors).view({m_codes, m_dims}),
                 sums = m_arena.view(Buffer::Master, m_sums).view({m_codes, m_dims}), counts = m_arena.view(Buffer::Master, m_counts);
    const Tensor idle = ((counts < kIdle * fair) & rows.isfinite().all()).unsqueeze(1);
    const Tensor draw = uniformTensor({seed, Purpose::Sampling, step}, 0, {m_codes}, m_arena.device());
    const Tensor taken = rows.index_select(0, (draw * static_cast<double>(rows.size(0))).to(torch::kLong).clamp_max(rows.size(0) - 1));
    const double credit = 0.5 * fair;  // time to prove itself
    book.copy_(torch::where(idle, taken, book));
    sums.copy_(torch::where(idle, taken * credit, sums));
    counts.copy_(torch::where(idle.squeeze(1), torch::full_like(counts, credit), counts));
    const Tensor average = m_arena.view(Buffer::Average, m_vectors).view({m_codes, m_dims});
    average.copy_(torch::where(idle, taken, average));
}

void Codebook::update(const Tensor& rows, const Tensor& indices, double share) {
    const torch::NoGradGuard noGradients;
    const double keep = std::pow(kDecay, share);
    const Tensor book = m_arena.view(Buffer::Master, m_vectors).view({m_codes, m_dims}),
                 sums = m_arena.view(Buffer::Master, m_sums).view({m_codes, m_dims}), counts = m_arena.view(Buffer::Master, m_counts);
    const Tensor good = rows.isfinite().all();
    // Sums by a product with the one-hot matrix: the order of additions does not depend on threads racing for a row.
    const Tensor one = torch::one_hot(indices, m_codes).to(torch::kFloat);
    const Tensor newCounts = counts * keep + one.sum(0) * (1 - kDecay);
    const Tensor newSums = sums * keep + one.transpose(0, 1).matmul(torch::nan_to_num(rows, 0, 0, 0)) * (1 - kDecay);
    counts.copy_(torch::where(good, newCounts, counts));
    sums.copy_(torch::where(good, newSums, sums));
    book.copy_(sums / counts.clamp_min(1e-5).unsqueeze(1));
}

std::vector<double> Codebook::frequencies() const {
    const Tensor counts = m_arena.weight(m_counts).detach().to(torch::kCPU, torch::kDouble).contiguous();
    std::vector<double> values(counts.data_ptr<double>(), counts.data_ptr<double>() + counts.numel());
    double sum = 0;
    for (double& v : values) sum += v = v > 0 ? v : 0;
    for (double& v : values) v = sum > 0 ? v / sum : 1.0 / m_codes;
    return values;
}

}  // namespace imago::vae
