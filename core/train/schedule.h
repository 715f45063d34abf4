// The schedules of a training as pure functions: learning rate over the planned progress, horizon of the weight average,
// when previews and snapshots are due. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace imago {

// Where a training is meant to end. Steps win over minutes when both are given; neither: until stopped.
struct TrainingPlan {
    std::optional<std::int64_t> steps;
    std::optional<double> minutes;

    // 0 .. 1, of the bound that is given; without one 0.
    double progress(std::int64_t step, double trainedSeconds) const;
    bool reached(std::int64_t step, double trainedSeconds) const { return progress(step, trainedSeconds) >= 1; }
    bool operator==(const TrainingPlan&) const = default;
};

struct RateSchedule {
    double rate = 1e-3;  // the peak
    std::int64_t warmUpSteps = 0;
    double finalFraction = 0;  // of the peak, reached at progress 1
    bool cosine = true;        // false: constant after the warm-up
    // Linear warm-up, then a half cosine over the planned progress (Loshchilov & Hutter 2017, SGDR eq. 5, one period).
    double at(std::int64_t step, double progress) const;
};

// Decay of the weight average for one step of `batch` images. The average looks back over at most a tenth of the images
// seen so far (short runs forget their noise), never longer than the recipe's half-life:
// half-life h = min(recipe, imagesSeen / 10 * ln 2), decay = 2^(-batch / h). After Karras et al. 2022 (EDM's ramp-up).
double averageDecay(double recipeHalfLifeImages, std::int64_t imagesSeen, int batch);

// Previews: at steps 0, 1, 2, 4 ... 64, then by the clock: every `interval` seconds, widening as the training goes on.
class PreviewSchedule {
  public:
    bool due(std::int64_t step, double trainedSeconds, double intervalSeconds) const;
    void made(std::int64_t step, double trainedSeconds) { m_lastStep = step, m_lastSeconds = trainedSeconds; }

  private:
    std::int64_t m_lastStep = -1;
    double m_lastSeconds = 0;
};

// Snapshots: of more than `most`, the ones to drop so that the rest lie evenly over the training (first and last stay).
std::vector<std::int64_t> snapshotsToDrop(std::vector<std::int64_t> steps, std::size_t most);

}  // namespace imago
