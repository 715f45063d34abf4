#include "core/train/saver.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/models/generative_model.h"
#include "core/models/model_file.h"
#include "core/nn/parameters.h"
#include "core/nn/torch_pch.h"
#include "core/tensor/safetensors.h"
#include "core/train/mismatch.h"
#include "core/train/schedule.h"

namespace imago {
namespace {

using Buffer = nn::ParameterArena::Buffer;

struct StateBuffer {
    const char* prefix;
    Buffer buffer;
};
constexpr StateBuffer kStateBuffers[] = {{"master.", Buffer::Master}, {"moment1.", Buffer::Moment1}, {"moment2.", Buffer::Moment2}};

// Gone while the closure runs or when it is thrown away: the next save may begin.
struct InFlight {
    std::shared_ptr<std::atomic<bool>> flag;
    explicit InFlight(std::shared_ptr<std::atomic<bool>> f) : flag(std::move(f)) { flag->store(true); }
    ~InFlight() { flag->store(false); }
};

// Copies the named tensors into a buffer of the arena. Names and shapes have to be the same on both sides.
Result<void> restoreBuffer(nn::ParameterArena& arena, Buffer buffer, const SafetensorsFile& file, const std::string& prefix,
                           const std::string& what) {
    const torch::NoGradGuard noGradients;
    Mismatch mismatch;
    for (const nn::ParameterEntry& entry : arena.entries()) {
        const TensorView* stored = file.find(prefix + entry.name);
        if (!stored || stored->dtype != DType::F32 || stored->shape != entry.shape) {
            mismatch.add(entry, stored ? &stored->shape : nullptr);
            continue;
        }
        torch::Tensor values = torch::empty(entry.shape, torch::kFloat32);
        std::memcpy(values.data_ptr<float>(), stored->data.data(), stored->data.size());
        arena.view(buffer, entry.name).copy_(values);
    }
    return mismatch.check(what);
}

Result<SafetensorsFile> parseFile(const Checkpoint& checkpoint, const char* name) {
    const CheckpointFile* file = checkpoint.file(name);
    if (!file)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The checkpoint {step} lacks its file {name}."),
                     {{"step", std::to_string(checkpoint.step)}, {"name", name}}};
    return SafetensorsFile::parse(file->bytes, name);
}

}  // namespace

CheckpointSaver::CheckpointSaver(std::filesystem::path run, FileOps& ops, int keepLast)
    : m_run(std::move(run)), m_ops(ops), m_keepLast(keepLast) {}

Result<void> CheckpointSaver::save(JobContext& context, RunRecorder& recorder, GenerativeModel& model, std::int64_t step, Json state) {
    assert(!busy());
    IMAGO_ASSIGN(std::vector<CheckpointFile> files, packCheckpoint(model, step));
    m_lastQueued = step;
    context.runOnIo([run = m_run, &ops = m_ops, keepLast = m_keepLast, step, state = std::move(state), files = std::move(files),
                     outbox = recorder.outbox(), inFlight = std::make_shared<InFlight>(m_inFlight)] {
        Result<std::filesystem::path> folder = writeCheckpoint(run, step, state, files, ops);
        if (!folder) return outbox->failed(std::move(folder.error()));
        // Older ones go only when this one has been read back and found whole.
        if (Result<Checkpoint> readBack = readCheckpoint(*folder); !readBack) return outbox->failed(std::move(readBack.error()));
        pruneCheckpoints(run, keepLast, ops);
        outbox->finished(CheckpointSaved{step, folder->string(), false});
    });
    return {};
}

Result<void> CheckpointSaver::snapshot(JobContext& context, RunRecorder& recorder, GenerativeModel& model, std::int64_t step,
                                       std::size_t most) {
    IMAGO_ASSIGN(std::vector<std::uint8_t> bytes, encodeModel(model, true, {{"imago.step", std::to_string(step)}}));
    context.runOnIo([run = m_run, &ops = m_ops, step, most, bytes = std::move(bytes), outbox = recorder.outbox()] {
        const std::filesystem::path file = snapshotFile(run, step);
        Result<void> done = makeFolders(file.parent_path(), ops);
        if (done) done = checkFreeSpace(run, bytes.size());
        if (done) done = writeDurably(file, Bytes(bytes), ops);
        if (!done) return outbox->failed(std::move(done.error()));
        for (const std::int64_t old : snapshotsToDrop(listSnapshots(run), most)) ops.remove(snapshotFile(run, old));
        outbox->finished(CheckpointSaved{step, file.string(), true});
    });
    return {};
}

Result<std::vector<CheckpointFile>> packCheckpoint(GenerativeModel& model, std::int64_t step) {
    const torch::NoGradGuard noGradients;
    nn::ParameterArena& arena = model.parameters();
    if (!std::isfinite(arena.flat(Buffer::Master).sum().item<float>()) && !arena.flat(Buffer::Master).isfinite().all().item<bool>())
        return Error{ErrorCode::Numerical,
                     IMAGO_TR("The weights at step {step} are not finite numbers; they were not saved."),
                     {{"step", std::to_string(step)}}};
    std::vector<torch::Tensor> keep;
    std::vector<TensorView> views;
    for (const auto& [prefix, buffer] : kStateBuffers)
        for (const nn::ParameterEntry& entry : arena.entries()) {
            keep.push_back(arena.view(buffer, entry.name).to(torch::kCPU).contiguous());
            const auto* data = reinterpret_cast<const std::uint8_t*>(keep.back().data_ptr<float>());
            views.push_back({prefix + entry.name, DType::F32, entry.shape, {data, static_cast<std::size_t>(entry.numel) * sizeof(float)}});
        }
    std::vector<CheckpointFile> files(2);
    files[0].name = kWeightsFile;
    IMAGO_ASSIGN(files[0].bytes, encodeModel(model, true, {{"imago.step", std::to_string(step)}}));
    files[1].name = kStateFile;
    IMAGO_ASSIGN(files[1].bytes, encodeSafetensors(views, {{"imago.step", std::to_string(step)}}));
    return files;
}

Result<void> restoreCheckpoint(GenerativeModel& model, const Checkpoint& checkpoint) {
    nn::ParameterArena& arena = model.parameters();
    IMAGO_ASSIGN(const SafetensorsFile weights, parseFile(checkpoint, kWeightsFile));
    IMAGO_ASSIGN(const SafetensorsFile state, parseFile(checkpoint, kStateFile));
    const std::string what = "checkpoint " + std::to_string(checkpoint.step);
    for (const auto& [prefix, buffer] : kStateBuffers) IMAGO_TRY(restoreBuffer(arena, buffer, state, prefix, what));
    IMAGO_TRY(restoreBuffer(arena, Buffer::Average, weights, "", what));
    arena.zeroGrad();
    arena.markChanged();
    return {};
}

}  // namespace imago
