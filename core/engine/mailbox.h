// Mailbox: the coalescing queue from the engine to one listener. post() from any thread; take() from the listener's.
// wake is called (on the posting thread) only when the box turns from empty to non-empty. It must not call the mailbox:
// it runs under its lock, so that no wake is under way once setWake() has returned.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "core/engine/event.h"

namespace imago {

class Mailbox {
  public:
    void setWake(std::function<void()> wake);
    // Coalesces: a JobProgress replaces an unread one of the same job, a MetricBatch is appended to an unread one,
    // an unread PreviewReady of kind "stage" or of a session is replaced by one of its kind, a TileReady by one of the same
    // place. Everything else is kept in order, and nothing is folded into a
    // place before the job's last change of state. A folded event carries the sequence number of its newest part.
    void post(Event event);
    void take(std::vector<Event>& out);  // moves everything out, oldest first; empties the box

  private:
    std::mutex m_mutex;
    std::vector<Event> m_events;
    std::function<void()> m_wake;
};

}  // namespace imago
