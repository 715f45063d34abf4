#include "core/evaluate/kernel_distance.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "core/base/random.h"
#include "core/nn/torch_pch.h"
#include "core/nn/yield_point.h"

namespace imago::evaluate {

namespace {

torch::Tensor take(const Features& f, const std::vector<std::int64_t>& rows) {
    auto out = torch::empty({static_cast<std::int64_t>(rows.size()), f.dims}, torch::kFloat64);
    double* p = out.data_ptr<double>();
    for (const std::int64_t row : rows) {
        assert(row >= 0 && row < f.rows);
        p = std::copy_n(f.row(row), f.dims, p);
    }
    return out;
}

struct KernelSums {
    double all = 0, diagonal = 0;
};

// Of the kernel's values over all pairs of rows.
KernelSums kernelSums(const torch::Tensor& x, const torch::Tensor& y) {
    const auto products = x.mm(y.t()).contiguous();
    const auto dims = static_cast<double>(x.size(1));
    const double* p = products.data_ptr<double>();
    KernelSums sums;
    for (std::int64_t i = 0; i < products.size(0); ++i) {
        double row = 0;
        for (std::int64_t j = 0; j < products.size(1); ++j, ++p) {
            const double t = *p / dims + 1;
            const double k = t * t * t;
            row += k;
            if (i == j) sums.diagonal += k;
        }
        sums.all += row;
    }
    return sums;
}

std::vector<std::int64_t> drawRows(std::int64_t n, std::int64_t size, std::uint64_t seed, std::uint64_t draw) {
    std::vector<std::int64_t> rows(static_cast<std::size_t>(n));
    std::iota(rows.begin(), rows.end(), 0);
    // The first `size` places of a Fisher-Yates shuffle.
    const RandomKey key{seed, Purpose::Test, draw};
    for (std::int64_t i = 0; i < size && i + 1 < n; ++i) {
        const auto j = i + static_cast<std::int64_t>(randomBelow(key, static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(n - i)));
        std::swap(rows[static_cast<std::size_t>(i)], rows[static_cast<std::size_t>(j)]);
    }
    rows.resize(static_cast<std::size_t>(size));
    return rows;
}

}  // namespace

double unbiasedDiscrepancy(const Features& a, const std::vector<std::int64_t>& rowsOfA, const Features& b,
                           const std::vector<std::int64_t>& rowsOfB) {
    assert(a.dims == b.dims && rowsOfA.size() >= 2 && rowsOfB.size() >= 2);
    const torch::NoGradGuard guard;
    const auto x = take(a, rowsOfA), y = take(b, rowsOfB);
    const KernelSums kxx = kernelSums(x, x), kyy = kernelSums(y, y), kxy = kernelSums(x, y);
    const auto m = static_cast<double>(rowsOfA.size()), n = static_cast<double>(rowsOfB.size());
    const double xx = (kxx.all - kxx.diagonal) / (m * (m - 1));
    const double yy = (kyy.all - kyy.diagonal) / (n * (n - 1));
    return xx + yy - 2 * kxy.all / (m * n);
}

KernelDistance kernelDistance(const Features& a, const Features& b, const KernelDistanceOptions& options) {
    KernelDistance result;
    result.subsetSize = std::min({options.subsetSize, a.rows, b.rows});
    const bool whole = a.rows <= options.subsetSize && b.rows <= options.subsetSize;
    result.subsets = whole ? 1 : options.subsets;
    double sum = 0, squares = 0;
    for (int i = 0; i < result.subsets; ++i) {
        const auto draw = 2 * static_cast<std::uint64_t>(i);
        nn::yieldNow();
        const auto rowsOfA = drawRows(a.rows, whole ? a.rows : result.subsetSize, options.seed, draw);
        const auto rowsOfB = drawRows(b.rows, whole ? b.rows : result.subsetSize, options.seed, draw + 1);
        const double d = unbiasedDiscrepancy(a, rowsOfA, b, rowsOfB);
        sum += d;
        squares += d * d;
    }
    const double n = result.subsets;
    result.mean = sum / n;
    result.deviation = n > 1 ? std::sqrt(std::max(0.0, (squares - sum * sum / n) / (n - 1))) : 0.0;
    return result;
}

}  // namespace imago::evaluate
