// OnIo: work that a compute job has done on the io lane, and waits for. Made, begun and taken on the job's lane; the work itself
// runs on the io lane and touches nothing that the job touches meanwhile.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

#include "core/engine/job.h"

namespace imago {

template <class T>
class OnIo {
  public:
    bool begun() const { return m_state != nullptr; }
    void begin(JobContext& context, std::function<Result<T>()> work) {
        m_state = std::make_shared<State>();
        context.runOnIo([state = m_state, work = std::move(work)] {
            state->result.emplace(work());
            state->ended = true;
        });
    }
    // What came of it, once; nothing: it has not ended, and the slice returns Slice::Waiting.
    std::optional<Result<T>> take() {
        if (!m_state->ended) return std::nullopt;
        return std::exchange(m_state->result, std::nullopt);
    }

  private:
    struct State {
        std::optional<Result<T>> result;
        std::atomic<bool> ended = false;
    };
    std::shared_ptr<State> m_state;
};

}  // namespace imago
