#include "core/evaluate/prdc.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <vector>

#include "core/nn/torch_pch.h"
#include "core/nn/yield_point.h"

namespace imago::evaluate {

namespace {

constexpr std::int64_t kBlock = 512;  // rows of distances at a time: 40 MB beside 10,000 columns

struct Points {
    torch::Tensor x;        // [n, d] double: the squares of near pairs cancel in single precision
    torch::Tensor squares;  // [n]
    std::int64_t n() const { return x.size(0); }
};

Points points(const Features& f) {
    auto x = torch::from_blob(const_cast<float*>(f.values.data()), {f.rows, f.dims}, torch::kFloat32).to(torch::kFloat64);
    return {x, x.square().sum(1)};
}

// Squared distances of rows [from, from + count) of a to all of b: [count, b.n()].
torch::Tensor squaredDistances(const Points& a, std::int64_t from, std::int64_t count, const Points& b) {
    auto d = a.x.narrow(0, from, count).mm(b.x.t()).mul_(-2.0);
    d.add_(a.squares.narrow(0, from, count).unsqueeze(1)).add_(b.squares.unsqueeze(0));
    return d.clamp_min_(0.0);
}

// Squared distance of each point to its k-th nearest other point of the set.
std::vector<double> squaredRadii(const Points& p, int k) {
    std::vector<double> radii(static_cast<std::size_t>(p.n()));
    for (std::int64_t from = 0; from < p.n(); from += kBlock) {
        nn::yieldNow();
        const std::int64_t count = std::min(kBlock, p.n() - from);
        const auto d = squaredDistances(p, from, count, p);
        const double* base = d.data_ptr<double>();
        at::parallel_for(0, count, 8, [&](std::int64_t begin, std::int64_t end) {
            std::vector<double> nearest(static_cast<std::size_t>(k));
            for (std::int64_t i = begin; i < end; ++i) {
                std::fill(nearest.begin(), nearest.end(), std::numeric_limits<double>::infinity());
                const double* row = base + i * p.n();
                for (std::int64_t j = 0; j < p.n(); ++j) {
                    if (row[j] >= nearest.back() || j == from + i) continue;
                    nearest.back() = row[j];
                    std::inplace_merge(nearest.begin(), nearest.end() - 1, nearest.end());
                }
                radii[static_cast<std::size_t>(from + i)] = nearest.back();
            }
        });
    }
    return radii;
}

}  // namespace

Prdc prdc(const Features& real, const Features& generated, int k) {
    assert(real.dims == generated.dims && real.rows > k && generated.rows > k);
    const torch::NoGradGuard guard;
    const Points r = points(real), g = points(generated);
    const auto realRadii = squaredRadii(r, k), generatedRadii = squaredRadii(g, k);
    const auto n = static_cast<std::size_t>(r.n()), m = static_cast<std::size_t>(g.n());
    std::vector<std::int64_t> balls(m, 0);  // of real points, around each generated one
    std::size_t recalled = 0, covered = 0;
    for (std::int64_t from = 0; from < r.n(); from += kBlock) {
        nn::yieldNow();
        const std::int64_t count = std::min(kBlock, r.n() - from);
        const auto d = squaredDistances(r, from, count, g);
        for (std::int64_t i = 0; i < count; ++i) {
            const double* row = d.data_ptr<double>() + i * g.n();
            const double radius = realRadii[static_cast<std::size_t>(from + i)];
            bool inGenerated = false, covers = false;
            for (std::size_t j = 0; j < m; ++j) {
                const bool inside = row[j] < radius;
                balls[j] += inside;
                covers |= inside;
                inGenerated |= row[j] < generatedRadii[j];
            }
            recalled += inGenerated;
            covered += covers;
        }
    }
    Prdc result;
    std::int64_t sum = 0;
    std::size_t precise = 0;
    for (const std::int64_t b : balls) {
        sum += b;
        precise += b > 0;
    }
    result.precision = static_cast<double>(precise) / static_cast<double>(m);
    result.recall = static_cast<double>(recalled) / static_cast<double>(n);
    result.density = static_cast<double>(sum) / (static_cast<double>(k) * static_cast<double>(m));
    result.coverage = static_cast<double>(covered) / static_cast<double>(n);
    return result;
}

}  // namespace imago::evaluate
