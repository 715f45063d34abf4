// FakeContext: a JobContext for stepping one job by hand: events are collected, the clock moves when told, the io lane runs
// at once or when asked. Test thread only.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "core/engine/job.h"

namespace imago::test {

class FakeContext : public JobContext {
  public:
    JobId id() const override { return 1; }
    void emit(EventBody body) override { events.push_back(std::move(body)); }
    double nowSeconds() const override { return now += tickOnRead; }
    bool stopRequested() const override { return stop; }
    bool discardRequested() const override { return discard; }
    bool cancelRequested() const override { return cancel; }
    void yield() override { ++yields; }
    void runOnIo(std::function<void()> work) override {
        queued.push_back(std::move(work));
        if (ioAtOnce) drainIo();
    }
    void drainIo() override {
        while (!queued.empty()) {
            auto work = std::move(queued.front());
            queued.pop_front();
            work();
        }
    }

    template <class T>
    std::vector<T> all() const {
        std::vector<T> found;
        for (const EventBody& body : events)
            if (const T* event = std::get_if<T>(&body)) found.push_back(*event);
        return found;
    }
    std::vector<Notice> notices(const std::string& id) const {
        std::vector<Notice> found;
        for (const Notice& notice : all<Notice>())
            if (notice.id == id) found.push_back(notice);
        return found;
    }

    std::vector<EventBody> events;
    std::deque<std::function<void()>> queued;
    mutable double now = 0;
    double tickOnRead = 0;
    bool stop = false, discard = false, cancel = false, ioAtOnce = true;
    int yields = 0;
};

}  // namespace imago::test
