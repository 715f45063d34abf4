#include "core/train/trainer.h"

#include <limits>

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

Trainer::Trainer(GenerativeModel& model, Objective& objective, std::shared_ptr<const Dataset> data, const TrainerSettings& wanted,
                 std::uint64_t seed, const Device& device)
    : settings(wanted),
      m_model(model),
      m_objective(objective),
      m_batches(std::move(data), wanted.batch, seed, device),
      m_optimizer(model.parameters(), wanted.optimizer),
      m_columns(objective.lossNames()),
      m_ring(std::make_unique<Ring>()),
      m_seed(seed) {
    const auto losses = static_cast<std::int64_t>(m_columns.size());
    m_ring->losses = torch::full({kRingRows, losses}, std::numeric_limits<float>::quiet_NaN(),
                                 torch::TensorOptions().dtype(torch::kFloat32).device(torchDevice(device)));
    m_ring->rows.reserve(kRingRows);
    m_recorded = std::make_unique<Recorded>(device);
    m_recorded->losses = torch::zeros_like(m_ring->losses[0]);
    for (const char* name : {"rate", "grad_norm", "images_seen", "seconds"}) m_columns.emplace_back(name);
}

Trainer::~Trainer() = default;

bool Trainer::step(double progress, double rateScale, double seconds) {
    assert(!rowsFull());
    m_batches.load(counters.step);
    const Batch batch{&m_batches.pixels(), &m_batches.labels()};
    const StepInfo info{m_seed, counters.step, counters.imagesSeen, progress};
    const double rate = settings.rate.at(counters.step, progress) * rateScale;
    const double decay = averageDecay(settings.averageHalfLife, counters.imagesSeen, settings.batch);

    at::Tensor losses = m_ring->losses[static_cast<std::int64_t>(m_ring->rows.size())];
    nn::StepResult result;
    bool applied = true;
    if (RecordableStep* whole = m_objective.recordable()) {
        m_recorded->take(whole->draw(batch, info));
        m_optimizer.prepare(rate, decay);
        m_recorded->capture.run([&] {
            whole->learn(m_recorded->drawn, m_recorded->losses);
            m_optimizer.enqueue();
        });
        losses.copy_(m_recorded->losses, true);
        result = m_optimizer.latest();
        applied = result.applied;
    } else {
        for (int phase = 0; phase < m_objective.phases(); ++phase) {
            m_objective.accumulate(phase, batch, info, losses);
            result = m_optimizer.step(rate, decay);
            applied = applied && result.applied;
        }
    }

    StepRow row{counters.step, applied, {}};
    row.values = {static_cast<float>(rate), static_cast<float>(result.gradNorm), static_cast<float>(counters.imagesSeen + settings.batch),
                  static_cast<float>(seconds)};
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

}  // namespace imago
