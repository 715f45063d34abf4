// BatchSource: the pictures of each training step, in an order that is a function of (seed, step) alone: a Philox
// permutation for each epoch. There is no position to save. On CUDA the data live on the device. Compute thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/result.h"
#include "core/data/dataset.h"

namespace at {
class Tensor;
}

namespace imago {

struct Device;

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

class BatchSource {
  public:
    BatchSource(std::shared_ptr<const Dataset> data, int batchSize, std::uint64_t seed, const Device& device);
    ~BatchSource();

    // Makes pixels() uint8 [N, H, W, C] and labels() int64 [N] (-1 = none) the batch of this step. Queues work on the
    // device, waits for nothing.
    void load(std::int64_t step);
    const at::Tensor& pixels() const;
    const at::Tensor& labels() const;
    int batchSize() const { return m_batchSize; }
    const Dataset& data() const { return *m_data; }

  private:
    void gatherOnHost(std::int64_t first);
    void gatherOnDevice(std::int64_t first);

    struct Tensors;
    std::shared_ptr<const Dataset> m_data;
    int m_batchSize;
    BatchOrder m_order;
    std::unique_ptr<Tensors> m_tensors;
};

}  // namespace imago
