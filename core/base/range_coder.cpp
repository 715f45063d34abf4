#include "core/base/range_coder.h"

#include <algorithm>
#include <cassert>

namespace imago {

namespace {

constexpr std::uint32_t kObservation = 16;   // counts are kept in sixteenths
constexpr std::uint32_t kMost = 1U << 17;    // then both halve: old observations fade
constexpr std::uint32_t kNormal = 1U << 24;  // the range never falls below it
constexpr std::uint32_t kScale = 16;         // bits of a probability
constexpr std::uint32_t kLeast = 32;         // of 65536: the least that anything is thought likely

}  // namespace

AdaptiveModel::AdaptiveModel(std::uint32_t symbols, std::span<const std::uint32_t> masses) : m_symbols(std::max(symbols, 1U)) {
    while ((1U << m_bits) < m_symbols) ++m_bits;
    const std::uint32_t leaves = 1U << m_bits;
    std::vector<std::uint64_t> sums(2 * std::size_t{leaves}, 0);
    for (std::uint32_t s = 0; s < m_symbols; ++s) sums[leaves + s] = s < masses.size() ? std::uint64_t{masses[s]} + 1 : kObservation;
    for (std::uint32_t node = leaves; --node > 0;) sums[node] = sums[2 * node] + sums[2 * node + 1];
    m_nodes.resize(leaves);
    for (std::uint32_t node = 1; node < leaves; ++node) {
        std::uint64_t zeros = sums[2 * node], ones = sums[2 * node + 1];
        while (zeros + ones > kMost) zeros >>= 1, ones >>= 1;
        m_nodes[node] = {static_cast<std::uint32_t>(zeros), static_cast<std::uint32_t>(ones)};
    }
}

std::uint32_t AdaptiveModel::zero(std::uint32_t node) const {
    const Counts& c = m_nodes[node];
    const std::uint64_t share = (std::uint64_t{c.zeros + 1} << kScale) / (std::uint64_t{c.zeros} + c.ones + 2);
    return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(share, kLeast, (1U << kScale) - kLeast));
}

void AdaptiveModel::note(std::uint32_t node, bool one) {
    Counts& c = m_nodes[node];
    (one ? c.ones : c.zeros) += kObservation;
    if (c.zeros + c.ones > kMost) c.zeros >>= 1, c.ones >>= 1;
}

void RangeEncoder::encode(AdaptiveModel& model, std::uint32_t symbol) {
    assert(symbol < model.symbols());
    std::uint32_t node = 1;
    for (int b = model.bits(); b-- > 0;) {
        const bool one = (symbol >> b) & 1U;
        const std::uint32_t bound = (m_range >> kScale) * model.zero(node);
        if (one) {
            m_low += bound;
            m_range -= bound;
        } else {
            m_range = bound;
        }
        model.note(node, one);
        node = 2 * node + (one ? 1 : 0);
        while (m_range < kNormal) {
            m_range <<= 8;
            shift();
        }
    }
}

// Puts out the top byte of low. Bytes of 0xFF wait until it is known whether a carry runs through them.
void RangeEncoder::shift() {
    if (m_low < 0xFF000000ULL || m_low > 0xFFFFFFFFULL) {
        const auto carry = static_cast<std::uint8_t>(m_low >> 32);
        if (!m_first) m_bytes.push_back(static_cast<std::uint8_t>(m_cache + carry));
        m_first = false;
        for (; m_pending > 0; --m_pending) m_bytes.push_back(static_cast<std::uint8_t>(0xFF + carry));
        m_cache = static_cast<std::uint8_t>(m_low >> 24);
    } else {
        ++m_pending;
    }
    m_low = (m_low & 0x00FFFFFFULL) << 8;
}

std::vector<std::uint8_t> RangeEncoder::finish() {
    for (int i = 0; i < 5; ++i) shift();
    while (!m_bytes.empty() && m_bytes.back() == 0) m_bytes.pop_back();  // the decoder reads zeros beyond the end
    return std::move(m_bytes);
}

RangeDecoder::RangeDecoder(std::span<const std::uint8_t> bytes) : m_bytes(bytes) {
    for (int i = 0; i < 4; ++i) m_code = (m_code << 8) | next();
}

std::uint8_t RangeDecoder::next() {
    const std::size_t at = m_at++;
    return at < m_bytes.size() ? m_bytes[at] : 0;
}

std::uint32_t RangeDecoder::decode(AdaptiveModel& model) {
    std::uint32_t node = 1;
    for (int b = model.bits(); b-- > 0;) {
        const std::uint32_t bound = (m_range >> kScale) * model.zero(node);
        const bool one = m_code >= bound;
        if (one) {
            m_code -= bound;
            m_range -= bound;
        } else {
            m_range = bound;
        }
        model.note(node, one);
        node = 2 * node + (one ? 1 : 0);
        while (m_range < kNormal) {
            m_range <<= 8;
            m_code = (m_code << 8) | next();
        }
    }
    return node - (1U << model.bits());
}

}  // namespace imago
