// Yield points: places between the layers of a network, in forward and backward, where the compute thread may serve
// other work (forwards without gradients). They change no number of the interrupted computation. Compute thread.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>

namespace imago::nn {

using YieldHook = std::function<void()>;

struct YieldStatistics {
    std::uint64_t count = 0;  // yield points passed
    double longestMs = 0;     // longest stretch of computing between two of them, hooks' own time not counted
};

// Installs a hook on this thread while it lives (an empty hook only measures). Scopes may nest; the inner one serves.
// The hook runs with gradients off, and yield points that it meets inside do nothing.
class YieldScope {
  public:
    explicit YieldScope(YieldHook hook);
    ~YieldScope();
    YieldScope(const YieldScope&) = delete;
    YieldScope& operator=(const YieldScope&) = delete;

    const YieldStatistics& statistics() const;

    struct State;

  private:
    State* m_state;
    State* m_outer;
};

// Serves now, if a scope is open.
void yieldNow();

// Identity whose forward and backward serve, if a scope is open. Training gives the same bits with and without one.
torch::Tensor yieldPoint(const torch::Tensor& x);

}  // namespace imago::nn
