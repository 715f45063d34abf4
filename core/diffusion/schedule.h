// Noise schedules: the falling noise levels sigma that a solver walks down, as plain numbers on the host. Any thread.
// sigma is the deviation of the noise in x = x0 + sigma n; a last level of 0 is the clean picture.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"

namespace imago {

enum class ScheduleKind { Karras, LogSnr, Cosine, LinearBeta, FlowUniform };

struct Schedule {
    ScheduleKind kind = ScheduleKind::Karras;
    double sigmaMin = 0.002;
    double sigmaMax = 80;
    double rho = 7;  // Karras only
};

// steps + 1 levels: steps falling ones from sigmaMax to sigmaMin (or the nearest that the schedule has), then 0.
// steps >= 1; with one step only sigmaMax and 0.
std::vector<double> noiseLevels(const Schedule& schedule, int steps);

// Karras et al. 2022 (EDM) eq. 5.
std::vector<double> karrasLevels(int steps, double sigmaMin, double sigmaMax, double rho);
// Linear in ln(SNR) = -2 ln(sigma): Lu et al. 2022 (DPM-Solver), section 4.1.
std::vector<double> logSnrLevels(int steps, double sigmaMin, double sigmaMax);
// Nichol & Dhariwal 2021 eq. 17 with s = 0: alphaBar(t) = cos^2(pi t / 2), so sigma(t) = tan(pi t / 2); t uniform.
std::vector<double> cosineLevels(int steps, double sigmaMin, double sigmaMax);
// Ho et al. 2020: beta from 1e-4 to 0.02 over 1000 times; times spread evenly from the last to the first, kept within the
// bounds. The times are whole numbers, as in the paper.
std::vector<double> linearBetaLevels(int steps, double sigmaMin, double sigmaMax);
// Lipman et al. 2023, Liu et al. 2023: x_t = (1 - t) x0 + t n, so sigma = t / (1 - t); t uniform.
std::vector<double> flowLevels(int steps, double sigmaMin, double sigmaMax);

// "karras", "logsnr", "cosine", "linear_beta", "flow"; anything else is an Error that names them.
Result<ScheduleKind> parseSchedule(const std::string& id);

}  // namespace imago
