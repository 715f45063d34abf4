// ParameterArena: every parameter of one model in contiguous buffers (master, gradient, Adam moments, average, bf16 copy).
// Modules register names and shapes, allocate() lays them out, views are handed out. Compute thread.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/tensor/device.h"

namespace imago::nn {

using ParameterId = std::int32_t;

// How a parameter starts. fanIn is taken from the shape: product of all but the first extent.
struct Init {
    enum class Kind { Constant, Uniform, Normal };
    Kind kind = Kind::Constant;
    double value = 0;  // the constant, the half width of the uniform, the deviation of the normal

    static Init constant(double c) { return {Kind::Constant, c}; }
    static Init uniform(double halfWidth) { return {Kind::Uniform, halfWidth}; }
    static Init normal(double deviation) { return {Kind::Normal, deviation}; }
    // U(-1/sqrt(fanIn), 1/sqrt(fanIn)), what stock convolution and linear layers start with.
    static Init fan(std::int64_t fanIn);
};

// What a parameter is to a network that takes weights over from another one.
enum class Role {
    Weight,      // of the network itself: both have it, in the same shape
    LabelTable,  // what it knows of single labels (classes of the data, kinds of augmentation): may differ
    Fitted,      // to where the pictures lie, without gradients: begins afresh with other pictures
};

struct ParameterEntry {
    std::string name;                 // dotted: "down.0.block.1.conv1.weight"; part of the checkpoint format
    std::vector<std::int64_t> shape;  // convolutions are [O, I, kH, kW] (channels-last in memory), linear layers [O, I]
    Init init;
    Role role = Role::Weight;
    bool decay = true;        // AdamW's weight decay applies (off for biases and norms)
    std::int64_t offset = 0;  // in elements, a multiple of 16 (64 bytes)
    std::int64_t numel = 0;
    int part = 0;  // see ParameterArena::separate()
};

class ParameterArena {
  public:
    enum class Buffer { Master, Gradient, Moment1, Moment2, Average };

    ParameterArena();
    ~ParameterArena();
    ParameterArena(const ParameterArena&) = delete;
    ParameterArena& operator=(const ParameterArena&) = delete;

    // Before allocate(). Decay is off for parameters with fewer than two extents. A name used twice asserts.
    ParameterId add(const std::string& name, std::vector<std::int64_t> shape, Init init, Role role = Role::Weight);

    // Before allocate(): parameters whose names begin with the same prefix are laid out together, so that each part has an
    // optimizer and packed weights of its own ("d.", "g."). Every parameter must belong to one part.
    void separate(std::vector<std::string> prefixes);

    // Lays out and initialises: draws are keyed by (seed, parameter name's position, element), equal on every device.
    void allocate(const Device& device, std::uint64_t seed);
    // While one lives on this thread, allocate() throws std::length_error when it is asked for more numbers than these: a
    // model file cannot ask for more than it brings.
    class Limit {
      public:
        explicit Limit(std::int64_t numbers);
        ~Limit();
        Limit(const Limit&) = delete;
        Limit& operator=(const Limit&) = delete;
    };
    bool allocated() const;
    Device device() const;

    const std::vector<ParameterEntry>& entries() const { return m_entries; }  // in order of registration
    std::int64_t parameterCount() const;                                      // what the model has; padding not counted
    std::int64_t size() const { return m_size; }                              // elements of a buffer, padding included
    std::int64_t decayedSize() const { return m_decayed; }                    // [0, decayedSize) takes weight decay

    // Where a part lies in the buffers; the first `decayed` elements of it take weight decay. "" is everything, and only
    // there for an arena that was not separated.
    struct Range {
        std::int64_t offset = 0, size = 0, decayed = 0;
    };
    Range range(const std::string& prefix) const;

    torch::Tensor flat(Buffer buffer) const;                  // fp32 [size]
    torch::Tensor flatBf16() const;                           // bf16 [size], of the master
    torch::Tensor view(Buffer buffer, ParameterId id) const;  // fp32, in the parameter's shape, for save, load and
                                                              // tests; may be strided: contiguous() before writing bytes
    torch::Tensor view(Buffer buffer, const std::string& name) const;
    ParameterId find(const std::string& name) const;  // -1: none

    // What a layer computes with: the master's leaf (requires_grad, its grad() is the arena's gradient view), or the
    // average while an AverageScope is open on this arena.
    torch::Tensor weight(ParameterId id) const;
    torch::Tensor weightBf16(ParameterId id) const;  // the same rounded to bf16; no gradient flows through it
    float* gradient(ParameterId id) const;           // fused backward passes accumulate here directly (CPU)

    void zeroGrad();

    // Which values weight() gives now, and a number that changes whenever those values do: layers that keep packed
    // weights hold one packing for each source and compare stamps.
    enum class Source { Master, Average };
    Source source() const { return m_source; }
    std::uint64_t stamp(Source source) const { return source == Source::Master ? m_masterStamp : m_averageStamp; }
    std::uint64_t stamp() const { return stamp(m_source); }
    // The same for the part that a parameter belongs to.
    std::uint64_t stamp(Source source, ParameterId id) const;

    // After masters or averages were written through views (loading, branching): makes the bf16 copies follow.
    // The fused optimizer does this itself.
    void markChanged();
    void copyMasterToAverage();

  private:
    friend class AverageScope;
    friend class FrozenScope;
    friend class FusedOptimizer;
    void optimizerChanged(int part = -1);  // master, average and the master's bf16 copy are current; stamps move on
    void refreshAverageBf16();

    struct Storage;
    std::unique_ptr<Storage> m_storage;
    std::vector<ParameterEntry> m_entries;
    std::int64_t m_size = 0;
    std::int64_t m_decayed = 0;
    struct Part {
        std::string prefix;
        Range range;
        std::uint64_t masterStamp = 1, averageStamp = 1;
    };
    int partOf(const std::string& prefix) const;
    std::vector<Part> m_parts;
    Source m_source = Source::Master;
    std::uint64_t m_masterStamp = 1;
    std::uint64_t m_averageStamp = 1;
};

// While it lives, forwards through the arena's modules use the averaged weights. Nothing of the training state is
// written: training goes on bit for bit as if it had not been. May be opened inside a yield point.
class AverageScope {
  public:
    explicit AverageScope(ParameterArena& arena);
    ~AverageScope();
    AverageScope(const AverageScope&) = delete;
    AverageScope& operator=(const AverageScope&) = delete;

  private:
    ParameterArena& m_arena;
    ParameterArena::Source m_before;
};

// While it lives, no gradient is asked for the parameters with this prefix: a forward made inside passes gradients through
// to its inputs only (a generator that learns from a critic).
class FrozenScope {
  public:
    FrozenScope(ParameterArena& arena, const std::string& prefix);
    ~FrozenScope();
    FrozenScope(const FrozenScope&) = delete;
    FrozenScope& operator=(const FrozenScope&) = delete;

  private:
    void set(bool wanted);
    ParameterArena& m_arena;
    std::string m_prefix;
};

}  // namespace imago::nn
