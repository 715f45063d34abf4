#include "core/evaluate/calibration.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "core/base/random.h"

namespace imago::evaluate {

namespace {

std::uint8_t toByte(double v) {
    return static_cast<std::uint8_t>(std::lround(std::clamp(v, 0.0, 255.0)));
}

void addNoise(PictureSet& set, double deviation, std::uint64_t seed) {
    std::vector<float> noise(static_cast<std::size_t>(set.bytesEach()));
    for (std::int64_t n = 0; n < set.count; ++n) {
        fillNormal({seed, Purpose::Test, 100 + static_cast<std::uint64_t>(n)}, 0, noise);
        std::uint8_t* p = set.picture(n);
        for (std::size_t i = 0; i < noise.size(); ++i) p[i] = toByte(p[i] + 255 * deviation * double{noise[i]});
    }
}

void blur(PictureSet& set, double deviation) {
    const int radius = static_cast<int>(std::ceil(3 * deviation));
    std::vector<double> w;
    for (int k = -radius; k <= radius; ++k) w.push_back(std::exp(-k * k / (2 * deviation * deviation)));
    const double sum = std::accumulate(w.begin(), w.end(), 0.0);
    for (double& v : w) v /= sum;
    const int h = set.height, width = set.width, channels = set.channels;
    const auto at = [&](int y, int x, int c) { return static_cast<std::size_t>((y * width + x) * channels + c); };
    std::vector<double> rows(static_cast<std::size_t>(set.bytesEach()));
    for (std::int64_t n = 0; n < set.count; ++n) {
        std::uint8_t* p = set.picture(n);
        const auto pass = [&](auto&& from, auto&& store, bool alongX) {
            for (int y = 0; y < h; ++y) {
                for (int x = 0; x < width; ++x) {
                    for (int c = 0; c < channels; ++c) {
                        double v = 0;
                        for (int k = -radius; k <= radius; ++k) {
                            const int yy = alongX ? y : std::clamp(y + k, 0, h - 1), xx = alongX ? std::clamp(x + k, 0, width - 1) : x;
                            v += w[static_cast<std::size_t>(k + radius)] * from(at(yy, xx, c));
                        }
                        store(at(y, x, c), v);
                    }
                }
            }
        };
        pass([&](std::size_t i) { return double{static_cast<double>(p[i])}; }, [&](std::size_t i, double v) { rows[i] = v; }, true);
        pass([&](std::size_t i) { return rows[i]; }, [&](std::size_t i, double v) { p[i] = toByte(v); }, false);
    }
}

// Pictures that are not to be kept become copies of kept ones, in turn.
void replace(PictureSet& set, const std::vector<bool>& keep) {
    std::vector<std::int64_t> kept;
    for (std::int64_t n = 0; n < set.count; ++n) {
        if (keep[static_cast<std::size_t>(n)]) kept.push_back(n);
    }
    if (kept.empty()) return;
    std::size_t next = 0;
    for (std::int64_t n = 0; n < set.count; ++n) {
        if (keep[static_cast<std::size_t>(n)]) continue;
        const std::int64_t from = kept[next++ % kept.size()];
        std::copy_n(set.picture(from), set.bytesEach(), set.picture(n));
        if (!set.classes.empty()) set.classes[static_cast<std::size_t>(n)] = set.classes[static_cast<std::size_t>(from)];
    }
}

// A mode: the given share of the pictures that look most like one of them (squared distance of pixels).
std::vector<bool> outsideMode(const PictureSet& set, double share, std::uint64_t seed) {
    const auto centre = static_cast<std::int64_t>(randomBelow({seed, Purpose::Test, 1}, 0, static_cast<std::uint64_t>(set.count)));
    std::vector<std::pair<std::int64_t, std::int64_t>> distance;
    for (std::int64_t n = 0; n < set.count; ++n) {
        const std::uint8_t *a = set.picture(n), *b = set.picture(centre);
        std::int64_t sum = 0;
        for (std::int64_t i = 0; i < set.bytesEach(); ++i) sum += (int{a[i]} - int{b[i]}) * (int{a[i]} - int{b[i]});
        distance.emplace_back(sum, n);
    }
    std::sort(distance.begin(), distance.end());
    std::vector<bool> keep(static_cast<std::size_t>(set.count), true);
    const auto dropped = std::lround(share * static_cast<double>(set.count));
    for (std::int64_t i = 0; i < dropped; ++i) keep[static_cast<std::size_t>(distance[static_cast<std::size_t>(i)].second)] = false;
    return keep;
}

}  // namespace

std::vector<CalibrationCase> calibrationCases(std::size_t classes) {
    std::vector<CalibrationCase> cases{{"floor", 0}, {"noise", 0.05}, {"noise", 0.1},     {"noise", 0.2},     {"blur", 0.5},
                                       {"blur", 1},  {"blur", 2},     {"mode_drop", 0.1}, {"mode_drop", 0.2}, {"mode_drop", 0.4}};
    for (const std::size_t dropped : {1, 2, 5})
        if (dropped < classes) cases.push_back({"class_drop", static_cast<double>(dropped)});
    return cases;
}

PictureSet spoil(const PictureSet& pictures, const CalibrationCase& which, std::uint64_t seed) {
    PictureSet out = pictures;
    if (which.series == "noise") {
        addNoise(out, which.level, seed);
    } else if (which.series == "blur") {
        blur(out, which.level);
    } else if (which.series == "mode_drop") {
        replace(out, outsideMode(out, which.level, seed));
    } else if (which.series == "class_drop") {
        assert(!out.classes.empty());
        std::vector<bool> keep;
        for (const int c : out.classes) keep.push_back(c >= static_cast<int>(which.level));
        replace(out, keep);
    }
    return out;
}

Monotone checkMonotone(const std::vector<CalibrationCase>& cases, const std::vector<double>& values) {
    assert(cases.size() == values.size() && !cases.empty() && cases.front().series == "floor");
    Monotone result;
    for (std::size_t i = 1; i < cases.size(); ++i) {
        const bool first = cases[i].series != cases[i - 1].series;
        const double before = first ? values.front() : values[i - 1];
        if (values[i] > before) continue;
        result.ok = false;
        if (result.broken.empty() || result.broken.back() != cases[i].series) result.broken.push_back(cases[i].series);
    }
    return result;
}

namespace {

std::string cell(const char* format, auto... values) {
    char text[128];
    std::snprintf(text, sizeof text, format, values...);
    return text;
}

std::string heading(const Figures& sample, const std::vector<std::string>& nets) {
    std::string text = cell("%-11s %6s", "series", "level");
    if (!sample.fd.empty())
        for (const auto& net : nets) text += cell(" %23s", ("fd " + net).c_str());
    if (!sample.kid.empty()) text += cell(" %10s", "kid");
    if (!sample.prdc.empty()) text += cell(" %9s %7s %7s %8s", "precision", "recall", "density", "coverage");
    if (sample.swd) text += cell(" %8s", "swd");
    return text + "\n";
}

std::string line(const CalibrationCase& which, const Figures& f) {
    std::string text = cell("%-11s %6g", which.series.c_str(), which.level);
    for (const double fd : f.fd) text += cell(" %23.4f", fd);
    if (!f.kid.empty()) text += cell(" %10.6f", f.meanKid());
    const Prdc p = f.meanPrdc();
    if (!f.prdc.empty()) text += cell(" %9.4f %7.4f %7.4f %8.4f", p.precision, p.recall, p.density, p.coverage);
    if (f.swd) text += cell(" %8.2f", f.swd->mean);
    return text + "\n";
}

}  // namespace

Json calibrationReport(const std::vector<CalibrationCase>& cases, const std::vector<Figures>& figures,
                       const std::vector<std::string>& nets) {
    assert(cases.size() == figures.size() && !cases.empty());
    const Figures& first = figures.front();
    Json rows = Json::array();
    std::string text = heading(first, nets);
    for (std::size_t i = 0; i < cases.size(); ++i) {
        Json row = {{"series", cases[i].series}, {"level", cases[i].level}};
        row.update(figures[i].json());
        if (!figures[i].fd.empty()) row["fd_each"] = figures[i].fd;
        rows.push_back(row);
        text += line(cases[i], figures[i]);
    }
    Json each = Json::object();
    bool all = true;
    const auto check = [&](const std::string& name, bool counts, auto&& get) {
        std::vector<double> values;
        for (const Figures& f : figures) values.push_back(get(f));
        const Monotone m = checkMonotone(cases, values);
        each[name] = {{"ok", m.ok}, {"broken", m.broken}};
        all = all && (m.ok || !counts);
    };
    for (std::size_t n = 0; n < first.fd.size(); ++n) check("fd " + nets[n], true, [n](const Figures& f) { return f.fd[n]; });
    if (!first.kid.empty()) check("kid", true, [](const Figures& f) { return f.meanKid(); });
    if (!first.prdc.empty()) check("1 - coverage", false, [](const Figures& f) { return 1 - f.meanPrdc().coverage; });
    if (first.swd) check("swd", false, [](const Figures& f) { return f.swd->mean; });
    return {{"table", rows}, {"table_text", text}, {"monotone", all}, {"monotone_each", each}};
}

}  // namespace imago::evaluate
