// The scope's state is found through a thread-local pointer in forward and remembered by the node for backward (a CPU
// backward runs on the thread that asked for it).
#include "core/nn/yield_point.h"

#include <torch/autograd.h>

#include <algorithm>
#include <chrono>

namespace imago::nn {

using Clock = std::chrono::steady_clock;

struct YieldScope::State {
    YieldHook hook;
    YieldStatistics statistics;
    Clock::time_point last = Clock::now();
    bool serving = false;
};

namespace {

thread_local YieldScope::State* t_scope = nullptr;

struct YieldNode : torch::autograd::Function<YieldNode> {
    static torch::Tensor forward(torch::autograd::AutogradContext*, const torch::Tensor& x) {
        yieldNow();
        return x.view_as(x);
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext*, torch::autograd::variable_list grads) {
        yieldNow();
        return grads;
    }
};

}  // namespace

YieldScope::YieldScope(YieldHook hook) : m_state(new State), m_outer(t_scope) {
    m_state->hook = std::move(hook);
    t_scope = m_state;
}

YieldScope::~YieldScope() {
    t_scope = m_outer;
    delete m_state;
}

const YieldStatistics& YieldScope::statistics() const {
    return m_state->statistics;
}

void yieldNow() {
    auto* scope = t_scope;
    if (!scope || scope->serving) return;
    auto& statistics = scope->statistics;
    const double ms = std::chrono::duration<double, std::milli>(Clock::now() - scope->last).count();
    if (statistics.count++ > 0) statistics.longestMs = std::max(statistics.longestMs, ms);
    if (scope->hook) {
        struct Serving {
            explicit Serving(bool& flag) : m_flag(flag) { m_flag = true; }
            ~Serving() { m_flag = false; }
            bool& m_flag;
        } serving(scope->serving);
        torch::NoGradGuard noGradients;
        scope->hook();
    }
    scope->last = Clock::now();
}

torch::Tensor yieldPoint(const torch::Tensor& x) {
    const bool serves = t_scope && !t_scope->serving;
    // A node gathers the gradients of what comes after it before they meet those of other uses of x. It is there whenever
    // there is a backward, scope or not, so that sums are taken in the same order and the last bits are the same.
    const bool differentiates = torch::GradMode::is_enabled() && x.requires_grad();
    return serves || differentiates ? YieldNode::apply(x) : x;
}

}  // namespace imago::nn
