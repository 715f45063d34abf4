#include "core/data/batch_source.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <cstring>

#include "core/base/random.h"
#include "core/tensor/device.h"

namespace imago {

const std::vector<std::uint32_t>& BatchOrder::epoch(std::int64_t number) {
    Epoch& kept = m_kept[number & 1];
    if (kept.number != number) {
        kept.order = permutation(RandomKey{m_seed, Purpose::DataOrder, static_cast<std::uint64_t>(number)}, m_items);
        kept.number = number;
    }
    return kept.order;
}

OrderedItem BatchOrder::item(std::int64_t position) {
    const auto items = static_cast<std::int64_t>(m_items);
    const std::int64_t number = position / items;
    return {number, epoch(number)[static_cast<std::size_t>(position % items)]};
}

struct BatchSource::Tensors {
    c10::Device device{c10::kCPU};
    at::Tensor pixels, labels;        // the present batch
    at::Tensor allPixels, allLabels;  // CUDA: the whole dataset
    at::Tensor epochOrder[2];         // CUDA: permutations already sent, int64
    at::Tensor stagedOrder[2];        // pinned; kept while their copies may be under way
    std::int64_t epochNumber[2] = {-1, -1};
};

BatchSource::BatchSource(std::shared_ptr<const Dataset> data, int batchSize, std::uint64_t seed, const Device& device)
    : m_data(std::move(data)), m_batchSize(batchSize), m_order(m_data->size(), seed), m_tensors(std::make_unique<Tensors>()) {
    const DataShape& shape = m_data->shape();
    Tensors& t = *m_tensors;
    t.device = torchDevice(device);
    if (t.device.is_cpu()) {
        t.pixels = at::empty({batchSize, shape.height, shape.width, shape.channels}, at::kByte);
        t.labels = at::empty({batchSize}, at::kLong);
        return;
    }
    const auto count = static_cast<std::int64_t>(m_data->size());
    auto* bytes = const_cast<std::uint8_t*>(m_data->pixels(0));  // only read: copied to the device
    t.allPixels = at::from_blob(bytes, {count, shape.height, shape.width, shape.channels}, at::kByte).to(t.device);
    at::Tensor labels = at::empty({count}, at::kLong);
    for (std::int64_t i = 0; i < count; ++i) labels.data_ptr<std::int64_t>()[i] = m_data->classOf(static_cast<std::size_t>(i));
    t.allLabels = labels.to(t.device);
}

BatchSource::~BatchSource() = default;

const at::Tensor& BatchSource::pixels() const {
    return m_tensors->pixels;
}
const at::Tensor& BatchSource::labels() const {
    return m_tensors->labels;
}

void BatchSource::load(std::int64_t step) {
    const std::int64_t first = step * m_batchSize;
    if (m_tensors->device.is_cpu())
        gatherOnHost(first);
    else
        gatherOnDevice(first);
}

void BatchSource::gatherOnHost(std::int64_t first) {
    auto* pixels = m_tensors->pixels.data_ptr<std::uint8_t>();
    auto* labels = m_tensors->labels.data_ptr<std::int64_t>();
    const std::size_t bytes = m_data->itemBytes();
    for (int i = 0; i < m_batchSize; ++i) {
        const std::size_t index = m_order.item(first + i).index;
        std::memcpy(pixels + static_cast<std::size_t>(i) * bytes, m_data->pixels(index), bytes);
        labels[i] = m_data->classOf(index);
    }
}

// One copy of a permutation an epoch; a batch is a slice of it (two or more where it crosses an epoch's end).
void BatchSource::gatherOnDevice(std::int64_t first) {
    Tensors& t = *m_tensors;
    const auto items = static_cast<std::int64_t>(m_data->size());
    std::vector<at::Tensor> parts;
    for (std::int64_t at = first; at < first + m_batchSize;) {
        const std::int64_t number = at / items, offset = at % items, slot = number & 1;
        if (t.epochNumber[slot] != number) {
            const auto& order = m_order.epoch(number);
            t.stagedOrder[slot] = at::empty({items}, at::TensorOptions(at::kLong).pinned_memory(true));
            std::copy(order.begin(), order.end(), t.stagedOrder[slot].data_ptr<std::int64_t>());
            t.epochOrder[slot] = t.stagedOrder[slot].to(t.device, /*non_blocking=*/true);
            t.epochNumber[slot] = number;
        }
        const std::int64_t length = std::min(items - offset, first + m_batchSize - at);
        parts.push_back(t.epochOrder[slot].narrow(0, offset, length));
        at += length;
    }
    const at::Tensor indices = parts.size() == 1 ? parts[0] : at::cat(parts);
    t.pixels = t.allPixels.index_select(0, indices);
    t.labels = t.allLabels.index_select(0, indices);
}

}  // namespace imago
