// BatchOrder: which picture comes when: a Philox permutation for each epoch, a function of (seed, position) alone. There is
// no position to save. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace imago {

// Number `position` of the endless sequence of epochs of n items: its epoch and the item's index in the dataset.
struct OrderedItem {
    std::int64_t epoch = 0;
    std::size_t index = 0;
};

class BatchOrder {
  public:
    BatchOrder(std::size_t items, std::uint64_t seed) : m_items(items), m_seed(seed) {}
    OrderedItem item(std::int64_t position);
    const std::vector<std::uint32_t>& epoch(std::int64_t epoch);  // its permutation; the last two are kept

  private:
    struct Epoch {
        std::int64_t number = -1;
        std::vector<std::uint32_t> order;
    };
    std::size_t m_items;
    std::uint64_t m_seed;
    Epoch m_kept[2];
};

}  // namespace imago
