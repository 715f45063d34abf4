#include "core/image/difference.h"

#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <vector>

namespace imago {

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

// Windowed mean of f(x, y) over whole windows: [height - 10, width - 10].
template <class F>
std::vector<double> windowed(int height, int width, const F& f) {
    static const auto w = gaussian();
    const int outWidth = width - kWindow + 1, outHeight = height - kWindow + 1;
    std::vector<double> rows(static_cast<std::size_t>(height) * static_cast<std::size_t>(outWidth));
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < outWidth; ++x) {
            double sum = 0;
            for (int k = 0; k < kWindow; ++k) sum += w[static_cast<std::size_t>(k)] * f(x + k, y);
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

bool sameKind(const ImageView& a, const ImageView& b) {
    return a.width == b.width && a.height == b.height && a.channels == b.channels && a.type == b.type;
}

template <class S>
double psnrOf(const ImageView& a, const ImageView& b) {
    const int samples = a.width * a.channels;
    double sum = 0;
    for (int y = 0; y < a.height; ++y) {
        const S *p = a.row<S>(y), *q = b.row<S>(y);
        for (int i = 0; i < samples; ++i) {
            const double off = double(p[i]) - double(q[i]);
            sum += off * off;
        }
    }
    if (sum == 0) return std::numeric_limits<double>::infinity();
    return 10 * std::log10(double(kFull<S>) * double(kFull<S>) * double(samples) * a.height / sum);
}

template <class S>
double ssimOf(const ImageView& a, const ImageView& b) {
    const double c1 = 0.01 * kFull<S> * 0.01 * kFull<S>, c2 = 0.03 * kFull<S> * 0.03 * kFull<S>;
    double total = 0;
    std::size_t count = 0;
    for (int c = 0; c < a.channels; ++c) {
        const auto at = [&](const ImageView& view, int x, int y) { return double(view.row<S>(y)[x * view.channels + c]); };
        const auto mean = [&](const auto& f) { return windowed(a.height, a.width, f); };
        const auto ma = mean([&](int x, int y) { return at(a, x, y); }), mb = mean([&](int x, int y) { return at(b, x, y); });
        const auto aa = mean([&](int x, int y) { return at(a, x, y) * at(a, x, y); });
        const auto bb = mean([&](int x, int y) { return at(b, x, y) * at(b, x, y); });
        const auto ab = mean([&](int x, int y) { return at(a, x, y) * at(b, x, y); });
        for (std::size_t i = 0; i < ma.size(); ++i) {
            const double va = aa[i] - ma[i] * ma[i], vb = bb[i] - mb[i] * mb[i], cov = ab[i] - ma[i] * mb[i];
            total += (2 * ma[i] * mb[i] + c1) * (2 * cov + c2) / ((ma[i] * ma[i] + mb[i] * mb[i] + c1) * (va + vb + c2));
        }
        count += ma.size();
    }
    return total / static_cast<double>(count);
}

}  // namespace

double psnr(const ImageView& a, const ImageView& b) {
    assert(sameKind(a, b) && a.width > 0 && a.height > 0);
    double out = 0;
    withSampleType(a.type, [&]<class S>(S*) { out = psnrOf<S>(a, b); });
    return out;
}

double ssim(const ImageView& a, const ImageView& b) {
    assert(sameKind(a, b) && a.width >= kWindow && a.height >= kWindow);
    double out = 0;
    withSampleType(a.type, [&]<class S>(S*) { out = ssimOf<S>(a, b); });
    return out;
}

}  // namespace imago
