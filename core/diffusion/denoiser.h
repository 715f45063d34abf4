// Denoiser: the waist of the hourglass. Whatever a network was trained to predict (clean picture, noise, velocity, flow),
// solvers only see D(x, sigma) = the expected clean picture. Karras et al. 2022 (EDM). Compute thread.
#pragma once

#include <cmath>
#include <functional>
#include <string>

#include "core/base/result.h"

namespace at {
class Tensor;
}

namespace imago {

// x: [N, ...] = x0 + sigma n; the result has x's shape.
using Denoiser = std::function<at::Tensor(const at::Tensor& x, double sigma)>;
// The same for one label a picture (int64 [N]).
using LabelledDenoiser = std::function<at::Tensor(const at::Tensor& x, double sigma, const at::Tensor& labels)>;

// What the network F is trained to give.
enum class Target { Edm, X0, Eps, V, Flow };
Result<Target> parseTarget(const std::string& id);  // "edm", "x0", "eps", "v", "flow"

// D(x, sigma) = skip x + out F(in x, noise). T is double, or a tensor of levels that broadcasts against x.
template <class T>
struct Scalings {
    T skip, out, in, noise;
};

// EDM: Karras et al. 2022, Table 1 (unit variance in and out for data of deviation sigmaData).
// The others see x as their papers do: variance preserving alpha x with alpha = 1 / sqrt(1 + sigma^2) for x0, eps (Ho et al.
// 2020) and v = alpha eps - (sigma alpha) x0 (Salimans & Ho 2022); for flow, n - x0 at x_t = (1 - t) x0 + t n with
// t = sigma / (1 + sigma). All are told the level as ln(sigma) / 4.
template <class T>
Scalings<T> scalings(Target target, const T& sigma, double sigmaData) {
    using std::log, std::sqrt;
    const T zero = sigma * 0;
    const T noise = log(sigma) * 0.25;
    const T square = sigma * sigma;
    const T alpha = 1 / sqrt(square + 1);
    switch (target) {
        case Target::Edm: {
            const double data = sigmaData * sigmaData;
            const T total = square + data;
            return {data / total, sigma * sigmaData / sqrt(total), 1 / sqrt(total), noise};
        }
        case Target::X0:
            return {zero, zero + 1, alpha, noise};
        case Target::Eps:
            return {zero + 1, -sigma, alpha, noise};
        case Target::V:
            return {alpha * alpha, -(sigma * alpha), alpha, noise};
        case Target::Flow:
            return {1 / (sigma + 1), -sigma / (sigma + 1), 1 / (sigma + 1), noise};
    }
    return {zero, zero, zero, noise};
}

// Classifier-free guidance (Ho & Salimans 2022, eq. 6 with scale = 1 + w): uncond + scale (cond - uncond).
at::Tensor guide(const at::Tensor& conditional, const at::Tensor& unconditional, double scale);

// A denoiser for fixed labels: scale 1 asks for the labelled picture alone; any other scale evaluates labels and "no
// class" (label noClass) in one batch twice as large, and extrapolates.
Denoiser guidedDenoiser(LabelledDenoiser denoiser, const at::Tensor& labels, std::int64_t noClass, double scale);

}  // namespace imago
