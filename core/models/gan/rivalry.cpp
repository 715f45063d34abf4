#include "core/models/gan/rivalry.h"

#include <algorithm>
#include <cmath>

namespace imago::gan {
namespace {

constexpr int kBlock = 50;               // steps averaged together
constexpr std::size_t kLeastBlocks = 4;  // the first steps of a healthy training look like both alarms: blobs, all told apart
constexpr std::size_t kInRow = 2;        // blocks that must agree
// Far from a healthy training: in twenty minutes on Fashion-MNIST every 50 steps after the first 200 lay within variety 0.90
// to 1.01, twins 0.00 to 0.01, told apart 0.59 to 0.81.
constexpr double kLeastVariety = 0.2;
constexpr double kMostTwins = 0.8;
constexpr double kAlwaysTold = 0.995;

int columnOf(const std::vector<std::string>& columns, const char* name) {
    const auto found = std::find(columns.begin(), columns.end(), name);
    return found == columns.end() ? -1 : static_cast<int>(found - columns.begin());
}

}  // namespace

void RivalryMonitor::Mean::add(double value) {
    if (!std::isfinite(value)) return;
    sum += value;
    ++count;
}

RivalryMonitor::RivalryMonitor(const std::vector<std::string>& columns)
    : m_toldApart(columnOf(columns, "told_apart")), m_variety(columnOf(columns, "variety")), m_twins(columnOf(columns, "twins")) {}

std::optional<Health> RivalryMonitor::add(std::int64_t step, const std::vector<float>& metrics, bool applied) {
    if (m_blocks.empty() || m_blocks.back().steps >= kBlock) m_blocks.push_back({step, 0, 0, {}, {}, {}});
    Block& block = m_blocks.back();
    ++block.steps;
    if (applied) {
        const auto take = [&](int column, Mean& mean) {
            if (column >= 0 && static_cast<std::size_t>(column) < metrics.size()) mean.add(metrics[static_cast<std::size_t>(column)]);
        };
        take(m_toldApart, block.toldApart);
        take(m_variety, block.variety);
        take(m_twins, block.twins);
    } else {
        ++block.skipped;
    }
    if (block.steps < kBlock) return std::nullopt;
    const Health now = judge();
    if (now == m_verdict) return std::nullopt;
    m_verdict = now;
    return now;
}

void RivalryMonitor::truncate(std::int64_t step) {
    std::erase_if(m_blocks, [&](const Block& b) { return b.firstStep + kBlock > step; });
    m_verdict = judge();
}

Health RivalryMonitor::judge() const {
    if (m_blocks.size() < kLeastBlocks) return Health::Unknown;
    if (m_blocks.back().skipped * 10 > kBlock) return Health::Unstable;
    const auto all = [&](auto holds) { return std::all_of(m_blocks.end() - kInRow, m_blocks.end(), holds); };
    if (all([](const Block& b) { return b.variety.value(1) < kLeastVariety || b.twins.value(0) > kMostTwins; })) return Health::Collapsed;
    if (all([](const Block& b) { return b.toldApart.value(0.5) > kAlwaysTold; })) return Health::CriticWins;
    return Health::Balanced;
}

}  // namespace imago::gan
