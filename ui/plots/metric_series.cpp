#include "ui/plots/metric_series.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace imago {

void MinMaxPyramid::Range::add(float value) {
    if (!std::isfinite(value)) {
        gap = true;
        return;
    }
    low = any ? std::min(low, value) : value;
    high = any ? std::max(high, value) : value;
    any = true;
}

void MinMaxPyramid::Range::add(const Range& other) {
    gap = gap || other.gap;
    if (!other.any) return;
    low = any ? std::min(low, other.low) : other.low;
    high = any ? std::max(high, other.high) : other.high;
    any = true;
}

void MinMaxPyramid::append(float value) {
    m_values.push_back(value);
    std::size_t count = m_values.size();
    for (std::size_t level = 0; count % kFanOut == 0; ++level) {
        count /= kFanOut;
        Range range;
        if (level == 0) {
            for (std::size_t i = m_values.size() - kFanOut; i < m_values.size(); ++i) range.add(m_values[i]);
        } else {
            const auto& below = m_levels[level - 1];
            for (std::size_t i = below.size() - kFanOut; i < below.size(); ++i) range.add(below[i]);
        }
        if (m_levels.size() <= level) m_levels.emplace_back();
        m_levels[level].push_back(range);
    }
}

void MinMaxPyramid::truncate(std::size_t size) {
    m_values.resize(std::min(size, m_values.size()));
    std::size_t count = m_values.size();
    for (auto& level : m_levels) level.resize(count /= kFanOut);
}

void MinMaxPyramid::clear() {
    m_values.clear();
    m_levels.clear();
}

MinMaxPyramid::Range MinMaxPyramid::over(std::size_t first, std::size_t last) const {
    Range range;
    last = std::min(last, m_values.size());
    while (first < last) {
        // The largest whole block that starts here and ends before last.
        std::size_t width = 1, level = 0;
        while (level < m_levels.size() && first % (width * kFanOut) == 0 && first + width * kFanOut <= last) {
            width *= kFanOut;
            ++level;
        }
        if (level == 0)
            range.add(m_values[first]);
        else
            range.add(m_levels[level - 1][first / width]);
        first += width;
    }
    return range;
}

void MetricSeries::append(std::int64_t step, float value) {
    if (!m_steps.empty() && step <= m_steps.back()) truncateFrom(step);
    m_steps.push_back(step);
    m_raw.append(value);
    if (!std::isfinite(value)) m_bad.push_back(step);
    appendSmooth(value);
}

// average_n = w average_(n-1) + (1 - w) x_n, shown as average_n / (1 - w^n): the bias correction of Adam (Kingma and Ba
// 2015, section 3), as TensorBoard's smoothing does it. A gap leaves the average as it is.
void MetricSeries::appendSmooth(float value) {
    if (!std::isfinite(value)) {
        m_smooth.append(std::numeric_limits<float>::quiet_NaN());
        return;
    }
    m_average = m_weight * m_average + (1 - m_weight) * double(value);
    m_correction *= m_weight;
    m_smooth.append(float(m_average / (1 - m_correction)));
}

void MetricSeries::truncateFrom(std::int64_t step) {
    const auto keep = std::size_t(std::lower_bound(m_steps.begin(), m_steps.end(), step) - m_steps.begin());
    if (keep == m_steps.size()) return;
    m_steps.resize(keep);
    m_raw.truncate(keep);
    m_bad.erase(std::lower_bound(m_bad.begin(), m_bad.end(), step), m_bad.end());
    setSmoothing(m_weight);
}

void MetricSeries::clear() {
    m_steps.clear();
    m_bad.clear();
    m_raw.clear();
    m_smooth.clear();
    m_average = 0;
    m_correction = 1;
}

void MetricSeries::setSmoothing(double weight) {
    m_weight = std::clamp(weight, 0.0, 0.9999);
    m_smooth.clear();
    m_average = 0;
    m_correction = 1;
    for (std::size_t i = 0; i < m_raw.size(); ++i) appendSmooth(m_raw.at(i));
}

std::size_t MetricSeries::indexAt(double step) const {
    const auto after = std::upper_bound(m_steps.begin(), m_steps.end(), step, [](double s, std::int64_t x) { return s < double(x); });
    return after == m_steps.begin() ? npos : std::size_t(after - m_steps.begin()) - 1;
}

MetricSeries::Polyline MetricSeries::decimate(double fromStep, double toStep, int columns, bool smoothed) const {
    Polyline line;
    if (m_steps.empty() || columns < 1 || !(toStep > fromStep)) return line;
    const MinMaxPyramid& values = smoothed ? m_smooth : m_raw;
    const auto begin = std::lower_bound(m_steps.begin(), m_steps.end(), fromStep, [](std::int64_t x, double s) { return double(x) < s; });
    std::size_t first = std::size_t(begin - m_steps.begin());
    if (first > 0) --first;  // one point beyond each edge, so that the line reaches it
    const std::size_t at = indexAt(toStep);
    const std::size_t last = std::min(m_steps.size(), at == npos ? 0 : at + 2);
    if (first >= last) return line;
    if (last - first <= std::size_t(columns) * 2) {
        for (std::size_t i = first; i < last; ++i) {
            line.x.push_back(double(m_steps[i]));
            line.y.push_back(std::isfinite(values.at(i)) ? values.at(i) : std::numeric_limits<double>::quiet_NaN());
        }
        return line;
    }
    line.x.reserve(std::size_t(columns) * 3);
    line.y.reserve(std::size_t(columns) * 3);
    for (int column = 0; column < columns; ++column) {
        const std::size_t a = first + (last - first) * std::size_t(column) / std::size_t(columns);
        const std::size_t b = first + (last - first) * std::size_t(column + 1) / std::size_t(columns);
        if (a >= b) continue;
        const MinMaxPyramid::Range range = values.over(a, b);
        const double x = double(m_steps[a]);
        if (range.any) {
            // In the order of the values, so that the line runs on from column to column.
            const bool rising = values.at(b - 1) >= values.at(a);
            line.x.insert(line.x.end(), {x, x});
            line.y.insert(line.y.end(), {rising ? range.low : range.high, rising ? range.high : range.low});
        }
        if (range.gap) {
            line.x.push_back(x);
            line.y.push_back(std::numeric_limits<double>::quiet_NaN());
        }
    }
    return line;
}

MinMaxPyramid::Range MetricSeries::rangeOver(double fromStep, double toStep, bool smoothed) const {
    const auto begin = std::lower_bound(m_steps.begin(), m_steps.end(), fromStep, [](std::int64_t x, double s) { return double(x) < s; });
    const std::size_t at = indexAt(toStep);
    if (at == npos) return {};
    return (smoothed ? m_smooth : m_raw).over(std::size_t(begin - m_steps.begin()), at + 1);
}

}  // namespace imago
