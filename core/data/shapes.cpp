// Shapes: coloured figures drawn by rule from signed distances. Every picture is a function of its number alone.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/base/random.h"
#include "core/data/sources.h"

namespace imago {
namespace {

constexpr std::array<const char*, 6> kShapeNames{"circle", "square", "triangle", "ring", "cross", "star"};

struct Point {
    float x, y;
};

// Signed distance to a regular polygon-like figure around the origin with outer radius 1; negative inside.
float polygonDistance(Point p, int corners, float innerRadius) {
    // Folds the plane onto one half of one corner, then takes the distance to the edge from the tip to the notch.
    const float sector = std::numbers::pi_v<float> / static_cast<float>(corners);
    const float angle = std::atan2(p.x, -p.y);
    const float folded = std::fabs(angle - 2 * sector * std::round(angle / (2 * sector)));
    const float radius = std::hypot(p.x, p.y);
    const Point q{radius * std::sin(folded), radius * std::cos(folded)};  // the tip is at (0, 1)
    const Point tip{0, 1}, notch{innerRadius * std::sin(sector), innerRadius * std::cos(sector)};
    const Point edge{notch.x - tip.x, notch.y - tip.y}, w{q.x - tip.x, q.y - tip.y};
    return -(w.y * edge.x - w.x * edge.y) / std::hypot(edge.x, edge.y) * (edge.x > 0 ? -1.f : 1.f);
}

float shapeDistance(int shape, Point p) {
    const float ax = std::fabs(p.x), ay = std::fabs(p.y);
    switch (shape) {
        case 0:
            return std::hypot(p.x, p.y) - 0.9f;
        case 1:
            return std::max(ax, ay) - 0.78f;
        case 2:
            return polygonDistance(p, 3, 0.5f);
        case 3:
            return std::fabs(std::hypot(p.x, p.y) - 0.7f) - 0.22f;
        case 4:
            return std::min(std::max(ax - 0.95f, ay - 0.3f), std::max(ax - 0.3f, ay - 0.95f));
        default:
            return polygonDistance(p, 5, 0.42f);
    }
}

// Hue in turns, full circle; a plain HSV conversion.
std::array<float, 3> colour(float hue, float saturation, float value) {
    std::array<float, 3> rgb;
    for (int c = 0; c < 3; ++c) {
        const float k = std::fmod(static_cast<float>(5 - 2 * c) + hue * 6, 6.f);
        rgb[static_cast<std::size_t>(c)] = value * (1 - saturation * std::max(0.f, std::min({k, 4 - k, 1.f})));
    }
    return rgb;
}

void drawShape(std::uint8_t* pixels, int side, int shape, std::size_t index) {
    const RandomKey key{0, Purpose::Latent, index};
    const auto draw = [&](std::uint64_t i, float low, float high) { return low + (high - low) * uniform(key, i); };
    const float radius = draw(0, 0.22f, 0.42f);  // in sides
    const Point centre{draw(1, radius, 1 - radius), draw(2, radius, 1 - radius)};
    const float turn = draw(3, -0.35f, 0.35f);
    const float hue = draw(4, 0, 1);
    const auto ink = colour(hue, draw(5, 0.6f, 1), draw(6, 0.75f, 1));
    const auto ground = colour(std::fmod(hue + draw(7, 0.3f, 0.7f), 1.f), draw(8, 0.1f, 0.5f), draw(9, 0.1f, 0.45f));
    const float cosine = std::cos(turn), sine = std::sin(turn);
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) {
            const float u = ((static_cast<float>(x) + 0.5f) / static_cast<float>(side) - centre.x) / radius;
            const float v = ((static_cast<float>(y) + 0.5f) / static_cast<float>(side) - centre.y) / radius;
            const float d = shapeDistance(shape, {cosine * u + sine * v, cosine * v - sine * u});
            const float cover = std::clamp(0.5f - d * radius * static_cast<float>(side), 0.f, 1.f);  // one pixel of soft edge
            for (std::size_t c = 0; c < 3; ++c)
                *pixels++ = static_cast<std::uint8_t>(std::lround(255 * (ground[c] + (ink[c] - ground[c]) * cover)));
        }
}

}  // namespace

Result<DatasetContents> openShapes(std::size_t count, const DatasetOptions& options) {
    const int side = options.resolution > 0 ? options.resolution : 32;
    const std::size_t itemBytes = 3u * static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
    IMAGO_TRY(checkFitsInMemory(count, itemBytes));
    DatasetContents contents;
    contents.shape = {3, side, side, {kShapeNames.begin(), kShapeNames.end()}};
    contents.pixels.resize(count * itemBytes);
    contents.classes.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        const int shape = static_cast<int>(i % kShapeNames.size());
        contents.classes[i] = shape;
        drawShape(contents.pixels.data() + i * itemBytes, side, shape, i);
        if (options.progress && i % 1024 == 0 && !options.progress(i, count))
            return Error{ErrorCode::Cancelled, IMAGO_TR("Reading the pictures was cancelled.")};
    }
    IMAGO_TRY(convertContents(contents, options));
    return contents;
}

}  // namespace imago
