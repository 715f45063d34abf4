#include "core/data/batch_order.h"

#include "core/base/random.h"

namespace imago {

const std::vector<std::uint32_t>& BatchOrder::epoch(std::int64_t number) {
    Epoch& kept = m_kept[number & 1];
    if (kept.number != number) {
        kept.order =
            permutation(RandomKey{m_seed, Purpose::DataOrder, static_cast<std::uint64_t>(number)}, static_cast<std::uint32_t>(m_items));
        kept.number = number;
    }
    return kept.order;
}

OrderedItem BatchOrder::item(std::int64_t position) {
    const auto items = static_cast<std::int64_t>(m_items);
    const std::int64_t number = position / items;
    return {number, epoch(number)[static_cast<std::size_t>(position % items)]};
}

}  // namespace imago
