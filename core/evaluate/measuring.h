// Measuring: what the jobs share that compare pictures with real ones: a list of things to do, the real pictures, and what the
// networks see in them. Compute thread, except where said.
#pragma once

#include <string>
#include <vector>

#include "core/evaluate/feature_nets.h"
#include "core/evaluate/figures.h"
#include "core/evaluate/reference.h"
#include "core/evaluate/task_list.h"

namespace imago::evaluate {

constexpr std::uint64_t kSetSeed = 0;  // which real pictures: the same for every model, whatever the seed of its samples

class Measuring {
  public:
    using Set = std::vector<Features>;  // one a network

    explicit Measuring(MetricChoice metrics) : m_metrics(metrics) {}

    // On the io lane, while nothing else of this is used.
    Result<void> openReal(JobContext& context, const std::string& data, int count, DatasetOptions options = {}, bool floor = true);
    Result<void> chooseNetworks();
    // Adds slices in which the networks look at pictures that are there by now; they stay where they are. `into` is emptied.
    void look(const char* stage, const PictureSet& pictures, Set& into);
    void expectLooks(std::int64_t pictures);
    Figures compare(const Set& features, const PictureSet& pictures) const;  // with the real ones

    TaskList tasks;
    Reference reference;
    Evaluator evaluator;
    Set realFeatures;

  private:
    bool usesNetworks() const { return m_metrics.fd || m_metrics.kid || m_metrics.prdc; }

    MetricChoice m_metrics;
};

}  // namespace imago::evaluate
