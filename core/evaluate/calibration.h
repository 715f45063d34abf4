// Calibration: does a distance grow when pictures get worse? Real pictures are spoilt in known ways and degrees and
// scored like generated ones; a distance is to be trusted only where every series rises. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/evaluate/features.h"
#include "core/evaluate/figures.h"

namespace imago::evaluate {

struct CalibrationCase {
    std::string series;  // "floor", "noise", "blur", "class_drop", "mode_drop"
    double level = 0;    // noise: deviation where white is 1; blur: deviation in pixels; drops: classes or share left out
};

// The cases in order of reporting; class drops only for labelled pictures.
std::vector<CalibrationCase> calibrationCases(std::size_t classes);

// The pictures of one case, as many as given. Left-out pictures are replaced by copies of ones that stay.
PictureSet spoil(const PictureSet& pictures, const CalibrationCase& which, std::uint64_t seed);

struct Monotone {
    bool ok = true;
    std::vector<std::string> broken;  // series that do not rise, from the floor on
};
// values: of one distance, in the order of cases.
Monotone checkMonotone(const std::vector<CalibrationCase>& cases, const std::vector<double>& values);

// {"table": [..], "table_text": "..", "monotone": true, "monotone_each": {..}}. figures: of each case; nets: the ids of the
// networks behind them. Frechet (each network) and kernel distance must rise; coverage and SWD are told beside them: they
// answer to some kinds of damage only.
Json calibrationReport(const std::vector<CalibrationCase>& cases, const std::vector<Figures>& figures,
                       const std::vector<std::string>& nets);

}  // namespace imago::evaluate
