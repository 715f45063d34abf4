#include "core/data/batch_source.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "core/data/prefetch.h"
#include "core/tensor/device.h"

namespace imago {

namespace {
constexpr std::size_t kWindowBytes = std::size_t(256) << 20;  // of pictures decoded ahead, at most
}

struct BatchSource::Tensors {
    c10::Device device{c10::kCPU};
    at::Tensor pixels, labels;  // the present batch
    bool onCard = false;        // CUDA: the whole dataset, where it fits
    at::Tensor allPixels, allLabels;
    at::Tensor epochOrder[2];   // CUDA: permutations already sent, int64
    at::Tensor stagedOrder[2];  // pinned; kept while their copies may be under way
    std::int64_t epochNumber[2] = {-1, -1};
};

BatchSource::BatchSource(std::shared_ptr<const Dataset> data, int batchSize, std::uint64_t seed, const Device& device)
    : m_data(std::move(data)), m_batchSize(batchSize), m_order(m_data->size(), seed), m_tensors(std::make_unique<Tensors>()) {
    const DataShape& shape = m_data->shape();
    Tensors& t = *m_tensors;
    t.device = torchDevice(device);
    if (!m_data->resident()) {
        const std::size_t most = std::max<std::size_t>(1, kWindowBytes / m_data->itemBytes());
        const auto window = std::min<std::size_t>(most, std::max<std::size_t>(64, 3 * static_cast<std::size_t>(batchSize)));
        const int threads = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 4u));
        m_prefetch = std::make_unique<Prefetch>(m_data, seed, window, threads);
    }
    if (t.device.is_cuda() && !m_prefetch) t.onCard = m_data->size() * m_data->itemBytes() < cardMemory(device) / 4;
    if (!t.onCard) {
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
    Tensors& t = *m_tensors;
    if (t.onCard) return gatherOnDevice(first);
    if (t.device.is_cuda()) {  // fresh host tensors each time: the last ones may still be on their way
        const DataShape& shape = m_data->shape();
        t.pixels = at::empty({m_batchSize, shape.height, shape.width, shape.channels}, at::kByte);
        t.labels = at::empty({m_batchSize}, at::kLong);
    }
    gatherOnHost(first);
    t.pixels = t.pixels.to(t.device);
    t.labels = t.labels.to(t.device);
}

void BatchSource::gatherOnHost(std::int64_t first) {
    auto* pixels = m_tensors->pixels.data_ptr<std::uint8_t>();
    auto* labels = m_tensors->labels.data_ptr<std::int64_t>();
    if (m_prefetch) return m_prefetch->take(first, m_batchSize, pixels, labels);
    const std::size_t bytes = m_data->itemBytes();
    for (int i = 0; i < m_batchSize; ++i) {
        const std::size_t index = m_order.item(first + i).index;
        std::memcpy(pixels + static_cast<std::size_t>(i) * bytes, m_data->pixels(index), bytes);
        labels[i] = m_data->classOf(index);
    }
}

std::vector<SkippedItem> BatchSource::takeLost() {
    return m_prefetch ? m_prefetch->takeLost() : std::vector<SkippedItem>();
}
std::size_t BatchSource::lostTotal() const {
    return m_prefetch ? m_prefetch->lostTotal() : 0;
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
