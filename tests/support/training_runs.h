// Short trainings of a tiny diffusion model, stepped by hand, for the tests of the training job: what ended how, with which
// weights, and what its run folder holds. Test thread.
#pragma once

#include <torch/torch.h>

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cstring>
#include <filesystem>

#include "core/base/hash.h"
#include "core/engine/run.h"
#include "core/models/generative_model.h"
#include "core/nn/parameters.h"
#include "core/nn/yield_point.h"
#include "core/train/train_job.h"
#include "core/train/trainer.h"
#include "tests/support/fake_context.h"

namespace imago::test {

namespace fs = std::filesystem;
using Flat = nn::ParameterArena::Buffer;

inline Json tinyConfig() {
    return Json::parse(R"({"network": {"size": "custom", "channels": 8, "multipliers": "1,2", "attention": "2", "head_channels": 8},
                           "optimizer": {"batch": 5, "warmup_steps": 4, "rate": 0.002},
                           "data": {"resolution": 16, "mirror": true},
                           "run": {"preview_count": 3, "preview_seconds": 10, "keep_last": 3}})");
}

inline std::string hashOf(nn::ParameterArena& arena) {
    Sha256 hash;
    for (const Flat buffer : {Flat::Master, Flat::Moment1, Flat::Moment2, Flat::Average}) {
        const torch::Tensor flat = arena.flat(buffer).contiguous();
        hash.update({reinterpret_cast<const std::uint8_t*>(flat.data_ptr<float>()), static_cast<std::size_t>(flat.numel()) * 4});
    }
    const torch::Tensor half = arena.flatBf16().contiguous();
    hash.update({static_cast<const std::uint8_t*>(half.data_ptr()), static_cast<std::size_t>(half.numel()) * 2});
    return toHex(hash.finish());
}

struct Ended {
    std::string weights;  // hash of masters, moments, averages and bf16 copies
    std::int64_t step = -1;
    std::optional<Error> error;
    Json result;
    FakeContext context;
};

struct Plan {
    TrainRequest request;
    TrainJobOptions options;
    int slices = -1;                              // stop after so many
    FinishReason reason = FinishReason::Stopped;  // how, when stopped
    bool crash = false;                           // thrown away without finish()
    std::function<void(int slice, Job& job, FakeContext& context)> between;
    double tickOnRead = 0;
};

inline void train(const Plan& plan, Ended& ended) {
    TrainJobOptions options = plan.options;
    options.afterFinish = [&](Trainer& trainer, GenerativeModel& model) {
        ended.weights = hashOf(model.parameters());
        ended.step = trainer.counters.step;
    };
    ended.context.tickOnRead = plan.tickOnRead;
    auto job = makeTrainJob(plan.request, {"cpu", "1"}, options);
    if (!job) {
        ended.error = job.error();
        return;
    }
    FinishReason reason = FinishReason::Done;
    for (int slice = 0;; ++slice) {
        if (slice == plan.slices) {
            reason = plan.reason;
            break;
        }
        const nn::YieldScope scope([&] { ended.context.yield(); });  // as the lane does around every slice
        const Result<Slice> more = (*job)->step(ended.context);
        if (!more) {
            ended.error = more.error();
            reason = FinishReason::Failed;
            break;
        }
        if (*more == Slice::Done) break;
        if (plan.between) plan.between(slice, **job, ended.context);
    }
    if (plan.crash && reason != FinishReason::Done) return;
    Result<Json> result = (*job)->finish(reason, ended.context);
    if (!result && !ended.error) ended.error = result.error();
    if (result) ended.result = *result;
}

inline std::vector<MetricRow> rowsOf(const fs::path& run) {
    std::vector<MetricRow> rows;
    const auto reader = RunReader::open(run);
    if (!reader) return rows;
    const auto update = (*reader)->poll();
    return update ? update->rows : rows;
}

// Bit for bit, but for the seconds (the last column), which are what the clock said.
inline bool sameRows(const std::vector<MetricRow>& a, const std::vector<MetricRow>& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i].step != b[i].step || a[i].values.size() != b[i].values.size() ||
            std::memcmp(a[i].values.data(), b[i].values.data(), (a[i].values.size() - 1) * sizeof(float)) != 0)
            return false;
    return true;
}

inline std::string treeHash(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    Sha256 all;
    for (const auto& file : files) {
        all.update(bytesOf(file.string()));
        all.update(bytesOf(*sha256File(file)));
    }
    return toHex(all.finish());
}

// Twenty uninterrupted steps, and folders for others to be compared with them.
class TrainingRuns : public QObject {
  protected:
    void makeReference() {
        at::set_num_threads(1);
        m_reference = newRun();
        train(twenty(m_reference), m_uninterrupted);
    }
    std::string newRun() { return m_temporary.path().toStdString() + "/run" + std::to_string(m_runs++); }
    static Plan twenty(const std::string& run, bool resume = false) {
        Plan plan;
        plan.request.family = "diffusion";
        plan.request.data = "shapes:23";  // 20 steps of 5: four epochs and a part
        plan.request.run = run;
        plan.request.config = resume ? Json::object() : tinyConfig();
        plan.request.steps = 20;
        plan.request.seed = 11;
        plan.request.threads = "1";
        plan.request.resume = resume;
        if (resume) plan.request.family = plan.request.data = "";
        return plan;
    }

    QTemporaryDir m_temporary;
    int m_runs = 0;
    std::string m_reference;  // run folder
    Ended m_uninterrupted;
};

}  // namespace imago::test

#define FINE(ended) QVERIFY2(!(ended).error, (ended).error ? (ended).error->text().c_str() : "")
