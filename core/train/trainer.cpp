#include "core/train/trainer.h"

#include <limits>

#include "core/models/augment.h"
#include "core/models/generative_model.h"
#include "core/models/objective.h"
#include "core/nn/graph_capture.h"
#include "core/nn/parameters.h"
#include "core/nn/torch_pch.h"

namespace imago {

namespace {
constexpr std::int64_t kRingRows = 256;
}

// Losses stay on the device until a tick; what the host knows anyway waits beside them.
struct Trainer::Ring {
    torch::Tensor losses;  // [kRingRows, losses]
    std::vector<StepRow> rows;
};

// The one recorded phase: its inputs and losses lie in tensors that stay.
struct Trainer::Recorded {
    nn::GraphCapture capture;
    std::vector<torch::Tensor> drawn;
    torch::Tensor losses;
    explicit Recorded(const Device& device) : capture(device) {}

    void take(std::vector<torch::Tensor> fresh) {
        bool same = fresh.size() == drawn.size();
        for (std::size_t i = 0; same && i < fresh.size(); ++i) same = fresh[i].sizes() == drawn[i].sizes();
        if (!same) {
            capture.reset();
            for (auto& t : fresh) t = t.clone();
            drawn = std::move(fresh);
            return;
        }
        for (std::size_t i = 0; i < fresh.size(); ++i) drawn[i].copy_(fresh[i], true);
    }
};

namespace {
std::vector<torch::Tensor> partOf(const std::vector<torch::Tensor>& drawn, std::int64_t first, std::int64_t count) {
    if (count == drawn[0].size(0)) return drawn;
    std::vector<torch::Tensor> part;
    for (const torch::Tensor& t : drawn) part.push_back(t.narrow(0, first, count));
    return part;
}
}  // namespace

TrainerSettings trainerSettings(const OptimizerSection& o, const DataSection& data) {
    TrainerSettings out;
    out.batch = o.batch;
    out.rate = {o.rate, o.warmupSteps, o.finalRate, o.schedule == "cosine"};
    out.averageHalfLife = o.emaKimg * 1000;
    out.optimizer = {o.beta1, o.beta2, 1e-8, o.weightDecay, false, o.clipNorm};
    out.data = data;
    return out;
}

Trainer::Trainer(GenerativeModel& model, Objective& objective, std::shared_ptr<const Dataset> data, const TrainerSettings& wanted,
                 std::uint64_t seed, const Device& device)
    : settings(wanted),
      m_model(model),
      m_objective(objective),
      m_batches(std::move(data), wanted.batch, seed, device),
      m_parts(wanted.batch, wanted.automaticBatch),
      m_columns(objective.lossNames()),
      m_ring(std::make_unique<Ring>()),
      m_seed(seed) {
    for (int phase = 0; phase < objective.phases(); ++phase)
        m_optimizers.push_back(
            std::make_unique<nn::FusedOptimizer>(model.parameters(), wanted.optimizer, objective.parameterPrefix(phase)));
    const auto losses = static_cast<std::int64_t>(m_columns.size());
    m_ring->losses = torch::full({kRingRows, losses}, std::numeric_limits<float>::quiet_NaN(),
                                 torch::TensorOptions().dtype(torch::kFloat32).device(torchDevice(device)));
    m_ring->rows.reserve(kRingRows);
    m_recorded = std::make_unique<Recorded>(device);
    m_recorded->losses = torch::zeros_like(m_ring->losses[0]);
    m_columns.emplace_back("rate");
    for (int phase = 0; phase < phases(); ++phase) {
        std::string prefix = objective.parameterPrefix(phase);
        if (prefix.ends_with('.')) prefix.pop_back();
        m_columns.push_back(phases() == 1 ? "grad_norm" : "grad_norm_" + prefix);
    }
    for (const char* name : {"images_seen", "seconds"}) m_columns.emplace_back(name);
}

Trainer::~Trainer() = default;

// One phase of the batch, whole or in parts. Parts draw from seeds of their own; a later phase begins with the part that the
// one before ended with, whose pictures an objective may still hold.
void Trainer::accumulate(int phase, const Batch& batch, const StepInfo& info, at::Tensor& losses) {
    m_parts.run(m_model.parameters(), losses, phase % 2 == 1, [&](int part, std::int64_t first, std::int64_t count, at::Tensor& into) {
        if (settings.beforePart) settings.beforePart(count);
        if (count == settings.batch) return m_objective.accumulate(phase, batch, info, into);
        const torch::Tensor pixels = batch.pixels->narrow(0, first, count), labels = batch.labels->narrow(0, first, count);
        StepInfo own = info;
        own.share = static_cast<double>(count) / settings.batch;
        own.seed ^= 0x9e3779b97f4a7c15ULL * static_cast<std::uint64_t>(part);
        m_objective.accumulate(phase, {&pixels, &labels}, own, into);
    });
}

void Trainer::applyLive(const TrainerSettings& wanted) {
    settings.rate = wanted.rate, settings.averageHalfLife = wanted.averageHalfLife, settings.optimizer = wanted.optimizer;
    for (const auto& optimizer : m_optimizers) optimizer->config = settings.optimizer;
}

bool Trainer::step(double progress, double rateScale, double seconds) {
    assert(!rowsFull());
    m_batches.load(counters.step);
    Batch batch{&m_batches.pixels(), &m_batches.labels()};
    const StepInfo info{m_seed, counters.step, counters.imagesSeen, progress};
    torch::Tensor varied;
    if (varies(settings.data)) {
        varied = variedPixels(batch, info, settings.data);
        batch.pixels = &varied;
    }
    const double rate = settings.rate.at(counters.step, progress) * rateScale;
    const auto decay = [&](int phase) {
        return m_objective.averaged(phase)
                   ? averageDecay(settings.averageHalfLife, counters.imagesSeen, settings.batch * m_objective.period(phase))
                   : 0;
    };

    at::Tensor losses = m_ring->losses[static_cast<std::int64_t>(m_ring->rows.size())];
    StepRow row{counters.step, true, {static_cast<float>(rate)}};
    if (RecordableStep* whole = m_objective.recordable()) {
        m_recorded->take(whole->draw(batch, info));
        optimizer().prepare(rate, decay(0));
        m_recorded->capture.run([&] {
            m_parts.run(m_model.parameters(), m_recorded->losses, false,
                        [&](int, std::int64_t first, std::int64_t count, at::Tensor& into) {
                            if (settings.beforePart) settings.beforePart(count);
                            whole->learn(partOf(m_recorded->drawn, first, count), into);
                        });
            optimizer().enqueue();
        });
        losses.copy_(m_recorded->losses, true);
        const nn::StepResult result = optimizer().latest();
        row.applied = result.applied;
        row.values.push_back(static_cast<float>(result.gradNorm));
    } else {
        for (int phase = 0; phase < phases(); ++phase) {
            // A refused phase ends the step: what follows would build on NaN.
            if (!row.applied || (counters.step + 1) % m_objective.period(phase) != 0) {
                row.values.push_back(std::numeric_limits<float>::quiet_NaN());
                continue;
            }
            accumulate(phase, batch, info, losses);
            const nn::StepResult result = optimizer(phase).step(rate * m_objective.rateFactor(phase), decay(phase));
            row.applied = row.applied && result.applied;
            row.values.push_back(static_cast<float>(result.gradNorm));
        }
    }
    const bool applied = row.applied;
    row.values.push_back(static_cast<float>(counters.imagesSeen + settings.batch));
    row.values.push_back(static_cast<float>(seconds));
    m_ring->rows.push_back(std::move(row));
    ++counters.step;
    counters.imagesSeen += settings.batch;
    return applied;
}

bool Trainer::rowsFull() const {
    return static_cast<std::int64_t>(m_ring->rows.size()) == kRingRows;
}

std::vector<StepRow> Trainer::takeRows() {
    std::vector<StepRow> rows;
    rows.swap(m_ring->rows);
    m_ring->rows.reserve(kRingRows);
    if (rows.empty()) return rows;
    const auto count = static_cast<std::int64_t>(rows.size());
    const torch::Tensor used = m_ring->losses.narrow(0, 0, count);
    const torch::Tensor losses = used.to(torch::kCPU, torch::kFloat32, false, /*copy=*/true).contiguous();
    used.fill_(std::numeric_limits<float>::quiet_NaN());
    const auto width = losses.size(1);
    const float* values = losses.data_ptr<float>();
    for (std::int64_t i = 0; i < count; ++i) {
        auto& row = rows[static_cast<std::size_t>(i)].values;
        row.insert(row.begin(), values + i * width, values + (i + 1) * width);
    }
    return rows;
}

void Trainer::dropRows() {
    (void)takeRows();
}

Json Trainer::state() const {
    const auto items = static_cast<std::int64_t>(data().size()), position = counters.step * settings.batch;
    Json steps = m_optimizers.front()->stepCount();  // a number, or one for each phase
    if (phases() > 1) {
        steps = Json::array();
        for (const auto& optimizer : m_optimizers) steps.push_back(optimizer->stepCount());
    }
    return {{"images_seen", counters.imagesSeen},
            {"epoch", position / items},
            {"position_in_epoch", position % items},
            {"optimizer_steps", steps},
            {"batch_parts", m_parts.parts()}};
}

void Trainer::restore(std::int64_t step, const Json& state) {
    counters = {step, state.value("images_seen", std::int64_t{0})};
    m_parts.setParts(state.value("batch_parts", 1));
    const Json steps = state.value("optimizer_steps", Json(step));
    for (std::size_t phase = 0; phase < m_optimizers.size(); ++phase) {
        const Json& own = steps.is_array() && phase < steps.size() ? steps[phase] : steps;
        m_optimizers[phase]->setStepCount(own.is_number_integer() ? own.get<std::int64_t>() : step);
    }
}

}  // namespace imago
