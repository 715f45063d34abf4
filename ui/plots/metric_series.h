// MetricSeries: one curve of a run: raw values, their debiased exponential average, and a min/max pyramid over both, so
// that a million points draw in the width of the screen. NaN and infinities are gaps, never dropped. GUI thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace imago {

// The least and greatest finite value of each block of 16, 256, ... entries.
class MinMaxPyramid {
  public:
    struct Range {
        float low = 0, high = 0;
        bool any = false;  // false: no finite value inside
        bool gap = false;  // a non-finite value inside
        void add(float value);
        void add(const Range& other);
    };
    void append(float value);
    void truncate(std::size_t size);
    void clear();
    std::size_t size() const { return m_values.size(); }
    float at(std::size_t i) const { return m_values[i]; }
    Range over(std::size_t first, std::size_t last) const;  // [first, last)

  private:
    static constexpr std::size_t kFanOut = 16;
    std::vector<float> m_values;
    std::vector<std::vector<Range>> m_levels;  // m_levels[k][j] covers kFanOut^(k+1) values; only full blocks
};

class MetricSeries {
  public:
    void append(std::int64_t step, float value);
    void truncateFrom(std::int64_t step);  // drops points at or after step: a resume superseded them
    void clear();

    std::size_t size() const { return m_steps.size(); }
    bool empty() const { return m_steps.empty(); }
    std::int64_t step(std::size_t i) const { return m_steps[i]; }
    float raw(std::size_t i) const { return m_raw.at(i); }
    float smooth(std::size_t i) const { return m_smooth.at(i); }
    std::span<const std::int64_t> badSteps() const { return m_bad; }  // where the value was not finite

    // Weight of the past, 0 <= weight < 1 (TensorBoard's slider). Recomputes the averages.
    void setSmoothing(double weight);
    double smoothing() const { return m_weight; }

    // Index of the last point at or before step; npos if there is none.
    static constexpr std::size_t npos = std::size_t(-1);
    std::size_t indexAt(double step) const;

    // At most about 2 points a column between the steps: what has to be drawn. NaN entries break the line.
    struct Polyline {
        std::vector<double> x, y;
    };
    Polyline decimate(double fromStep, double toStep, int columns, bool smoothed) const;
    // Least and greatest finite value between the steps.
    MinMaxPyramid::Range rangeOver(double fromStep, double toStep, bool smoothed) const;

  private:
    void appendSmooth(float value);
    std::vector<std::int64_t> m_steps;
    std::vector<std::int64_t> m_bad;
    MinMaxPyramid m_raw, m_smooth;
    double m_weight = 0.6;
    double m_average = 0, m_correction = 1;  // running average before debiasing; weight^n
};

}  // namespace imago
