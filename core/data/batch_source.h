// BatchSource: the pictures of each training step, in an order that is a function of (seed, step) alone: a Philox
// permutation for each epoch. There is no position to save. On CUDA the data live on the device if they fit. A dataset that does not
// fit in memory is decoded ahead by threads; the batches are the same. Compute thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/result.h"
#include "core/data/batch_order.h"
#include "core/data/dataset.h"

namespace at {
class Tensor;
}

namespace imago {

struct Device;
class Prefetch;

class BatchSource {
  public:
    BatchSource(std::shared_ptr<const Dataset> data, int batchSize, std::uint64_t seed, const Device& device);
    ~BatchSource();

    // Makes pixels() uint8 [N, H, W, C] and labels() int64 [N] (-1 = none) the batch of this step. Queues work on the
    // device, waits for nothing (but for pictures that are still being decoded).
    void load(std::int64_t step);
    const at::Tensor& pixels() const;
    const at::Tensor& labels() const;
    // Files that vanished while they were being learned from (prefetch.h); none where the data are in memory.
    std::vector<SkippedItem> takeLost();
    std::size_t lostTotal() const;
    int batchSize() const { return m_batchSize; }
    const Dataset& data() const { return *m_data; }

  private:
    void gatherOnHost(std::int64_t first);
    void gatherOnDevice(std::int64_t first);

    struct Tensors;
    std::shared_ptr<const Dataset> m_data;
    int m_batchSize;
    BatchOrder m_order;
    std::unique_ptr<Prefetch> m_prefetch;  // of data that are not in memory
    std::unique_ptr<Tensors> m_tensors;
};

}  // namespace imago
