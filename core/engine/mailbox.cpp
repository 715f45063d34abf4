#include "core/engine/mailbox.h"

#include <iterator>
#include <utility>

namespace imago {
namespace {

// A look at work in progress, or a session's answer: only the newest of its kind counts.
bool replaceable(const PreviewReady& preview) {
    return preview.kind == "stage" || preview.revision > 0;
}

// True when `event` was folded into `unread`.
bool fold(Event& unread, Event& event) {
    if (unread.job != event.job || unread.body.index() != event.body.index()) return false;
    if (std::holds_alternative<JobProgress>(event.body)) {
        unread = std::move(event);
        return true;
    }
    if (const auto* batch = std::get_if<MetricBatch>(&event.body)) {
        auto& into = std::get<MetricBatch>(unread.body);
        into.steps.insert(into.steps.end(), batch->steps.begin(), batch->steps.end());
        into.values.insert(into.values.end(), batch->values.begin(), batch->values.end());
        unread.sequence = event.sequence;
        return true;
    }
    if (const auto* preview = std::get_if<PreviewReady>(&event.body)) {
        const auto& before = std::get<PreviewReady>(unread.body);
        if (preview->kind != before.kind || !replaceable(before)) return false;
        unread = std::move(event);
        return true;
    }
    if (const auto* tile = std::get_if<TileReady>(&event.body)) {
        if (tile->rect != std::get<TileReady>(unread.body).rect) return false;
        unread = std::move(event);
        return true;
    }
    return false;
}

bool foldable(const Event& event) {
    const auto* preview = std::get_if<PreviewReady>(&event.body);
    return std::holds_alternative<JobProgress>(event.body) || std::holds_alternative<MetricBatch>(event.body) ||
           std::holds_alternative<TileReady>(event.body) || (preview && replaceable(*preview));
}

// What must not be overtaken by something that is folded into a place before it.
bool isBarrier(const Event& event) {
    return std::holds_alternative<JobStarted>(event.body) || std::holds_alternative<JobStateChanged>(event.body) ||
           std::holds_alternative<JobFinished>(event.body);
}

}  // namespace

void Mailbox::setWake(std::function<void()> wake) {
    const std::lock_guard lock(m_mutex);
    m_wake = std::move(wake);
}

void Mailbox::post(Event event) {
    const std::lock_guard lock(m_mutex);
    if (foldable(event)) {
        for (auto unread = m_events.rbegin(); unread != m_events.rend(); ++unread) {
            if (unread->job == event.job && isBarrier(*unread)) break;
            if (fold(*unread, event)) return;
        }
    }
    const bool wasEmpty = m_events.empty();
    m_events.push_back(std::move(event));
    if (wasEmpty && m_wake) m_wake();
}

void Mailbox::take(std::vector<Event>& out) {
    const std::lock_guard lock(m_mutex);
    out.insert(out.end(), std::make_move_iterator(m_events.begin()), std::make_move_iterator(m_events.end()));
    m_events.clear();
}

}  // namespace imago
