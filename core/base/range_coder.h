// Range coder: entropy coding of small whole numbers with adaptive models, integers only, so that every machine reads what
// any other wrote. Martin 1979; carries and bit trees as in Pavlov's LZMA. Any thread; one object belongs to one thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace imago {

// How likely each symbol 0 .. symbols-1 is, learned while coding: a tree of binary decisions with counts. `masses`: what is
// known beforehand of each symbol, in sixteenths of an observation (empty: nothing, all are equally likely).
class AdaptiveModel {
  public:
    explicit AdaptiveModel(std::uint32_t symbols, std::span<const std::uint32_t> masses = {});

    std::uint32_t symbols() const { return m_symbols; }
    int bits() const { return m_bits; }
    // The probability of a 0 at a node, in parts of 65536; never 0 and never 65536.
    std::uint32_t zero(std::uint32_t node) const;
    void note(std::uint32_t node, bool one);

  private:
    struct Counts {
        std::uint32_t zeros, ones;  // in sixteenths of an observation
    };
    std::uint32_t m_symbols;
    int m_bits = 0;
    std::vector<Counts> m_nodes;  // heap order, the root is 1
};

class RangeEncoder {
  public:
    void encode(AdaptiveModel& model, std::uint32_t symbol);  // symbol < model.symbols()
    std::vector<std::uint8_t> finish();                       // once; then the object is spent

  private:
    void shift();
    std::uint64_t m_low = 0, m_pending = 0;
    std::uint32_t m_range = 0xFFFFFFFF;
    std::uint8_t m_cache = 0;
    bool m_first = true;
    std::vector<std::uint8_t> m_bytes;
};

class RangeDecoder {
  public:
    explicit RangeDecoder(std::span<const std::uint8_t> bytes);
    // Whatever the bytes are, a symbol below 2^bits; too few bytes read as zeros.
    std::uint32_t decode(AdaptiveModel& model);

  private:
    std::uint8_t next();
    std::span<const std::uint8_t> m_bytes;
    std::size_t m_at = 0;
    std::uint32_t m_code = 0, m_range = 0xFFFFFFFF;
};

}  // namespace imago
