#include "core/evaluate/swd.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/base/random.h"
#include "core/nn/torch_pch.h"

namespace imago::evaluate {

namespace {

constexpr float kBlur[5] = {1 / 16.f, 4 / 16.f, 6 / 16.f, 4 / 16.f, 1 / 16.f};

int mirrored(int i, int n) {
    if (n == 1) return 0;
    while (i < 0 || i >= n) i = i < 0 ? -i : 2 * (n - 1) - i;
    return i;
}

// Convolves rows and columns with kBlur times scale. plane: [height, width].
std::vector<float> blur(const std::vector<float>& plane, int height, int width, float scale) {
    std::vector<float> rows(plane.size()), out(plane.size());
    const auto at = [width](int y, int x) { return static_cast<std::size_t>(y * width + x); };
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            float sum = 0;
            for (int k = 0; k < 5; ++k) sum += kBlur[k] * plane[at(y, mirrored(x + k - 2, width))];
            rows[at(y, x)] = sum;
        }
    }
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            float sum = 0;
            for (int k = 0; k < 5; ++k) sum += kBlur[k] * rows[at(mirrored(y + k - 2, height), x)];
            out[at(y, x)] = sum * scale;
        }
    }
    return out;
}

// Patches of one pyramid level of every picture: [pictures * patchesEach, patch * patch * channels].
struct Level {
    int height, width;
    Features patches;
};

std::vector<Level> describe(const PictureSet& set, std::int64_t pictures, std::int64_t patchesEach, int levels, const SwdOptions& o) {
    std::vector<Level> out(static_cast<std::size_t>(levels));
    const std::int64_t dims = std::int64_t{o.patchSize} * o.patchSize * set.channels;
    int h = set.height, w = set.width;
    for (Level& level : out) {
        level = {h, w, {pictures * patchesEach, dims, {}}};
        level.patches.values.resize(static_cast<std::size_t>(pictures * patchesEach * dims));
        h = (h + 1) / 2;
        w = (w + 1) / 2;
    }
    at::parallel_for(0, pictures, 16, [&](std::int64_t begin, std::int64_t end) {
        std::vector<float> plane(static_cast<std::size_t>(set.height) * static_cast<std::size_t>(set.width));
        for (std::int64_t n = begin; n < end; ++n) {
            for (int c = 0; c < set.channels; ++c) {
                for (std::size_t i = 0; i < plane.size(); ++i)
                    plane[i] = set.picture(n)[i * static_cast<std::size_t>(set.channels) + static_cast<std::size_t>(c)];
                const auto pyramid = laplacianPyramid(plane, set.height, set.width, levels);
                for (int l = 0; l < levels; ++l) {
                    Level& level = out[static_cast<std::size_t>(l)];
                    const RandomKey key{o.seed, Purpose::Test, static_cast<std::uint64_t>(l)};
                    for (std::int64_t p = 0; p < patchesEach; ++p) {
                        const auto index = static_cast<std::uint64_t>(2 * (n * patchesEach + p));
                        const auto pick = [&](std::uint64_t i, int size) {
                            return static_cast<int>(
                                (std::uint64_t{randomBits(key, i)} * static_cast<std::uint64_t>(size - o.patchSize + 1)) >> 32);
                        };
                        const int top = pick(index, level.height), left = pick(index + 1, level.width);
                        float* row =
                            level.patches.values.data() + (n * patchesEach + p) * dims + std::int64_t{c} * o.patchSize * o.patchSize;
                        for (int y = 0; y < o.patchSize; ++y)
                            row =
                                std::copy_n(pyramid[static_cast<std::size_t>(l)].data() + (top + y) * level.width + left, o.patchSize, row);
                    }
                }
            }
        }
    });
    return out;
}

// Both to the first one's mean 0 and deviation 1 of each channel.
void standardise(Features& real, Features& generated, int channels) {
    const auto wrap = [channels](Features& f) {
        return torch::from_blob(f.values.data(), {f.rows, channels, f.dims / channels}, torch::kFloat32);
    };
    auto r = wrap(real), g = wrap(generated);
    const auto wide = r.to(torch::kFloat64);
    const auto mean = wide.mean(at::IntArrayRef{0, 2}, true);
    const auto deviation = (wide - mean).square().mean(at::IntArrayRef{0, 2}, true).sqrt().clamp_min(1e-6);
    for (auto* t : {&r, &g}) t->sub_(mean.to(torch::kFloat32)).div_(deviation.to(torch::kFloat32));
}

}  // namespace

std::vector<std::vector<float>> laplacianPyramid(const std::vector<float>& plane, int height, int width, int levels) {
    std::vector<std::vector<float>> out;
    std::vector<float> now = plane;
    for (int l = 0; l + 1 < levels; ++l) {
        const int h = (height + 1) / 2, w = (width + 1) / 2;
        const auto smooth = blur(now, height, width, 1);
        std::vector<float> small(static_cast<std::size_t>(h) * static_cast<std::size_t>(w)), spread(now.size(), 0.f);
        for (int y = 0; y < h; ++y) {
            for (int x = 0; x < w; ++x) {
                const float v = smooth[static_cast<std::size_t>(2 * y * width + 2 * x)];
                small[static_cast<std::size_t>(y * w + x)] = v;
                spread[static_cast<std::size_t>(2 * y * width + 2 * x)] = v;
            }
        }
        const auto enlarged = blur(spread, height, width, 4);  // three of four places are empty
        for (std::size_t i = 0; i < now.size(); ++i) now[i] -= enlarged[i];
        out.push_back(std::move(now));
        now = std::move(small);
        height = h;
        width = w;
    }
    out.push_back(std::move(now));
    return out;
}

double slicedDistance(const Features& a, const Features& b, const Features& directions) {
    assert(a.rows == b.rows && a.dims == b.dims && a.dims == directions.dims);
    const torch::NoGradGuard guard;
    const auto wrap = [](const Features& f) {
        return torch::from_blob(const_cast<float*>(f.values.data()), {f.rows, f.dims}, torch::kFloat32);
    };
    const auto d = wrap(directions);
    const auto pa = d.mm(wrap(a).t()).contiguous(), pb = d.mm(wrap(b).t()).contiguous();  // [directions, rows]
    std::vector<double> each(static_cast<std::size_t>(directions.rows));
    at::parallel_for(0, directions.rows, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            float* x = pa.data_ptr<float>() + i * a.rows;
            float* y = pb.data_ptr<float>() + i * a.rows;
            std::sort(x, x + a.rows);
            std::sort(y, y + a.rows);
            double sum = 0;
            for (std::int64_t j = 0; j < a.rows; ++j) sum += std::abs(double{x[j]} - double{y[j]});
            each[static_cast<std::size_t>(i)] = sum / static_cast<double>(a.rows);
        }
    });
    double sum = 0;
    for (const double e : each) sum += e;
    return sum / static_cast<double>(directions.rows);
}

Swd slicedWasserstein(const PictureSet& real, const PictureSet& generated, const SwdOptions& o) {
    assert(real.sameShape(generated));
    Swd result;
    result.pictures = std::min(real.count, generated.count);
    if (result.pictures == 0) return result;
    const std::int64_t patchesEach = std::max<std::int64_t>(1, (o.patches + result.pictures - 1) / result.pictures);
    int levels = 1;
    for (int h = real.height, w = real.width; std::min((h + 1) / 2, (w + 1) / 2) >= std::max(o.smallest, o.patchSize); ++levels) {
        h = (h + 1) / 2;
        w = (w + 1) / 2;
    }
    auto a = describe(real, result.pictures, patchesEach, levels, o);
    auto b = describe(generated, result.pictures, patchesEach, levels, o);
    for (std::size_t l = 0; l < a.size(); ++l) {
        standardise(a[l].patches, b[l].patches, real.channels);
        Features directions{o.directions, a[l].patches.dims, {}};
        directions.values.resize(static_cast<std::size_t>(directions.rows * directions.dims));
        fillNormal({o.seed, Purpose::Test, 1000 + l}, 0, directions.values);
        for (std::int64_t i = 0; i < directions.rows; ++i) {
            float* row = directions.values.data() + i * directions.dims;
            double norm = 0;
            for (std::int64_t j = 0; j < directions.dims; ++j) norm += double{row[j]} * row[j];
            for (std::int64_t j = 0; j < directions.dims; ++j) row[j] = static_cast<float>(row[j] / std::sqrt(norm));
        }
        const double distance = 1000 * slicedDistance(a[l].patches, b[l].patches, directions);
        result.levels.push_back({a[l].height, a[l].width, distance});
        result.mean += distance / static_cast<double>(a.size());
    }
    return result;
}

}  // namespace imago::evaluate
