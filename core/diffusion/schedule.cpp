#include "core/diffusion/schedule.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

namespace imago {

namespace {

// The share of the way from the first level to the last: 0, ..., 1.
double share(int i, int steps) {
    return steps > 1 ? double(i) / (steps - 1) : 0;
}

// Levels whose transform u(sigma) falls evenly from u(sigmaMax) to u(sigmaMin), and a last 0.
template <class To, class From>
std::vector<double> evenIn(int steps, double sigmaMin, double sigmaMax, To to, From from) {
    assert(steps >= 1 && sigmaMin > 0 && sigmaMax > sigmaMin);
    const double first = to(sigmaMax), last = to(sigmaMin);
    std::vector<double> levels(std::size_t(steps) + 1, 0.0);
    for (int i = 0; i < steps; ++i) levels[std::size_t(i)] = from(first + share(i, steps) * (last - first));
    levels.front() = sigmaMax;  // exact at the ends, whatever the transform rounds
    if (steps > 1) levels[std::size_t(steps) - 1] = sigmaMin;
    return levels;
}

}  // namespace

std::vector<double> karrasLevels(int steps, double sigmaMin, double sigmaMax, double rho) {
    return evenIn(
        steps, sigmaMin, sigmaMax, [rho](double s) { return std::pow(s, 1 / rho); }, [rho](double u) { return std::pow(u, rho); });
}

std::vector<double> logSnrLevels(int steps, double sigmaMin, double sigmaMax) {
    return evenIn(
        steps, sigmaMin, sigmaMax, [](double s) { return std::log(s); }, [](double u) { return std::exp(u); });
}

std::vector<double> cosineLevels(int steps, double sigmaMin, double sigmaMax) {
    return evenIn(
        steps, sigmaMin, sigmaMax, [](double s) { return std::atan(s); }, [](double u) { return std::tan(u); });
}

std::vector<double> flowLevels(int steps, double sigmaMin, double sigmaMax) {
    return evenIn(
        steps, sigmaMin, sigmaMax, [](double s) { return s / (1 + s); }, [](double t) { return t / (1 - t); });
}

std::vector<double> linearBetaLevels(int steps, double sigmaMin, double sigmaMax) {
    assert(steps >= 1);
    constexpr int kTimes = 1000;
    constexpr double kFirstBeta = 1e-4, kLastBeta = 0.02;
    std::vector<double> all;  // rising, within the bounds
    double alphaBar = 1;
    for (int t = 0; t < kTimes; ++t) {
        alphaBar *= 1 - (kFirstBeta + (kLastBeta - kFirstBeta) * t / (kTimes - 1));
        const double sigma = std::sqrt((1 - alphaBar) / alphaBar);
        if (sigma >= sigmaMin && sigma <= sigmaMax) all.push_back(sigma);
    }
    if (all.empty()) return {sigmaMax, 0.0};
    // More steps than times would repeat levels: then every time is used once.
    const int count = std::min(steps, int(all.size()));
    std::vector<double> levels;
    for (int i = 0; i < count; ++i) levels.push_back(all[std::size_t(std::lround((1 - share(i, count)) * double(all.size() - 1)))]);
    levels.push_back(0);
    return levels;
}

std::vector<double> noiseLevels(const Schedule& schedule, int steps) {
    switch (schedule.kind) {
        case ScheduleKind::Karras:
            return karrasLevels(steps, schedule.sigmaMin, schedule.sigmaMax, schedule.rho);
        case ScheduleKind::LogSnr:
            return logSnrLevels(steps, schedule.sigmaMin, schedule.sigmaMax);
        case ScheduleKind::Cosine:
            return cosineLevels(steps, schedule.sigmaMin, schedule.sigmaMax);
        case ScheduleKind::LinearBeta:
            return linearBetaLevels(steps, schedule.sigmaMin, schedule.sigmaMax);
        case ScheduleKind::FlowUniform:
            return flowLevels(steps, schedule.sigmaMin, schedule.sigmaMax);
    }
    return {};
}

Result<ScheduleKind> parseSchedule(const std::string& id) {
    if (id == "karras") return ScheduleKind::Karras;
    if (id == "logsnr") return ScheduleKind::LogSnr;
    if (id == "cosine") return ScheduleKind::Cosine;
    if (id == "linear_beta") return ScheduleKind::LinearBeta;
    if (id == "flow") return ScheduleKind::FlowUniform;
    return Error{ErrorCode::BadInput,
                 IMAGO_TR("There is no noise schedule “{id}”. There are: karras, logsnr, cosine, linear_beta, flow."),
                 {{"id", id}},
                 {},
                 "schedule"};
}

}  // namespace imago
