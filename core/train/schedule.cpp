#include "core/train/schedule.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace imago {

double TrainingPlan::progress(std::int64_t step, double trainedSeconds) const {
    if (steps) return *steps > 0 ? std::min(1.0, static_cast<double>(step) / static_cast<double>(*steps)) : 1.0;
    if (minutes) return *minutes > 0 ? std::min(1.0, trainedSeconds / (60 * *minutes)) : 1.0;
    return 0;
}

double RateSchedule::at(std::int64_t step, double progress) const {
    const double warm = warmUpSteps > 0 ? std::min(1.0, static_cast<double>(step + 1) / static_cast<double>(warmUpSteps)) : 1.0;
    if (!cosine) return rate * warm;
    const double fall = (1 + std::cos(std::numbers::pi * std::clamp(progress, 0.0, 1.0))) / 2;
    return rate * warm * (finalFraction + (1 - finalFraction) * fall);
}

double averageDecay(double recipeHalfLifeImages, std::int64_t imagesSeen, int batch) {
    const double tenth = static_cast<double>(imagesSeen) / 10 * std::numbers::ln2;
    const double halfLife = recipeHalfLifeImages > 0 ? std::min(recipeHalfLifeImages, tenth) : tenth;
    return halfLife > 0 ? std::exp2(-static_cast<double>(batch) / halfLife) : 0;
}

bool PreviewSchedule::due(std::int64_t step, double trainedSeconds, double intervalSeconds) const {
    if (step == m_lastStep || intervalSeconds <= 0) return false;
    if (step <= 64 && (step == 0 || std::has_single_bit(static_cast<std::uint64_t>(step)))) return true;
    // Ten seconds at first; after ten minutes twenty, after an hour seventy.
    const double interval = intervalSeconds * (1 + trainedSeconds / 600);
    return trainedSeconds - m_lastSeconds >= interval;
}

std::vector<std::int64_t> snapshotsToDrop(std::vector<std::int64_t> steps, std::size_t most) {
    std::vector<std::int64_t> dropped;
    std::sort(steps.begin(), steps.end());
    while (steps.size() > most && steps.size() > 2) {
        // The one whose neighbours are closest together; the earliest of equals.
        std::size_t best = 1;
        for (std::size_t i = 2; i + 1 < steps.size(); ++i)
            if (steps[i + 1] - steps[i - 1] < steps[best + 1] - steps[best - 1]) best = i;
        dropped.push_back(steps[best]);
        steps.erase(steps.begin() + static_cast<std::ptrdiff_t>(best));
    }
    return dropped;
}

}  // namespace imago
