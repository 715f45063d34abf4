#include "core/data/prefetch.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <set>
#include <thread>

#include "core/data/batch_order.h"

namespace imago {

struct Prefetch::State {
    struct Slot {
        std::int64_t position = -1;
        bool ready = false;
        int label = -1;
        std::vector<std::uint8_t> pixels;
    };

    std::shared_ptr<const Dataset> data;
    mutable std::mutex mutex;
    std::condition_variable_any freed, filled;
    BatchOrder order;
    std::vector<Slot> slots;       // position p lives in slot p % window
    std::int64_t base = 0;         // the first position not yet taken
    std::int64_t next = 0;         // the first that nobody has begun
    std::uint64_t generation = 0;  // moves on when the queue is emptied
    std::set<std::size_t> lost;
    std::vector<SkippedItem> news;
    std::exception_ptr problem;         // of a thread: thrown to whoever takes next
    std::vector<std::jthread> threads;  // last: they end before what they use

    State(std::shared_ptr<const Dataset> d, std::uint64_t seed, std::size_t window)
        : data(std::move(d)), order(data->size(), seed), slots(window) {}

    Slot& slot(std::int64_t position) { return slots[static_cast<std::size_t>(position) % slots.size()]; }

    // The picture, or the next one that can be read. Without the lock.
    std::size_t readSome(std::size_t index, std::uint8_t* out) {
        for (std::size_t tries = 0; tries < data->size(); ++tries) {
            const std::size_t at = (index + tries) % data->size();
            {
                const std::lock_guard lock(mutex);
                if (20 * lost.size() > data->size()) break;  // so many are gone that the training ends now
                if (lost.contains(at)) continue;
            }
            const Result<void> done = data->read(at, out);
            if (done) return at;
            const std::lock_guard lock(mutex);
            if (lost.insert(at).second) news.push_back({data->nameOf(at), done.error()});
        }
        std::memset(out, 0, data->itemBytes());
        return index;
    }

    void work(const std::stop_token& stop) {
        try {
            fill(stop);
        } catch (...) {  // a thread's border
            const std::lock_guard lock(mutex);
            problem = std::current_exception();
            filled.notify_one();
        }
    }

    void fill(const std::stop_token& stop) {
        std::vector<std::uint8_t> pixels(data->itemBytes());
        std::unique_lock lock(mutex);
        while (true) {
            const auto room = [&] { return next < base + static_cast<std::int64_t>(slots.size()); };
            if (!freed.wait(lock, stop, room)) return;
            const std::int64_t position = next++;
            const std::uint64_t mine = generation;
            const std::size_t index = order.item(position).index;
            lock.unlock();
            const std::size_t used = readSome(index, pixels.data());
            lock.lock();
            if (stop.stop_requested()) return;
            if (mine != generation) continue;
            Slot& s = slot(position);
            s.position = position;
            s.label = data->classOf(used);
            s.pixels.swap(pixels);
            s.ready = true;
            filled.notify_one();
            pixels.resize(data->itemBytes());
        }
    }
};

Prefetch::Prefetch(std::shared_ptr<const Dataset> data, std::uint64_t seed, std::size_t window, int threads)
    : m_state(std::make_unique<State>(std::move(data), seed, std::max<std::size_t>(window, 1))) {
    for (int t = 0; t < std::clamp(threads, 1, 4); ++t)
        m_state->threads.emplace_back([state = m_state.get()](const std::stop_token& stop) { state->work(stop); });
}

Prefetch::~Prefetch() {
    for (std::jthread& thread : m_state->threads) thread.request_stop();
    m_state->threads.clear();  // joins
}

void Prefetch::take(std::int64_t first, int count, std::uint8_t* pixels, std::int64_t* labels) {
    State& s = *m_state;
    std::unique_lock lock(s.mutex);
    if (first != s.base) {
        ++s.generation;
        s.base = s.next = first;
        for (State::Slot& slot : s.slots) slot.ready = false;
        s.freed.notify_all();
    }
    const std::size_t bytes = s.data->itemBytes();
    for (int i = 0; i < count; ++i) {
        State::Slot& slot = s.slot(first + i);
        s.filled.wait(lock, [&] { return s.problem || (slot.ready && slot.position == first + i); });
        if (s.problem) std::rethrow_exception(s.problem);
        std::memcpy(pixels + static_cast<std::size_t>(i) * bytes, slot.pixels.data(), bytes);
        labels[i] = slot.label;
        slot.ready = false;
        ++s.base;
        s.freed.notify_one();
    }
}

std::vector<SkippedItem> Prefetch::takeLost() {
    const std::lock_guard lock(m_state->mutex);
    return std::exchange(m_state->news, {});
}

std::size_t Prefetch::lostTotal() const {
    const std::lock_guard lock(m_state->mutex);
    return m_state->lost.size();
}

}  // namespace imago
