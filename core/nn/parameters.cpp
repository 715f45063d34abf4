// The arena's buffers are six flat tensors; a parameter is an offset and a shape in each of them.
#include "core/nn/parameters.h"

#include <cassert>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/nn/init.h"

namespace imago::nn {

namespace {

constexpr std::int64_t kAlign = 16;  // elements: one cache line of fp32, so no two parameters share a vector

std::int64_t product(const std::vector<std::int64_t>& shape) {
    std::int64_t n = 1;
    for (auto extent : shape) n *= extent;
    return n;
}

// Convolution weights lie as [O, kH, kW, I], what channels-last kernels read, and are seen as [O, I, kH, kW].
torch::Tensor shaped(const torch::Tensor& flat, const ParameterEntry& entry) {
    auto part = flat.narrow(0, entry.offset, entry.numel);
    const auto& s = entry.shape;
    return s.size() == 4 ? part.view({s[0], s[2], s[3], s[1]}).permute({0, 3, 1, 2}) : part.view(s);
}

}  // namespace

Init Init::fan(std::int64_t fanIn) {
    return uniform(1.0 / std::sqrt(static_cast<double>(std::max<std::int64_t>(1, fanIn))));
}

struct ParameterArena::Storage {
    Device device;
    torch::Tensor buffers[5];   // indexed by Buffer, fp32 [size]
    torch::Tensor masterBf16;   // [size]
    torch::Tensor averageBf16;  // [size], made when first asked for
    std::uint64_t averageBf16Stamp = 0;
    std::vector<torch::Tensor> leaves;  // masters that autograd sees, grad() set to the gradient's view
};

ParameterArena::ParameterArena() : m_parts(1) {}
ParameterArena::~ParameterArena() = default;

ParameterId ParameterArena::add(const std::string& name, std::vector<std::int64_t> shape, Init init, Role role) {
    assert(!m_storage && find(name) < 0);
    ParameterEntry entry;
    entry.name = name;
    entry.numel = product(shape);
    entry.decay = shape.size() >= 2;
    entry.shape = std::move(shape);
    entry.init = init;
    entry.role = role;
    m_entries.push_back(std::move(entry));
    return static_cast<ParameterId>(m_entries.size()) - 1;
}

void ParameterArena::separate(std::vector<std::string> prefixes) {
    assert(!m_storage && !prefixes.empty());
    m_parts.clear();
    for (auto& prefix : prefixes) m_parts.push_back({std::move(prefix), {}});
}

int ParameterArena::partOf(const std::string& prefix) const {
    for (std::size_t i = 0; i < m_parts.size(); ++i)
        if (m_parts[i].prefix == prefix) return static_cast<int>(i);
    return -1;
}

ParameterArena::Range ParameterArena::range(const std::string& prefix) const {
    const int part = partOf(prefix);
    assert(part >= 0);
    return m_parts[static_cast<std::size_t>(part)].range;
}

std::uint64_t ParameterArena::stamp(Source source, ParameterId id) const {
    const Part& part = m_parts[static_cast<std::size_t>(m_entries[static_cast<std::size_t>(id)].part)];
    return source == Source::Master ? part.masterStamp : part.averageStamp;
}

namespace {
thread_local std::int64_t mostNumbers = std::numeric_limits<std::int64_t>::max();
}

ParameterArena::Limit::Limit(std::int64_t numbers) {
    mostNumbers = numbers;
}

ParameterArena::Limit::~Limit() {
    mostNumbers = std::numeric_limits<std::int64_t>::max();
}

void ParameterArena::allocate(const Device& device, std::uint64_t seed) {
    assert(!m_storage);
    if (parameterCount() > mostNumbers) throw std::length_error("more parameters than the file holds");
    // Part by part, decayed parameters first: weight decay is then a range, on every device.
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < m_parts.size(); ++i) {
        Range& range = m_parts[i].range;
        range.offset = offset;
        for (bool decay : {true, false}) {
            for (auto& entry : m_entries) {
                if (entry.decay != decay || !entry.name.starts_with(m_parts[i].prefix)) continue;
                entry.part = static_cast<int>(i);
                entry.offset = offset;
                offset += (entry.numel + kAlign - 1) / kAlign * kAlign;
            }
            if (decay) range.decayed = offset - range.offset;
        }
        range.size = offset - range.offset;
    }
    m_decayed = m_parts.size() == 1 ? m_parts[0].range.decayed : 0;
    m_size = offset;

    m_storage = std::make_unique<Storage>();
    m_storage->device = device;
    const auto options = torch::TensorOptions().dtype(torch::kFloat32);
    auto host = torch::zeros({m_size}, options);
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        const auto& entry = m_entries[i];
        fillInitial(host.data_ptr<float>() + entry.offset, entry.numel, entry.init, seed, static_cast<std::uint32_t>(i));
    }
    const auto where = torchDevice(device);
    for (auto& buffer : m_storage->buffers) buffer = torch::zeros({m_size}, options.device(where));
    flat(Buffer::Master).copy_(host);
    flat(Buffer::Average).copy_(host);
    m_storage->masterBf16 = flat(Buffer::Master).to(torch::kBFloat16);

    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        auto leaf = view(Buffer::Master, static_cast<ParameterId>(i)).detach();
        leaf.set_requires_grad(true);
        leaf.mutable_grad() = view(Buffer::Gradient, static_cast<ParameterId>(i));
        m_storage->leaves.push_back(leaf);
    }
}

bool ParameterArena::allocated() const {
    return m_storage != nullptr;
}
Device ParameterArena::device() const {
    return m_storage ? m_storage->device : Device{};
}

std::int64_t ParameterArena::parameterCount() const {
    std::int64_t n = 0;
    for (const auto& entry : m_entries) n += entry.numel;
    return n;
}

torch::Tensor ParameterArena::flat(Buffer buffer) const {
    return m_storage->buffers[static_cast<int>(buffer)];
}
torch::Tensor ParameterArena::flatBf16() const {
    return m_storage->masterBf16;
}

torch::Tensor ParameterArena::view(Buffer buffer, ParameterId id) const {
    const auto& entry = m_entries[static_cast<std::size_t>(id)];
    return shaped(flat(buffer), entry);
}

torch::Tensor ParameterArena::view(Buffer buffer, const std::string& name) const {
    const auto id = find(name);
    assert(id >= 0);
    return view(buffer, id);
}

ParameterId ParameterArena::find(const std::string& name) const {
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        if (m_entries[i].name == name) return static_cast<ParameterId>(i);
    }
    return -1;
}

torch::Tensor ParameterArena::weight(ParameterId id) const {
    return m_source == Source::Master ? m_storage->leaves[static_cast<std::size_t>(id)] : view(Buffer::Average, id);
}

torch::Tensor ParameterArena::weightBf16(ParameterId id) const {
    const auto& entry = m_entries[static_cast<std::size_t>(id)];
    const auto& source = m_source == Source::Master ? m_storage->masterBf16 : m_storage->averageBf16;
    return shaped(source, entry);
}

float* ParameterArena::gradient(ParameterId id) const {
    return flat(Buffer::Gradient).data_ptr<float>() + m_entries[static_cast<std::size_t>(id)].offset;
}

void ParameterArena::zeroGrad() {
    flat(Buffer::Gradient).zero_();
}

void ParameterArena::markChanged() {
    torch::NoGradGuard guard;
    m_storage->masterBf16.copy_(flat(Buffer::Master));
    optimizerChanged();
}

void ParameterArena::copyMasterToAverage() {
    torch::NoGradGuard guard;
    flat(Buffer::Average).copy_(flat(Buffer::Master));
    ++m_averageStamp;
    for (Part& part : m_parts) ++part.averageStamp;
}

void ParameterArena::optimizerChanged(int changed) {
    ++m_masterStamp;
    ++m_averageStamp;
    for (std::size_t i = 0; i < m_parts.size(); ++i) {
        if (changed >= 0 && static_cast<int>(i) != changed) continue;
        ++m_parts[i].masterStamp;
        ++m_parts[i].averageStamp;
    }
}

void ParameterArena::refreshAverageBf16() {
    if (m_storage->averageBf16Stamp == m_averageStamp) return;
    torch::NoGradGuard guard;
    if (!m_storage->averageBf16.defined()) m_storage->averageBf16 = torch::empty_like(m_storage->masterBf16);
    m_storage->averageBf16.copy_(flat(Buffer::Average));
    m_storage->averageBf16Stamp = m_averageStamp;
}

AverageScope::AverageScope(ParameterArena& arena) : m_arena(arena), m_before(arena.m_source) {
    arena.refreshAverageBf16();
    arena.m_source = ParameterArena::Source::Average;
}

AverageScope::~AverageScope() {
    m_arena.m_source = m_before;
}

FrozenScope::FrozenScope(ParameterArena& arena, const std::string& prefix) : m_arena(arena), m_prefix(prefix) {
    set(false);
}

FrozenScope::~FrozenScope() {
    set(true);
}

void FrozenScope::set(bool wanted) {
    for (std::size_t i = 0; i < m_arena.m_entries.size(); ++i)
        if (m_arena.m_entries[i].name.starts_with(m_prefix)) m_arena.m_storage->leaves[i].set_requires_grad(wanted);
}

}  // namespace imago::nn
