#include "core/evaluate/psnr_ssim.h"

#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <vector>

namespace imago::evaluate {

namespace {

constexpr int kWindow = 11;
constexpr double kSigma = 1.5;

std::array<double, kWindow> gaussian() {
    std::array<double, kWindow> w{};
    double sum = 0;
    for (int i = 0; i < kWindow; ++i) {
        const double x = i - kWindow / 2;
        sum += w[static_cast<std::size_t>(i)] = std::exp(-x * x / (2 * kSigma * kSigma));
    }
    for (double& v : w) v /= sum;
    return w;
}

// Windowed mean of f(i) over whole windows: [height - 10, width - 10].
template <class F>
std::vector<double> windowed(int height, int width, const F& f) {
    static const auto w = gaussian();
    const int outWidth = width - kWindow + 1, outHeight = height - kWindow + 1;
    std::vector<double> rows(static_cast<std::size_t>(height) * static_cast<std::size_t>(outWidth));
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < outWidth; ++x) {
            double sum = 0;
            for (int k = 0; k < kWindow; ++k) sum += w[static_cast<std::size_t>(k)] * f(y * width + x + k);
            rows[static_cast<std::size_t>(y * outWidth + x)] = sum;
        }
    }
    std::vector<double> out(static_cast<std::size_t>(outHeight) * static_cast<std::size_t>(outWidth));
    for (int y = 0; y < outHeight; ++y) {
        for (int x = 0; x < outWidth; ++x) {
            double sum = 0;
            for (int k = 0; k < kWindow; ++k)
                sum += w[static_cast<std::size_t>(k)] * rows[static_cast<std::size_t>((y + k) * outWidth + x)];
            out[static_cast<std::size_t>(y * outWidth + x)] = sum;
        }
    }
    return out;
}

}  // namespace

double psnr(std::span<const float> a, std::span<const float> b, double peak) {
    assert(a.size() == b.size() && !a.empty());
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double d = double{a[i]} - double{b[i]};
        sum += d * d;
    }
    if (sum == 0) return std::numeric_limits<double>::infinity();
    return 10 * std::log10(peak * peak * static_cast<double>(a.size()) / sum);
}

double ssim(std::span<const float> a, std::span<const float> b, const PictureShape& shape, double peak) {
    assert(shape.height >= kWindow && shape.width >= kWindow && a.size() == b.size());
    assert(a.size() ==
           static_cast<std::size_t>(shape.height) * static_cast<std::size_t>(shape.width) * static_cast<std::size_t>(shape.channels));
    const double c1 = 0.01 * peak * 0.01 * peak, c2 = 0.03 * peak * 0.03 * peak;
    double total = 0;
    std::size_t count = 0;
    for (int c = 0; c < shape.channels; ++c) {
        const auto at = [&](std::span<const float> s, int i) { return double{s[static_cast<std::size_t>(i * shape.channels + c)]}; };
        const auto mean = [&](const auto& f) { return windowed(shape.height, shape.width, f); };
        const auto ma = mean([&](int i) { return at(a, i); }), mb = mean([&](int i) { return at(b, i); });
        const auto aa = mean([&](int i) { return at(a, i) * at(a, i); }), bb = mean([&](int i) { return at(b, i) * at(b, i); });
        const auto ab = mean([&](int i) { return at(a, i) * at(b, i); });
        for (std::size_t i = 0; i < ma.size(); ++i) {
            const double va = aa[i] - ma[i] * ma[i], vb = bb[i] - mb[i] * mb[i], cov = ab[i] - ma[i] * mb[i];
            total += (2 * ma[i] * mb[i] + c1) * (2 * cov + c2) / ((ma[i] * ma[i] + mb[i] * mb[i] + c1) * (va + vb + c2));
        }
        count += ma.size();
    }
    return total / static_cast<double>(count);
}

}  // namespace imago::evaluate
