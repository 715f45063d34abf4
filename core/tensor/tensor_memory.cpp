// Slabs of at least 64 MiB, cut by best fit; neighbours that are free grow together again.
#include "core/tensor/tensor_memory.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <new>
#include <set>
#include <string>
#include <unordered_map>

#include "core/tensor/torch_compat.h"

#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#include <sys/mman.h>
#define IMAGO_TENSOR_MEMORY
#endif

namespace imago {

namespace {

thread_local int t_stock = 0;

// Of a line "KEY:   N kB".
std::uint64_t bytesOfLine(const char* file, const std::string& key) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);)
        if (line.starts_with(key)) return 1024 * std::strtoull(line.c_str() + key.size(), nullptr, 10);
    return 0;
}

}  // namespace

std::uint64_t freeMemory() {
    return bytesOfLine("/proc/meminfo", "MemAvailable:") + bytesOfLine("/proc/meminfo", "SwapFree:");
}

std::uint64_t usedMemory() {
    return bytesOfLine("/proc/self/status", "VmRSS:");
}

StockTensorMemory::StockTensorMemory() {
    ++t_stock;
}
StockTensorMemory::~StockTensorMemory() {
    --t_stock;
}

#ifdef IMAGO_TENSOR_MEMORY
namespace {

constexpr std::size_t kHugePage = 2 << 20, kSlab = 64 << 20, kUnit = 4096, kSmallest = 64 << 10;
constexpr std::size_t kReserve = 256 << 20;  // for everything else on the machine

std::size_t roundUp(std::size_t bytes, std::size_t unit) {
    return (bytes + unit - 1) / unit * unit;
}

class Pool {
  public:
    // Null when the system has no addresses left. Throws std::bad_alloc when there is no memory behind them: the system
    // promises more than it has, and ends programs that take it at its word.
    char* take(std::size_t bytes) {
        const std::size_t size = roundUp(bytes, kUnit);
        const std::lock_guard lock(m_mutex);
        auto found = m_bySize.lower_bound({size, nullptr});
        if (found == m_bySize.end()) {
            if (!addSlab(size)) return nullptr;
            found = m_bySize.lower_bound({size, nullptr});
        }
        const auto [have, at] = *found;
        removeFree(at, have);
        if (have > size) addFree(at + size, have - size);
        m_used.emplace(at, size);
        return at;
    }

    // Whether `at` came from here; then it is free again.
    bool giveBack(char* at) {
        const std::lock_guard lock(m_mutex);
        const auto used = m_used.find(at);
        if (used == m_used.end()) return false;
        std::size_t size = used->second;
        m_used.erase(used);
        // Slabs may touch, but a free block never crosses from one into the next.
        const auto slab = std::prev(m_slabs.upper_bound(at));
        if (auto after = m_byPlace.find(at + size); after != m_byPlace.end() && after->first < slab->first + slab->second) {
            const std::size_t more = after->second;
            removeFree(at + size, more);
            size += more;
        }
        if (auto next = m_byPlace.lower_bound(at); next != m_byPlace.begin()) {
            const auto [before, length] = *std::prev(next);
            if (before + length == at && before >= slab->first) {
                removeFree(before, length);
                at = before;
                size += length;
            }
        }
        addFree(at, size);
        return true;
    }

    void trim() {
        const std::lock_guard lock(m_mutex);
        dropEmptySlabs();
    }

  private:
    void dropEmptySlabs() {
        for (auto slab = m_slabs.begin(); slab != m_slabs.end();) {
            const auto [at, size] = *slab;
            const auto free = m_byPlace.find(at);
            if (free == m_byPlace.end() || free->second != size) {
                ++slab;
                continue;
            }
            removeFree(at, size);
            munmap(at, size);
            slab = m_slabs.erase(slab);
        }
    }
    static bool fits(std::size_t size) {
        const std::uint64_t free = freeMemory();
        return free == 0 || size + kReserve <= free;
    }
    bool addSlab(std::size_t atLeast) {
        const std::size_t size = roundUp(std::max(atLeast, kSlab), kHugePage);
        if (!fits(size)) {
            dropEmptySlabs();
            if (!fits(size)) throw std::bad_alloc();
        }
        void* mapped = mmap(nullptr, size + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (mapped == MAP_FAILED) return false;
        auto* begin = static_cast<char*>(mapped);
        const std::size_t skip = (kHugePage - reinterpret_cast<std::uintptr_t>(begin) % kHugePage) % kHugePage;
        if (skip > 0) munmap(begin, skip);
        if (skip < kHugePage) munmap(begin + skip + size, kHugePage - skip);
        begin += skip;
        madvise(begin, size, MADV_HUGEPAGE);
        m_slabs.emplace(begin, size);
        addFree(begin, size);
        return true;
    }
    void addFree(char* at, std::size_t size) {
        m_byPlace.emplace(at, size);
        m_bySize.emplace(size, at);
    }
    void removeFree(char* at, std::size_t size) {
        m_byPlace.erase(at);
        m_bySize.erase({size, at});
    }

    std::mutex m_mutex;
    std::map<char*, std::size_t> m_slabs, m_byPlace;
    std::set<std::pair<std::size_t, char*>> m_bySize;
    std::unordered_map<char*, std::size_t> m_used;
};

Pool& pool() {
    static auto* const pool = new Pool;  // never destroyed: tensors in static storage may outlive it
    return *pool;
}

at::Allocator* g_stock = nullptr;

void release(void* data) {
    if (!pool().giveBack(static_cast<char*>(data))) g_stock->raw_deallocate(data);
}

struct PooledAllocator final : at::Allocator {
#if IMAGO_TORCH_AT_LEAST(2, 3)
    at::DataPtr allocate(std::size_t bytes) override {
#else
    at::DataPtr allocate(std::size_t bytes) const override {
#endif
        char* data = bytes < kSmallest || t_stock > 0 ? nullptr : pool().take(bytes);
        if (!data) return g_stock->allocate(bytes);
        return {data, data, release, at::Device(at::DeviceType::CPU)};
    }
    at::DeleterFnPtr raw_deleter() const override {
        return release;
    }
#if IMAGO_TORCH_AT_LEAST(2, 3)
    void copy_data(void* to, const void* from, std::size_t bytes) const override {
        std::memcpy(to, from, bytes);
    }
#endif
};

}  // namespace

void installTensorMemory() {
    static const bool once = [] {
        static PooledAllocator allocator;
        g_stock = c10::GetCPUAllocator();
        c10::SetCPUAllocator(&allocator, 1);
        return true;
    }();
    static_cast<void>(once);
}

void trimTensorMemory() {
    pool().trim();
}
#else
void installTensorMemory() {}
void trimTensorMemory() {}
#endif

}  // namespace imago
