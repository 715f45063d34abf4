// Prefetch: pictures of a dataset that does not fit in memory, decoded ahead by a few threads in the order of the training,
// never more than a window of them. What it hands out is a function of (seed, position) alone, as from memory. One consumer.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/data/dataset.h"

namespace imago {

class Prefetch {
  public:
    // window: pictures decoded ahead at most; threads: 1 to 4.
    Prefetch(std::shared_ptr<const Dataset> data, std::uint64_t seed, std::size_t window, int threads);
    ~Prefetch();  // stops and joins
    Prefetch(const Prefetch&) = delete;
    Prefetch& operator=(const Prefetch&) = delete;

    // The pictures at positions [first, first + count) of the endless sequence of epochs, waiting for what is not decoded
    // yet. Positions that do not follow the last ones (a resumed run) empty the queue. labels: -1 = none. Throws what
    // stopped a thread (no memory), and again on every later call.
    void take(std::int64_t first, int count, std::uint8_t* pixels, std::int64_t* labels);

    // Pictures that could not be read any more since the last call, each told once; the next one in the dataset stands in.
    std::vector<SkippedItem> takeLost();
    std::size_t lostTotal() const;

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

}  // namespace imago
