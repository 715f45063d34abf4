// CurveSet: the named curves of one run, filled from metric rows in the same way live and from its files. GUI thread.
#pragma once

#include <QString>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "ui/plots/metric_series.h"

namespace imago {

struct Curve {
    std::string name;   // as in JobStarted::metricNames
    bool loss = false;  // drawn in the loss plot; others (rate, gradient norm) only feed the status line
    bool shown = true;
    MetricSeries series;
};

class CurveSet {
  public:
    void setNames(const std::vector<std::string>& names);  // forgets all points when the names differ
    void append(std::int64_t step, std::span<const float> values);
    void truncateFrom(std::int64_t step);
    void setSmoothing(double weight);
    std::size_t size() const { return m_curves.size(); }
    Curve& operator[](std::size_t i) { return m_curves[i]; }
    const Curve& operator[](std::size_t i) const { return m_curves[i]; }
    const Curve* find(const std::string& name) const;
    std::int64_t lastStep() const;  // -1: nothing yet

  private:
    double m_smoothing = 0.6;
    std::deque<Curve> m_curves;  // a deque: pointers to curves stay good
};

// "loss_low_noise" -> the word for it in the reader's language.
QString curveLabel(const std::string& name);

}  // namespace imago
