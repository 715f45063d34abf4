#include "core/models/health.h"

#include <algorithm>
#include <cmath>

namespace imago {
namespace {

constexpr int kBlock = 50;               // steps averaged together
constexpr std::size_t kLeastBlocks = 4;  // 200 steps before anything is said
constexpr double kDivergence = 1.5;      // times the best level so far
constexpr double kLeastFall = 0.005;     // relative fall over the window that still counts as learning

}  // namespace

std::optional<Health> FallingLoss::add(std::int64_t step, const std::vector<float>& metrics, bool applied) {
    if (m_task) {
        if (m_asked != metrics[*m_task]) truncate(0);
        m_asked = metrics[*m_task];
    }
    const double loss = metrics[0];
    if (m_blocks.empty() || m_blocks.back().count + m_blocks.back().skipped >= kBlock) m_blocks.push_back({step, 0, 0, 0});
    Block& block = m_blocks.back();
    if (applied && std::isfinite(loss)) {
        block.sum += loss;
        ++block.count;
    } else {
        ++block.skipped;
    }
    if (block.count + block.skipped < kBlock) return std::nullopt;
    const Health now = judge();
    if (now == m_verdict) return std::nullopt;
    m_verdict = now;
    return now;
}

void FallingLoss::truncate(std::int64_t step) {
    std::erase_if(m_blocks, [&](const Block& b) { return b.firstStep + kBlock > step; });
    m_verdict = judge();
}

// Compares the level of the last quarter of the training with that of the quarter before it.
Health FallingLoss::judge() const {
    std::vector<double> levels;
    for (const Block& b : m_blocks)
        if (b.count > 0) levels.push_back(b.mean());
    if (m_blocks.size() < kLeastBlocks || levels.size() < kLeastBlocks) return Health::Unknown;
    if (m_blocks.back().skipped * 10 > kBlock) return Health::Unstable;
    const double scale = std::max(1e-12, std::fabs(*std::min_element(levels.begin(), levels.end())));
    if (levels.back() - *std::min_element(levels.begin(), levels.end()) > (kDivergence - 1) * scale) return Health::Diverging;
    const std::size_t window = std::max<std::size_t>(2, levels.size() / 4);
    const auto mean = [&](std::size_t from, std::size_t to) {
        double sum = 0;
        for (std::size_t i = from; i < to; ++i) sum += levels[i];
        return sum / static_cast<double>(to - from);
    };
    const double late = mean(levels.size() - window, levels.size());
    const double early = mean(levels.size() - 2 * window, levels.size() - window);
    return early - late > kLeastFall * std::max(1e-12, std::fabs(early)) ? Health::Learning : Health::Plateau;
}

bool isAlarm(Health verdict) {
    return verdict == Health::Diverging || verdict == Health::Unstable || verdict == Health::Collapsed || verdict == Health::CriticWins;
}

Error healthText(Health verdict) {
    switch (verdict) {
        case Health::Learning:
            return {ErrorCode::Internal, IMAGO_TR("It is learning steadily: the loss is falling.")};
        case Health::Plateau:
            return {ErrorCode::Internal,
                    IMAGO_TR("The loss has levelled off. The pictures may still improve in detail."),
                    {},
                    IMAGO_TR("If the pictures no longer change, stop here or try a larger network.")};
        case Health::Diverging:
            return {ErrorCode::Internal,
                    IMAGO_TR("The loss is rising: the training is losing its way."),
                    {},
                    IMAGO_TR("Lower the learning rate, or go back to an earlier checkpoint.")};
        case Health::Unstable:
            return {ErrorCode::Internal,
                    IMAGO_TR("Many steps had to be skipped because numbers became too large."),
                    {},
                    IMAGO_TR("Lower the learning rate.")};
        case Health::Balanced:
            return {ErrorCode::Internal, IMAGO_TR("Generator and critic are in balance: both are learning.")};
        case Health::Collapsed:
            return {ErrorCode::Internal,
                    IMAGO_TR("The pictures it makes have become nearly all the same (collapse)."),
                    {},
                    IMAGO_TR("Go back to an earlier checkpoint and keep the critic smoother, or lower the learning rate.")};
        case Health::CriticWins:
            return {ErrorCode::Internal,
                    IMAGO_TR("The critic is winning: it tells every made picture at once, and the generator learns little from it."),
                    {},
                    IMAGO_TR("Keep the critic smoother or lower its rate. With few pictures, vary what the critic sees.")};
        case Health::Unknown:
            break;
    }
    return {ErrorCode::Internal, IMAGO_TR("Too early to say how it goes.")};
}

const char* toString(Health verdict) {
    switch (verdict) {
        case Health::Learning:
            return "learning";
        case Health::Plateau:
            return "plateau";
        case Health::Diverging:
            return "diverging";
        case Health::Unstable:
            return "unstable";
        case Health::Balanced:
            return "balanced";
        case Health::Collapsed:
            return "collapsed";
        case Health::CriticWins:
            return "critic-wins";
        case Health::Unknown:
            break;
    }
    return "unknown";
}

}  // namespace imago
