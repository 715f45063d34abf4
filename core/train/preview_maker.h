// PreviewMaker: the grid of samples that a training shows of itself, with fixed seeds and the averaged weights, one network
// evaluation a slice. It reads the weights and nothing else: a training with previews is the training without, bit for bit.
// Compute thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/engine/event.h"

namespace imago {

class Dataset;
class GenerativeModel;
class SamplingProcess;

class PreviewMaker {
  public:
    static constexpr int kSteps = 8;  // a sketch: enough to see what is learned

    // Tile i has seed (seed + i), as sample i of `imago sample --seed seed`; classes take turns.
    PreviewMaker(GenerativeModel& model, std::uint64_t seed, int count);
    ~PreviewMaker();

    bool possible() const { return m_possible; }  // some families make no pictures
    bool active() const { return m_process != nullptr; }
    Result<void> begin(std::int64_t step);
    // One evaluation; the finished grid when it was the last.
    Result<std::optional<PreviewReady>> advance();
    void cancel();
    // Pictures of the data over their copies, row by row in turns (kind "reconstructions"); nothing for models that cannot
    // look into pictures. The same pictures every time.
    Result<std::optional<PreviewReady>> reconstructions(const Dataset& data) const;

  private:
    PreviewReady finished() const;

    GenerativeModel& m_model;
    std::vector<std::uint64_t> m_seeds;
    std::vector<int> m_classes;  // of the tiles; empty: the model knows none
    Json m_settings = Json::object();
    bool m_possible = false;
    std::unique_ptr<SamplingProcess> m_process;
    std::uint64_t m_seed = 0;
    std::int64_t m_step = 0;
};

}  // namespace imago
