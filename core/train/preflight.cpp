// Before a training: what it would take. The pictures are opened and the model is made as for the training itself; one step
// warms up, three are timed, and all of it is thrown away.
#include <algorithm>
#include <filesystem>
#include <numeric>

#include "core/models/generative_model.h"
#include "core/models/objective.h"
#include "core/nn/parameters.h"
#include "core/train/training.h"

namespace imago {
namespace {

constexpr std::size_t kTimedSteps = 3;
constexpr std::size_t kTimedRival = 20;  // phases and penalties of two networks come every so many steps: the mean over many

}  // namespace

Result<Slice> TrainJob::preflightSlice(JobContext& context) {
    if (!m_trainer) {
        IMAGO_TRY(makeModel());
        IMAGO_TRY(loadStart());
        return Slice::More;
    }
    const double begin = context.nowSeconds();
    m_trainer->step(0, 1, 0);
    const std::vector<StepRow> rows = m_trainer->takeRows();  // waits until the device is done
    m_stepSeconds.push_back(context.nowSeconds() - begin);
    m_preflightBytes = std::max(m_preflightBytes, static_cast<double>(usedMemory()) - m_usedBefore);
    const std::size_t timed = m_objective->adversarial() ? kTimedRival : kTimedSteps;
    context.emit(JobProgress{static_cast<std::int64_t>(m_stepSeconds.size()), static_cast<std::int64_t>(timed + 1), 0, -1,
                             IMAGO_TR("Trying out a few steps"), m_preflightBytes});
    return m_stepSeconds.size() > timed ? Slice::Done : Slice::More;
}

Json TrainJob::preflightResult() {
    // The first one allocates. Of equal steps the middle one: one may have been disturbed.
    std::vector<double> timed(m_stepSeconds.begin() + 1, m_stepSeconds.end());
    std::sort(timed.begin(), timed.end());
    const double step = m_objective->adversarial() ? std::accumulate(timed.begin(), timed.end(), 0.0) / static_cast<double>(timed.size())
                                                   : timed[timed.size() / 2];
    const int batch = m_sections.optimizer.batch;
    const auto pictures = static_cast<double>(m_data->size());
    const auto& arena = m_model->parameters();
    // A checkpoint holds masters, two moments and averages; a snapshot the averages.
    const double parameters = static_cast<double>(arena.parameterCount()), checkpoint = 16 * parameters, snapshot = 4 * parameters;
    const double disk = checkpoint * (m_sections.run.keepLast + 1) + snapshot * m_sections.run.snapshots;
    std::error_code problem;
    std::filesystem::path folder = m_request.run.empty() ? std::filesystem::path(".") : std::filesystem::absolute(m_request.run, problem);
    while (!std::filesystem::is_directory(folder, problem) && folder.has_relative_path()) folder = folder.parent_path();
    const auto space = std::filesystem::space(folder, problem);
    Json result = {{"preflight", true},
                   {"family", m_start->family},
                   {"data", m_start->data},
                   {"pictures", m_data->size()},
                   {"left_out", m_data->skipped().size()},
                   {"in_memory", m_data->resident()},
                   {"channels", m_data->shape().channels},
                   {"height", m_data->shape().height},
                   {"width", m_data->shape().width},
                   {"classes", m_data->shape().classNames.size()},
                   {"parameters", arena.parameterCount()},
                   {"batch", batch},
                   {"pictures_at_a_time", m_trainer->parts().pictures()},
                   {"device", deviceText(m_start->device)},
                   {"threads", m_threads->threads()},
                   {"memory_bytes", m_preflightBytes},
                   {"memory_free_bytes", m_freeBefore},
                   {"seconds_per_step", step},
                   {"images_per_second", step > 0 ? batch / step : 0},
                   {"seconds_per_epoch", step * pictures / batch},
                   {"disk_bytes", disk},
                   {"disk_free_bytes", problem ? 0.0 : static_cast<double>(space.available)},
                   {"report", m_data->report().toJson()},
                   {"expectation", startSentence().text()}};
    if (m_start->plan.steps) result["seconds_total"] = step * static_cast<double>(*m_start->plan.steps);
    if (m_start->plan.minutes) result["epochs_total"] = 60 * *m_start->plan.minutes / std::max(1e-9, step * pictures / batch);
    return result;
}

}  // namespace imago
