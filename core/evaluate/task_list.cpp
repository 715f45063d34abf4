#include "core/evaluate/task_list.h"

#include <algorithm>

#include "core/nn/torch_pch.h"

namespace imago::evaluate {

Result<Slice> TaskList::step(JobContext& context) {
    const torch::NoGradGuard noGradients;
    if (m_started < 0) m_started = context.nowSeconds();
    if (m_tasks.front().onIo) {
        if (!m_onIo.begun()) m_onIo.begin(context, [run = m_tasks.front().run, &context] { return run(context); });
        std::optional<Result<void>> ended = m_onIo.take();
        if (!ended) return Slice::Waiting;
        m_onIo = {};
        IMAGO_TRY(std::move(*ended));
    }
    const Entry task = std::move(m_tasks.front());
    m_tasks.pop_front();
    if (!task.onIo) IMAGO_TRY(task.run(context));
    report(context, task.stage);
    return m_tasks.empty() ? Slice::Done : Slice::More;
}

void TaskList::report(JobContext& context, const std::string& stage) {
    constexpr double kReportEvery = 0.25;  // seconds
    const double now = context.nowSeconds();
    if (now - m_reported < kReportEvery && !m_tasks.empty()) return;
    m_reported = now;
    context.emit(JobProgress{m_done, std::max(m_done, m_total), 0, -1, stage, 0});
}

}  // namespace imago::evaluate
