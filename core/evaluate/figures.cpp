#include "core/evaluate/figures.h"

#include <cassert>
#include <limits>

#include "core/nn/yield_point.h"

namespace imago::evaluate {

namespace {

constexpr int kNeighbour = 5;

template <class T, class F>
double meanOf(const std::vector<T>& values, F&& get) {
    if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
    double sum = 0;
    for (const T& v : values) sum += get(v);
    return sum / static_cast<double>(values.size());
}

}  // namespace

Result<MetricChoice> chooseMetrics(const std::vector<std::string>& names) {
    if (names.empty()) return MetricChoice{};
    MetricChoice choice{false, false, false, false};
    for (const std::string& name : names) {
        if (name == "fd") {
            choice.fd = true;
        } else if (name == "kid") {
            choice.kid = true;
        } else if (name == "prdc") {
            choice.prdc = true;
        } else if (name == "swd") {
            choice.swd = true;
        } else {
            return Error{ErrorCode::Usage,
                         IMAGO_TR("There is no metric \"{name}\""),
                         {{"name", name}},
                         IMAGO_TR("Known ones: fd, kid, prdc, swd"),
                         "metrics"};
        }
    }
    return choice;
}

double Figures::meanFd() const {
    return meanOf(fd, [](double v) { return v; });
}

double Figures::meanKid() const {
    return meanOf(kid, [](const KernelDistance& v) { return v.mean; });
}

Prdc Figures::meanPrdc() const {
    return {meanOf(prdc, [](const Prdc& v) { return v.precision; }), meanOf(prdc, [](const Prdc& v) { return v.recall; }),
            meanOf(prdc, [](const Prdc& v) { return v.density; }), meanOf(prdc, [](const Prdc& v) { return v.coverage; })};
}

Json Figures::json() const {
    Json out = Json::object();
    if (!fd.empty()) {
        out["fd"] = meanFd();
        if (fd.size() > 1) out["fd_each"] = fd;
    }
    if (!kid.empty()) {
        out["kid"] = meanKid();
        out["kid_deviation"] = meanOf(kid, [](const KernelDistance& v) { return v.deviation; });
        out["kid_subsets"] = kid.front().subsets;
        out["kid_subset_size"] = kid.front().subsetSize;
    }
    if (!prdc.empty()) {
        const Prdc mean = meanPrdc();
        out["precision"] = mean.precision;
        out["recall"] = mean.recall;
        out["density"] = mean.density;
        out["coverage"] = mean.coverage;
        out["neighbours"] = kNeighbour;
    }
    if (swd) {
        out["swd"] = swd->mean;
        Json levels = Json::array();
        for (const SwdLevel& l : swd->levels) levels.push_back({{"height", l.height}, {"width", l.width}, {"swd", l.distance}});
        out["swd_levels"] = levels;
    }
    return out;
}

Figures measure(const MetricChoice& metrics, const std::vector<Features>& realFeatures, const std::vector<Features>& generatedFeatures,
                const PictureSet& real, const PictureSet& generated, std::uint64_t seed) {
    assert(realFeatures.size() == generatedFeatures.size());
    Figures figures;
    for (std::size_t i = 0; i < realFeatures.size(); ++i) {
        nn::yieldNow();
        if (metrics.fd) figures.fd.push_back(frechetDistance(fitGaussian(realFeatures[i]), fitGaussian(generatedFeatures[i])));
        if (metrics.kid) figures.kid.push_back(kernelDistance(realFeatures[i], generatedFeatures[i], {.seed = seed}));
        if (metrics.prdc) figures.prdc.push_back(prdc(realFeatures[i], generatedFeatures[i], kNeighbour));
    }
    nn::yieldNow();
    if (metrics.swd) figures.swd = slicedWasserstein(real, generated, {.seed = seed});
    return figures;
}

}  // namespace imago::evaluate
