// Trainer: the one readable loop: batch, objective, optimizer, one row of metrics. It knows nothing of files, clocks or
// threads; the job around it does. Everything random derives from (seed, purpose, step, index). Compute thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/data/batch_source.h"
#include "core/models/training_config.h"
#include "core/nn/optimizer.h"
#include "core/train/batch_parts.h"
#include "core/train/schedule.h"

namespace imago {

class GenerativeModel;
class Objective;
struct Batch;
struct StepInfo;

struct TrainerSettings {
    int batch = 64;
    RateSchedule rate;
    double averageHalfLife = 0;  // images; 0: only the tenth of what has been seen
    nn::OptimizerConfig optimizer;
    DataSection data;                                         // how pictures are varied
    bool automaticBatch = false;                              // may be taken in parts when memory runs out
    std::function<void(std::int64_t pictures)> beforePart{};  // fault injection
};

// What a family's config asks for.
TrainerSettings trainerSettings(const OptimizerSection& optimizer, const DataSection& data);

struct TrainerCounters {
    std::int64_t step = 0;  // optimizer steps begun so far, also the number of the next one
    std::int64_t imagesSeen = 0;
};

struct StepRow {
    std::int64_t step = 0;
    bool applied = true;
    std::vector<float> values;  // as Trainer::columns()
};

class Trainer {
  public:
    Trainer(GenerativeModel& model, Objective& objective, std::shared_ptr<const Dataset> data, const TrainerSettings& settings,
            std::uint64_t seed, const Device& device);
    ~Trainer();

    // Columns of a row: the objective's losses, then rate, grad_norm, images_seen, seconds. With several phases there is a
    // grad_norm for each, named by its parameters: grad_norm_d, grad_norm_g.
    const std::vector<std::string>& columns() const { return m_columns; }

    // One step. progress: 0..1 of the plan; rateScale: the guard's; seconds: trained so far, for the row.
    // False: the gradients were not finite and nothing changed (on CUDA told as soon as it is known).
    bool step(double progress, double rateScale, double seconds);

    // Rows since the last call, by one copy from the device. Call it before rowsFull().
    std::vector<StepRow> takeRows();
    bool rowsFull() const;
    void dropRows();  // after a roll-back

    // Where it stands, as a checkpoint keeps it: counters, the optimizers' step counts, the parts of the batch.
    Json state() const;
    void restore(std::int64_t step, const Json& state);

    TrainerCounters counters;  // set when resuming
    TrainerSettings settings;
    void applyLive(const TrainerSettings& wanted);  // the settings that may change between steps
    int phases() const { return static_cast<int>(m_optimizers.size()); }
    nn::FusedOptimizer& optimizer(int phase = 0) { return *m_optimizers[static_cast<std::size_t>(phase)]; }
    const Dataset& data() const { return m_batches.data(); }
    BatchSource& batches() { return m_batches; }
    BatchParts& parts() { return m_parts; }

  private:
    struct Ring;
    struct Recorded;
    void accumulate(int phase, const Batch& batch, const StepInfo& info, at::Tensor& losses);

    GenerativeModel& m_model;
    Objective& m_objective;
    BatchSource m_batches;
    BatchParts m_parts;
    std::vector<std::unique_ptr<nn::FusedOptimizer>> m_optimizers;  // one a phase
    std::vector<std::string> m_columns;
    std::unique_ptr<Ring> m_ring;
    std::unique_ptr<Recorded> m_recorded;
    std::uint64_t m_seed;
};

}  // namespace imago
