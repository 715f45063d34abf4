// Figures: every distance that was asked for between two sets of pictures, as plain numbers and as JSON. Compute thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/evaluate/features.h"
#include "core/evaluate/frechet.h"
#include "core/evaluate/kernel_distance.h"
#include "core/evaluate/prdc.h"
#include "core/evaluate/swd.h"

namespace imago::evaluate {

struct MetricChoice {
    bool fd = true, kid = true, prdc = true, swd = true;
};
// fd, kid, prdc, swd; none: all. Unknown ones are refused with the list.
Result<MetricChoice> chooseMetrics(const std::vector<std::string>& names);

struct Figures {
    std::vector<double> fd;  // one a network
    std::vector<KernelDistance> kid;
    std::vector<Prdc> prdc;
    std::optional<Swd> swd;

    double meanFd() const;  // over the networks; NaN where it was not asked for
    double meanKid() const;
    Prdc meanPrdc() const;
    Json json() const;  // {"fd":..,"kid":..,"kid_deviation":..,"precision":..,...,"swd":..,"swd_levels":[..]}
};

// realFeatures and generatedFeatures: one set a network, equally many.
Figures measure(const MetricChoice& metrics, const std::vector<Features>& realFeatures, const std::vector<Features>& generatedFeatures,
                const PictureSet& real, const PictureSet& generated, std::uint64_t seed);

}  // namespace imago::evaluate
