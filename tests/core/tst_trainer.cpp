// links: imago_ml
// The training job on a tiny diffusion model: resumed equals uninterrupted bit for bit, whatever interrupts it; the
// non-finite guard, live changes, extending, branching, fine-tuning, and what goes wrong with the disk or the data.
#include <torch/torch.h>

#include <QTemporaryDir>
#include <QTest>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>

#include "core/base/hash.h"
#include "core/base/random.h"
#include "core/engine/run.h"
#include "core/engine/worker.h"
#include "core/models/generative_model.h"
#include "core/models/model_file.h"
#include "core/nn/parameters.h"
#include "core/train/checkpoint.h"
#include "core/train/run_setup.h"
#include "core/train/train_job.h"
#include "core/train/trainer.h"
#include "tests/support/fake_context.h"

using namespace imago;
namespace fs = std::filesystem;
using test::FakeContext;

namespace {

using Flat = nn::ParameterArena::Buffer;

Json tinyConfig() {
    return Json::parse(R"({"network": {"size": "custom", "channels": 8, "multipliers": "1,2", "attention": "2", "head_channels": 8},
                           "optimizer": {"batch": 5, "warmup_steps": 4, "rate": 0.002},
                           "data": {"resolution": 16, "mirror": true},
                           "run": {"preview_count": 3, "preview_seconds": 10, "keep_last": 3}})");
}

std::string hashOf(nn::ParameterArena& arena) {
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

void train(const Plan& plan, Ended& ended) {
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

std::vector<MetricRow> rowsOf(const fs::path& run) {
    std::vector<MetricRow> rows;
    const auto reader = RunReader::open(run);
    if (!reader) return rows;
    const auto update = (*reader)->poll();
    return update ? update->rows : rows;
}

// Bit for bit, but for the seconds (the last column), which are what the clock said.
bool sameRows(const std::vector<MetricRow>& a, const std::vector<MetricRow>& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i].step != b[i].step || a[i].values.size() != b[i].values.size() ||
            std::memcmp(a[i].values.data(), b[i].values.data(), (a[i].values.size() - 1) * sizeof(float)) != 0)
            return false;
    return true;
}

std::string treeHash(const fs::path& folder) {
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

}  // namespace

#define FINE(ended) QVERIFY2(!(ended).error, (ended).error ? (ended).error->text().c_str() : "")

class TrainerTest : public QObject {
    Q_OBJECT
    QTemporaryDir m_temporary;
    int m_runs = 0;
    std::string m_reference;  // run folder of 20 uninterrupted steps
    Ended m_uninterrupted;

    std::string newRun() { return m_temporary.path().toStdString() + "/run" + std::to_string(m_runs++); }
    Plan twenty(const std::string& run, bool resume = false) {
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

  private Q_SLOTS:
    void initTestCase() {
        at::set_num_threads(1);
        m_reference = newRun();
        train(twenty(m_reference), m_uninterrupted);
        FINE(m_uninterrupted);
        QCOMPARE(m_uninterrupted.step, 20);
        QCOMPARE(rowsOf(m_reference).size(), std::size_t(20));
        QVERIFY(m_uninterrupted.context.all<PreviewReady>().size() >= 6);  // 0 1 2 4 8 16 and the last
        QVERIFY(m_uninterrupted.context.yields > 20);
    }

    void theSameRunTwiceIsTheSameRun() {
        Ended again;
        Plan plan = twenty(newRun());
        plan.tickOnRead = 0.037;  // another clock: other ticks, other previews
        train(plan, again);
        FINE(again);
        QCOMPARE(again.weights, m_uninterrupted.weights);
        QVERIFY(sameRows(rowsOf(plan.request.run), rowsOf(m_reference)));
        Ended without;
        plan = twenty(newRun());
        plan.request.config["run"]["preview_seconds"] = 0;
        train(plan, without);
        QVERIFY(without.context.all<PreviewReady>().empty());
        QCOMPARE(without.weights, m_uninterrupted.weights);  // previews shift nothing
        Ended other;
        plan = twenty(newRun());
        plan.request.seed = 12;
        train(plan, other);
        QVERIFY(other.weights != m_uninterrupted.weights);
    }

    void resumedIsUninterrupted() {
        for (const std::int64_t at : {1, 7, 10, 19}) {
            const std::string run = newRun();
            Plan first = twenty(run);
            first.options.tickSeconds = 0;  // a batch a step
            auto job = makeTrainJob(first.request, {"cpu", "1"}, first.options);
            QVERIFY(job.ok());
            FakeContext context;
            while (context.all<MetricBatch>().size() < static_cast<std::size_t>(at)) QVERIFY((*job)->step(context).ok());
            QVERIFY((*job)->finish(FinishReason::Stopped, context).ok());
            job->reset();
            QCOMPARE(listCheckpoints(run).back(), at);
            Ended rest;
            train(twenty(run, true), rest);
            FINE(rest);
            QCOMPARE(rest.step, 20);
            QCOMPARE(rest.weights, m_uninterrupted.weights);
            QVERIFY(sameRows(rowsOf(run), rowsOf(m_reference)));
        }
    }

    // By the engine's own lanes: a paused training holds everything, writes nothing, and goes on as if there had been no pause;
    // stopped while it is paused, it saves where it stood.
    void pausedIsUninterrupted() {
        for (const bool stops : {false, true}) {
            const std::string run = newRun();
            std::string weights;
            int steps = 0;
            std::vector<RunState> states;
            Worker worker(
                [&](Event event) {
                    if (const auto* changed = std::get_if<JobStateChanged>(&event.body)) states.push_back(changed->state);
                },
                [] { return 0.0; });
            Plan plan = twenty(run);
            plan.options.beforeStep = [&](Trainer&, GenerativeModel&) { ++steps; };
            plan.options.afterFinish = [&](Trainer&, GenerativeModel& model) { weights = hashOf(model.parameters()); };
            const auto settle = [&] {
                while (worker.runOneIo()) continue;
            };
            const JobId job = worker.submit(std::move(*makeTrainJob(plan.request, {"cpu", "1"}, plan.options)));
            for (const int at : {0, 7, 13}) {  // before it begins, and twice in its middle
                while (steps < at) QVERIFY(worker.runOne() || worker.runOneIo());
                worker.pause(job);
                settle();
                const std::string before = fs::exists(run) ? treeHash(run) : std::string();
                for (int i = 0; i < 5; ++i) QVERIFY(!worker.runOne() && !worker.runOneIo());
                QCOMPARE(steps, at);
                QVERIFY(!worker.idle());
                QCOMPARE(fs::exists(run) ? treeHash(run) : std::string(), before);
                QCOMPARE(states.back(), RunState::Paused);
                if (stops && at == 13)
                    worker.stop(job);
                else
                    worker.resume(job);
            }
            while (!worker.idle()) QVERIFY(worker.runOne() || worker.runOneIo());
            if (stops) {
                QCOMPARE(steps, 13);
                QCOMPARE(listCheckpoints(run).back(), 13);
                Ended rest;
                train(twenty(run, true), rest);
                FINE(rest);
                weights = rest.weights;
            }
            QCOMPARE(weights, m_uninterrupted.weights);
            QVERIFY(sameRows(rowsOf(run), rowsOf(m_reference)));
        }
    }

    void anyMixOfInterruptionsEndsTheSame() {
        int crashes = 0, stops = 0, discards = 0, resumes = 0;
        for (std::uint64_t seed = 0; seed < 3; ++seed) {
            const std::string run = newRun();
            const RandomKey key{seed, Purpose::Test, 5};
            Ended last;
            for (std::uint64_t sitting = 0;; ++sitting) {
                Plan plan = twenty(run, sitting > 0 && fs::exists(fs::path(run) / "run.json"));
                plan.options.saveEverySteps = 3;
                plan.slices = sitting > 12 ? -1 : static_cast<int>(4 + randomBelow(key, 4 * sitting, 40));
                const auto how = randomBelow(key, 4 * sitting + 2, 3);
                plan.crash = how == 0;
                plan.reason = how == 1 ? FinishReason::StoppedWithoutSaving : FinishReason::Stopped;
                Ended ended;
                train(plan, ended);
                FINE(ended);
                ++(how == 0 ? crashes : how == 1 ? discards : stops);
                resumes += sitting > 0;
                if (ended.step == 20) {
                    last.weights = ended.weights;
                    break;
                }
            }
            QCOMPARE(last.weights, m_uninterrupted.weights);
            QVERIFY(sameRows(rowsOf(run), rowsOf(m_reference)));
        }
        std::printf("T-RESUME: crashes=%d stops=%d discards=%d resumes=%d all equal\n", crashes, stops, discards, resumes);
    }

    void notFiniteStepsAreSkippedThenRolledBackThenTheEnd() {
        const auto poison = [](std::int64_t from, std::int64_t to, int times) {
            auto left = std::make_shared<int>(times);
            return [=](Trainer& trainer, GenerativeModel& model) {
                if (trainer.counters.step >= from && trainer.counters.step <= to && (*left)-- > 0)
                    model.parameters().flat(Flat::Gradient)[7] = std::numeric_limits<float>::quiet_NaN();
            };
        };
        Plan plan = twenty(newRun());
        plan.options.beforeStep = poison(5, 7, 100);
        Ended skipped;
        train(plan, skipped);
        FINE(skipped);
        QCOMPARE(skipped.context.notices("skipped").size(), std::size_t(3));
        QCOMPARE(skipped.context.notices("rollback").size(), std::size_t(0));
        QCOMPARE(skipped.result["skipped_steps"].get<int>(), 3);
        const auto rows = rowsOf(plan.request.run);
        QVERIFY(!std::isfinite(rows[5].values[5]) && std::isfinite(rows[8].values[5]));  // grad_norm tells

        plan = twenty(newRun());
        plan.options.saveEverySteps = 4;
        plan.options.beforeStep = poison(9, 12, 4);  // four in a row, once
        Ended back;
        train(plan, back);
        FINE(back);
        const auto notices = back.context.notices("rollback");
        QCOMPARE(notices.size(), std::size_t(1));
        QCOMPARE(notices[0].step, 8);
        QCOMPARE(back.step, 20);
        const auto halved = rowsOf(plan.request.run), full = rowsOf(m_reference);
        QCOMPARE(halved.size(), std::size_t(20));
        QCOMPARE(halved[7].values[4], full[7].values[4]);
        QCOMPARE(halved[9].values[4], full[9].values[4] / 2);

        plan = twenty(newRun());
        plan.options.beforeStep = poison(9, 1000, 1000);
        Ended dead;
        train(plan, dead);
        QVERIFY(dead.error && dead.error->code == ErrorCode::Numerical);
        QCOMPARE(exitCode(dead.error->code), 7);
        QCOMPARE(dead.context.notices("rollback").size(), std::size_t(1));
        QVERIFY(findCheckpoint(plan.request.run).ok());  // what was good is kept

        // A poisoned weight: every forward after it is NaN until the roll-back mends it.
        plan = twenty(newRun());
        plan.options.saveEverySteps = 4;
        plan.options.beforeStep = [once = std::make_shared<bool>(true)](Trainer& trainer, GenerativeModel& model) {
            if (trainer.counters.step != 10 || !std::exchange(*once, false)) return;
            model.parameters().flat(Flat::Master)[3] = std::numeric_limits<float>::infinity();
            model.parameters().markChanged();
        };
        Ended mended;
        train(plan, mended);
        FINE(mended);
        QCOMPARE(mended.context.notices("rollback").size(), std::size_t(1));
        QCOMPARE(mended.step, 20);
        std::printf("T-NAN: skipped=3 rolled_back=2 stopped=1\n");
    }

    void liveFieldsChangeBetweenSlices() {
        const std::string run = newRun();
        Plan plan = twenty(run);
        plan.options.tickSeconds = 0;
        bool refused = false, changed = false;
        plan.between = [&](int, Job& job, FakeContext& context) {
            if (changed || context.all<MetricBatch>().size() < 10) return;
            changed = job.update("optimizer.rate", 0.0005, context).ok();
            refused = !job.update("optimizer.batch", 7, context).ok() && !job.update("optimizer.rate", -1, context).ok() &&
                      !job.control("dance", Json::object(), context).ok();
        };
        plan.request.config["run"]["preview_seconds"] = 0;
        plan.slices = 16;
        Ended ended;
        train(plan, ended);
        FINE(ended);
        QVERIFY(changed && refused);
        QCOMPARE(ended.context.all<LiveChanged>().size(), std::size_t(1));
        Ended rest;
        train(twenty(run, true), rest);
        FINE(rest);
        const auto rows = rowsOf(run), full = rowsOf(m_reference);
        QCOMPARE(rows.size(), std::size_t(20));
        QCOMPARE(rows[9].values[4], full[9].values[4]);
        for (std::size_t i = 10; i < 20; ++i)
            QVERIFY(std::fabs(rows[i].values[4] / full[i].values[4] - 0.25f) < 1e-5f);  // also after the resume
    }

    void extendingGoesOnWithALaterEnd() {
        const std::string run = newRun();
        Plan plan = twenty(run);
        plan.request.steps = 10;
        Ended first, nothing, more;
        train(plan, first);
        FINE(first);
        plan = twenty(run, true);
        plan.request.steps.reset();
        train(plan, nothing);
        FINE(nothing);
        QCOMPARE(nothing.step, 10);  // the planned end has been reached
        plan.request.steps = 16;
        train(plan, more);
        FINE(more);
        QCOMPARE(more.step, 16);
        QCOMPARE(more.context.notices("extended").size(), std::size_t(1));
        QCOMPARE(rowsOf(run).size(), std::size_t(16));
        QVERIFY(rowsOf(run)[12].values[4] > rowsOf(run)[9].values[4]);  // the schedule was stretched

        // Where the rate does not look at the end, an extended run is the longer run, bit for bit.
        Plan straight = twenty(newRun()), extended = twenty(newRun());
        straight.request.config["optimizer"]["schedule"] = extended.request.config["optimizer"]["schedule"] = "constant";
        Ended whole, half, rest;
        train(straight, whole);
        FINE(whole);
        extended.request.steps = 9;
        train(extended, half);
        FINE(half);
        QVERIFY(half.weights != whole.weights);
        train(twenty(extended.request.run, true), rest);
        FINE(rest);
        QCOMPARE(rest.step, 20);
        QCOMPARE(rest.weights, whole.weights);
        QVERIFY(sameRows(rowsOf(extended.request.run), rowsOf(straight.request.run)));
    }

    void aBranchLeavesItsParentAlone() {
        const std::string parent = newRun();
        Plan plan = twenty(parent);
        plan.options.saveEverySteps = 5;
        plan.request.config["run"]["keep_last"] = 10;
        Ended first;
        train(plan, first);
        FINE(first);
        const std::string before = treeHash(parent);
        plan = twenty(newRun());
        plan.request.family = plan.request.data = "";
        plan.request.config = Json::object();
        plan.request.branchFrom = parent + "@10";
        Ended branch;
        train(plan, branch);
        FINE(branch);
        QCOMPARE(branch.step, 20);
        QCOMPARE(branch.weights, first.weights);  // nothing was changed, so it ends where the parent ended
        QCOMPARE(treeHash(parent), before);
        const auto reader = RunReader::open(plan.request.run);
        QVERIFY(reader);
        QCOMPARE((*reader)->info().json["parent"]["step"].get<int>(), 10);
        QCOMPARE(rowsOf(plan.request.run).front().step, 10);
        plan.request.run = newRun();
        plan.request.branchFrom = parent + "@11";
        Ended none;
        train(plan, none);
        QVERIFY(none.error && none.error->text().find("11") != std::string::npos);
        QVERIFY(!fs::exists(plan.request.run));
    }

    void fineTuningTakesTheWeightsAndNothingElse() {
        Plan plan = twenty(newRun());
        plan.request.initFrom = m_reference;
        Ended tuned;
        torch::Tensor started, wanted;
        double moments = -1;
        TrainerCounters counters{-1, -1};
        plan.options.beforeStep = [&](Trainer& trainer, GenerativeModel& model) {
            if (started.defined()) return;
            started = model.parameters().flat(Flat::Master).clone();
            moments = (model.parameters().flat(Flat::Moment1).abs().max() + model.parameters().flat(Flat::Moment2).max()).item<double>();
            counters = trainer.counters;
        };
        plan.slices = -1;
        const std::string before = treeHash(m_reference);
        train(plan, tuned);
        FINE(tuned);
        QCOMPARE(tuned.step, 20);
        QCOMPARE(counters.step, 0);  // it counts from its own beginning
        QCOMPARE(counters.imagesSeen, 0);
        QCOMPARE(moments, 0.0);
        QCOMPARE(treeHash(m_reference), before);
        QVERIFY(tuned.weights != m_uninterrupted.weights);
        const auto reader = RunReader::open(plan.request.run);
        QVERIFY(reader && (*reader)->info().json["parent"]["kind"] == "fine-tune");
        const auto file = findModelFile(m_reference);
        QVERIFY(file);
        const auto source = loadModel(*file);
        QVERIFY(source);
        wanted = (*source)->parameters().flat(Flat::Average);
        QVERIFY(started.equal(wanted));
        plan.request.run = newRun();
        plan.request.config["network"]["channels"] = 16;
        Ended wrong;
        train(plan, wrong);
        QVERIFY(wrong.error && wrong.error->code == ErrorCode::BadInput);
        QVERIFY2(wrong.error->text().find("embed.linear1.weight [64x16] / [32x8]") != std::string::npos,
                 wrong.error->text().c_str());  // a weight is named
    }

    void badStartsAreRefusedWithTheirReason() {
        Plan plan = twenty(m_reference);
        Ended twice;
        train(plan, twice);
        QVERIFY(twice.error && twice.error->text().find("already") != std::string::npos);
        plan = twenty(newRun());
        plan.request.config["optimizer"]["batch"] = 0;
        Ended field;
        train(plan, field);
        QVERIFY(field.error);
        QCOMPARE(field.error->field, std::string("optimizer.batch"));
        plan = twenty(newRun());
        plan.request.family = "alchemy";
        Ended family;
        train(plan, family);
        QVERIFY(family.error && family.error->text().find("diffusion") != std::string::npos);
        plan = twenty(newRun(), true);
        Ended missing;
        train(plan, missing);
        QVERIFY(missing.error.has_value());
        plan = twenty(m_reference, true);
        plan.request.config = {{"optimizer", {{"batch", 9}}}};
        Ended fixed;
        train(plan, fixed);
        QVERIFY(fixed.error && fixed.error->field == "optimizer.batch");
    }

    void aDamagedCheckpointIsPassedOver() {
        const std::string run = newRun();
        Plan plan = twenty(run);
        plan.options.saveEverySteps = 5;
        plan.slices = 45;
        Ended first, rest;
        train(plan, first);
        const std::int64_t newest = listCheckpoints(run).back();
        const fs::path file = checkpointsFolder(run) / checkpointName(newest) / kStateFile;
        {
            std::fstream damage(file, std::ios::binary | std::ios::in | std::ios::out);
            damage.seekp(static_cast<std::streamoff>(fs::file_size(file) / 2));
            damage.put('\x5a').put('\x5b');
        }
        train(twenty(run, true), rest);
        FINE(rest);
        const auto notices = rest.context.notices("resumed");
        QVERIFY(notices.size() >= 2 && notices[0].text.text().find(std::to_string(newest)) != std::string::npos);
        QCOMPARE(rest.weights, m_uninterrupted.weights);
    }

    void otherPicturesAreNoticed() {
        const std::string run = newRun();
        const fs::path data = fs::path(m_temporary.path().toStdString()) / "images.idx";
        const auto write = [&](std::uint8_t first) {
            std::ofstream file(data, std::ios::binary | std::ios::trunc);
            const char header[16] = {0, 0, 8, 3, 0, 0, 0, 9, 0, 0, 0, 16, 0, 0, 0, 16};
            file.write(header, 16);
            for (int i = 0; i < 9 * 256; ++i) file.put(static_cast<char>(i == 0 ? first : i * 31));
        };
        write(1);
        Plan plan = twenty(run);
        plan.request.data = "idx:" + data.string();
        plan.slices = 20;
        Ended first, other, same;
        train(plan, first);
        FINE(first);
        write(2);
        train(twenty(run, true), other);
        QVERIFY(other.error && other.error->code == ErrorCode::BadInput);
        write(1);
        train(twenty(run, true), same);
        FINE(same);
        QCOMPARE(same.step, 20);
    }

    void aFullDiskEndsTheTrainingAndKeepsTheLastGoodOne() {
        class Full : public FileOps {
          public:
            bool full = false;
            int open(const fs::path& p, int f, int m) override { return systemFileOps().open(p, f, m); }
            std::int64_t write(int d, const void* b, std::size_t n) override { return full ? -ENOSPC : systemFileOps().write(d, b, n); }
            int sync(int d) override { return systemFileOps().sync(d); }
            int close(int d) override { return systemFileOps().close(d); }
            int rename(const fs::path& a, const fs::path& b) override { return systemFileOps().rename(a, b); }
            int remove(const fs::path& p) override { return systemFileOps().remove(p); }
            int makeFolder(const fs::path& p) override { return systemFileOps().makeFolder(p); }
        } ops;
        const std::string run = newRun();
        Plan plan = twenty(run);
        plan.options.fileOps = &ops;
        plan.options.saveEverySteps = 5;
        plan.between = [&](int, Job&, FakeContext& context) {
            ops.full = !context.all<CheckpointSaved>().empty() && context.all<CheckpointSaved>().back().step >= 5;
        };
        Ended full, rest;
        train(plan, full);
        QVERIFY(full.error && full.error->code == ErrorCode::Disk);
        QCOMPARE(exitCode(full.error->code), 5);
        QCOMPARE(listCheckpoints(run).back(), 5);
        train(twenty(run, true), rest);  // after space was made
        FINE(rest);
        QCOMPARE(rest.weights, m_uninterrupted.weights);
    }

    void aSecondStartWaitsForTheFirst() {
        std::vector<Event> events;
        Worker worker([&](Event event) { events.push_back(std::move(event)); }, [] { return 0.0; });
        Plan a = twenty(newRun()), b = twenty(newRun());
        a.request.steps = b.request.steps = 4;
        const JobId first = worker.submit(std::move(*makeTrainJob(a.request, {"cpu", "1"})));
        const JobId second = worker.submit(std::move(*makeTrainJob(b.request, {"cpu", "1"})));
        while (!worker.idle())
            if (!worker.runOne()) QVERIFY(worker.runOneIo());
        std::size_t firstEnded = 0, secondBegan = 0;
        for (std::size_t i = 0; i < events.size(); ++i) {
            if (events[i].job == first && std::holds_alternative<JobFinished>(events[i].body)) firstEnded = i;
            if (events[i].job == second && std::holds_alternative<JobStarted>(events[i].body) && secondBegan == 0) secondBegan = i;
        }
        QVERIFY(firstEnded > 0 && secondBegan > firstEnded);
        QCOMPARE(rowsOf(b.request.run).size(), std::size_t(4));
    }
};

QTEST_GUILESS_MAIN(TrainerTest)
#include "tst_trainer.moc"
